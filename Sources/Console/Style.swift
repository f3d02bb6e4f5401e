import Glibc

/// How wide and high a terminal is, in cells.
struct TerminalSize: Equatable {
  var columns: Int
  var rows: Int

  /// The size of the terminal behind a descriptor; 80 by 24 where it does not say.
  init(of descriptor: Int32) {
    var size = winsize()
    let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0
    columns = isKnown && size.ws_col > 0 ? Int(size.ws_col) : 80
    rows = isKnown && size.ws_row > 0 ? Int(size.ws_row) : 24
  }
}

/// Colours, where the terminal has them and its owner wants them (no-color.org).
struct Style {
  let isColoured: Bool

  init(isColoured: Bool) { self.isColoured = isColoured }

  /// The style for a descriptor in this environment.
  init(for descriptor: Int32, environment: (String) -> String? = Environment.value) {
    let terminal = environment("TERM") ?? ""
    isColoured =
      isatty(descriptor) == 1 && !terminal.isEmpty && terminal != "dumb"
      && (environment("NO_COLOR") ?? "").isEmpty
  }

  func red(_ text: String) -> String { wrapped(text, "31") }
  func bold(_ text: String) -> String { wrapped(text, "1") }
  func dim(_ text: String) -> String { wrapped(text, "2") }

  /// A prompt in bold, with the marks that keep readline from counting the escape sequences.
  func prompt(_ text: String) -> String {
    isColoured ? "\u{1}\u{1B}[1m\u{2}\(text)\u{1}\u{1B}[0m\u{2}" : text
  }

  private func wrapped(_ text: String, _ code: String) -> String {
    isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}

/// The process's environment.
enum Environment {
  /// The variable's value, if it is set.
  static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
