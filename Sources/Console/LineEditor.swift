@preconcurrency import CReadline
import Glibc

/// GNU readline in its callback form: while a line is being edited, signals and the server are
/// waited for as well.
///
/// Readline is one set of globals, so there is one editor at a time, on one thread.
final class LineEditor {
  /// What came of asking for a line.
  enum Input: Equatable {
    case line(String)
    /// Ctrl-C.
    case interrupted
    /// Ctrl-D on an empty line, or the terminal is gone.
    case end
    /// A signal asks the process to end.
    case ended(by: Int32)
  }

  /// What readline's callbacks, which can carry no context, reach: the one place for it. Only
  /// the thread that runs the editor touches it.
  private struct Shared {
    var finished: Input?
    var candidates: (_ line: String, _ characters: Int) -> [String] = { _, _ in [] }
  }
  nonisolated(unsafe) private static var shared = Shared()

  private let input: Int32
  private let signals: Signals
  private let inputFile: UnsafeMutablePointer<FILE>?
  private let outputFile: UnsafeMutablePointer<FILE>?

  /// An editor on a terminal.
  ///
  /// - Parameter candidates: Whole words that may stand for the word before the cursor; given
  ///   the line and how many of its characters are before the cursor.
  init(
    input: Int32, output: Int32, signals: Signals,
    candidates: @escaping (_ line: String, _ characters: Int) -> [String]
  ) {
    self.input = input
    self.signals = signals
    inputFile = fdopen(fcntl(input, F_DUPFD_CLOEXEC, 3), "r")
    outputFile = fdopen(fcntl(output, F_DUPFD_CLOEXEC, 3), "w")
    rl_instream = inputFile
    rl_outstream = outputFile
    Self.shared.candidates = candidates
    Self.setUp()
  }

  deinit {
    rl_callback_handler_remove()
    Self.shared = Shared()
    rl_instream = nil
    rl_outstream = nil
    if let inputFile { fclose(inputFile) }
    if let outputFile { fclose(outputFile) }
  }

  private static func setUp() {
    // Readline edits characters only in a locale that has them, and takes the locale from the
    // environment; the server speaks UTF-8 whatever the environment says.
    setlocale(LC_CTYPE, "")
    if nl_langinfo(nl_item(CODESET)).map({ String(cString: $0) }) != "UTF-8" {
      setenv("LC_ALL", "C.UTF-8", 1)
      setlocale(LC_CTYPE, "")
    }
    // Kept for the process's life, as readline keeps the pointers.
    rl_readline_name = UnsafePointer(strdup("sister"))
    rl_completer_word_break_characters = UnsafePointer(strdup(" \t"))
    rl_catch_signals = 0
    rl_catch_sigwinch = 0
    rl_attempted_completion_function = { text, _, _ in
      // Readline's own answer would be file names.
      rl_attempted_completion_over = 1
      return LineEditor.complete(text.map { String(cString: $0) } ?? "")
    }
  }

  /// Restores the terminal: for whoever ends the process while a line is being edited.
  static func restoreTerminal() { rl_callback_handler_remove() }

  /// Asks for a line.
  ///
  /// - Parameters:
  ///   - watched: A descriptor that may become readable meanwhile.
  ///   - onWatched: Is called then, with the line hidden; it may write to the terminal.
  func readLine(
    prompt: String, watched: () -> Int32?, onWatched: () -> Void
  ) -> Input {
    Self.shared.finished = nil
    rl_callback_handler_install(prompt) { line in
      LineEditor.shared.finished = line.map { .line(String(cString: $0)) } ?? .end
      free(line)
      // Now, so that the terminal is as the command's output needs it.
      rl_callback_handler_remove()
    }
    while true {
      if let finished = Self.shared.finished { return finished }
      var wanted = [input, signals.descriptor].map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      if let descriptor = watched() {
        wanted.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
      }
      guard poll(&wanted, nfds_t(wanted.count), -1) > 0 else { continue }
      if wanted[1].revents != 0, let outcome = handleSignals() {
        rl_callback_handler_remove()
        return outcome
      }
      if wanted.count > 2, wanted[2].revents != 0 {
        rl_clear_visible_line()
        onWatched()
        rl_on_new_line()
        rl_redisplay()
      }
      if wanted[0].revents != 0 { rl_callback_read_char() }
    }
  }

  private func handleSignals() -> Input? {
    for number in signals.take() {
      switch number {
      case SIGINT:
        rl_callback_sigcleanup()
        rl_free_line_state()
        return .interrupted
      case SIGWINCH: rl_resize_terminal()
      case SIGTSTP:
        rl_deprep_terminal()
        signals.suspend()
        rl_prep_terminal(1)
        rl_forced_update_display()
      default: return .ended(by: number)
      }
    }
    return nil
  }

  /// Candidates in the form readline wants: what they have in common, then each, then null, all
  /// of it for readline to free.
  private static func complete(
    _ word: String
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
    guard let buffer = rl_line_buffer else { return nil }
    let line = String(cString: buffer)
    let before = line.utf8.prefix(Int(rl_point))
    let characters = before.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
    let candidates = shared.candidates(line, characters)
    guard let first = candidates.first else { return nil }
    var matches = candidates
    if candidates.count > 1 {
      let common = candidates.dropFirst().reduce(first) { commonPrefix($0, $1) }
      // Candidates that are spelt otherwise must not take away what was typed.
      matches.insert(common.hasPrefix(word) ? common : word, at: 0)
    } else if let last = first.utf8.last, "=<>~".utf8.contains(last) {
      rl_completion_suppress_append = 1
    }
    let size = MemoryLayout<UnsafeMutablePointer<CChar>?>.stride
    guard let memory = calloc(matches.count + 1, size) else { return nil }
    let list = memory.bindMemory(
      to: UnsafeMutablePointer<CChar>?.self, capacity: matches.count + 1)
    for (index, match) in matches.enumerated() { list[index] = strdup(match) }
    return list
  }

  /// The characters that two texts begin with alike.
  static func commonPrefix(_ left: String, _ right: String) -> String {
    String(zip(left, right).prefix { $0 == $1 }.map(\.0))
  }
}
