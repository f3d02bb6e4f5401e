import CommandLanguage
import LineProtocol
import Rendering

/// An error as a person reads it: where, what, the place in the line, and what would mend it.
struct ErrorReport {
  var error: ClientError
  /// The line that was answered with the error; nil where there is none to show.
  var line: String?
  /// What comes before the code: `sister: `, or `sister: import.txt:7: `.
  var prefix = ""
  /// Cells of the terminal; nil where lines may be of any length.
  var width: Int?
  /// The cell at which the line stands on the terminal already, just above: its caret is enough.
  var echoedAt: Int?
  var style = Style(isColoured: false)

  /// The report, line by line.
  var lines: [String] {
    let heading = prefix + error.code + ": " + error.message
    let safe = TerminalText.safe(heading, keepingLineBreaks: true)
    return pointer + TerminalText.wrapped(safe, to: width).map(style.red)
      + hints.flatMap { TerminalText.wrapped(TerminalText.safe($0), to: width.map { $0 - 2 }) }
      .map { "  " + $0 }
  }

  private var hints: [String] {
    var hints: [String] = []
    if let suggestion = error.suggestion { hints.append("try: \(suggestion)") }
    switch error.effect {
    case .none: break
    case .committed: hints.append("It was written all the same.")
    case .unknown: hints.append("Whether anything was written is not known: look before repeating.")
    }
    if case .seconds(let seconds) = error.retry {
      hints.append("Trying again in \(seconds) s may help.")
    }
    if let reference = error.reference { hints.append("The server's log has more: \(reference)") }
    return hints
  }

  /// The line and a caret under the column, or nothing where there is no column to show.
  private var pointer: [String] {
    guard let column = error.column, column > 0, let line, !RequestLine.hasSecret(line) else {
      return []
    }
    let before = TerminalText.safe(String(line.unicodeScalars.prefix(column - 1)))
    var offset = TerminalText.width(before)
    if let echoedAt, let width, echoedAt + TerminalText.width(TerminalText.safe(line)) < width {
      return [String(repeating: " ", count: echoedAt + offset) + style.red("^")]
    }
    var shown = TerminalText.safe(line)
    if let width, TerminalText.width(shown) > width - 2 {
      // A piece of a long line, with the place in its first half.
      let start = String(line.unicodeScalars.dropFirst(max(0, column - 1 - width / 3)))
      let dropped = String(line.unicodeScalars.prefix(max(0, column - 1 - width / 3)))
      shown = TerminalText.truncated(TerminalText.safe(start), to: width - 3)
      offset -= TerminalText.width(TerminalText.safe(dropped))
      if !dropped.isEmpty {
        shown = "…" + shown
        offset += 1
      }
    }
    return ["  " + shown, String(repeating: " ", count: 2 + offset) + style.red("^")]
  }
}
