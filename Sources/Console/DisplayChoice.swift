import CommandLanguage

/// How the session's rows are shown: what the server has been told, and what the person chose.
struct DisplayChoice {
  /// The format in force.
  private(set) var format: OutputFormat
  private var formatBeforeExpanded = OutputFormat.table
  /// The width that the server knows; nil when it must be told format and width.
  private var toldWidth: Int?
  private var isWidthChosen = false

  /// Rows in this format until somebody chooses another.
  init(_ format: OutputFormat) { self.format = format }

  /// The line that tells the server, if it must be told.
  mutating func request(columns: Int) -> String? {
    guard toldWidth == nil || (!isWidthChosen && toldWidth != columns) else { return nil }
    toldWidth = columns
    return "set format=\(format.rawValue) width=\(columns)"
  }

  /// The server knows nothing: a new connection, or the format changed.
  mutating func forget() { toldWidth = nil }

  /// Fields below each other, or what was before.
  mutating func toggleExpanded() {
    forget()
    if format == .expanded {
      format = formatBeforeExpanded
    } else {
      formatBeforeExpanded = format
      format = .expanded
    }
  }

  /// Keeps what a line that went through has chosen, if it is a `set` line.
  mutating func note(_ line: String) {
    do throws(RequestError) {
      guard let request = try RequestParser.parse(line), request.arguments.first?.value == "set"
      else { return }
      for argument in request.arguments.dropFirst() {
        if argument.name == "format" { format = OutputFormat(rawValue: argument.value) ?? format }
        if argument.name == "width" { isWidthChosen = true }
      }
    } catch {
      // The server took it for something; whatever it was, it chose no format.
    }
  }
}
