import CommandLanguage

/// Comma-separated cells (RFC 4180), with null and the empty text told apart as PostgreSQL's
/// COPY csv does: null is nothing, the empty text is `""`.
///
/// CSV has no escapes, so every byte of a text stands there as it is stored, control characters
/// too: it is for programs. On a terminal, `tsv` and `table` are the formats that are safe.
enum CommaSeparated {
  static func render(_ table: Table, emit: (RenderedLine) -> Void) {
    for row in table.rows {
      var kind = RenderedLine.Kind.row
      for line in record(row).split(separator: 0x0A, omittingEmptySubsequences: false) {
        emit(RenderedLine(kind, Array(line)))
        kind = .continuation
      }
    }
  }

  private static func record(_ row: [Value]) -> [UInt8] {
    var output: [UInt8] = []
    var isFirst = true
    for value in row {
      if isFirst { isFirst = false } else { output.append(UInt8(ascii: ",")) }
      if value != .null { appendQuoted(value.shownText, to: &output) }
    }
    return output
  }

  private static func appendQuoted(_ text: String, to output: inout [UInt8]) {
    guard needsQuotes(text.utf8) else {
      output.append(contentsOf: text.utf8)
      return
    }
    output.append(0x22)
    for byte in text.utf8 {
      if byte == 0x22 { output.append(0x22) }
      output.append(byte)
    }
    output.append(0x22)
  }

  private static func needsQuotes(_ bytes: String.UTF8View) -> Bool {
    bytes.isEmpty
      || bytes.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
  }
}
