import CommandLanguage
import Foundations

/// One JSON object (RFC 8259) per row and line.
enum JSONLines {
  static func render(_ table: Table, emit: (RenderedLine) -> Void) {
    let keys = keys(table.columns)
    for row in table.rows {
      var bytes: [UInt8] = []
      append(row, keys, to: &bytes)
      emit(RenderedLine(.row, bytes))
    }
  }

  /// Appends a table within a row: an array of objects.
  static func append(_ table: Table, to output: inout [UInt8]) {
    let keys = keys(table.columns)
    output.append(UInt8(ascii: "["))
    for (index, row) in table.rows.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      append(row, keys, to: &output)
    }
    output.append(UInt8(ascii: "]"))
  }

  /// `"name":` of each column.
  private static func keys(_ columns: [Column]) -> [[UInt8]] {
    columns.map { column in
      var key: [UInt8] = []
      JSON.appendString(column.name, to: &key)
      key.append(UInt8(ascii: ":"))
      return key
    }
  }

  private static func append(_ row: [Value], _ keys: [[UInt8]], to output: inout [UInt8]) {
    output.append(UInt8(ascii: "{"))
    for (index, (key, value)) in zip(keys, row).enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      output.append(contentsOf: key)
      append(value, to: &output)
    }
    output.append(UInt8(ascii: "}"))
  }

  private static func append(_ value: Value, to output: inout [UInt8]) {
    switch value {
    case .null: output.append(contentsOf: "null".utf8)
    case .text(let text): JSON.appendString(text, to: &output)
    case .boolean(let flag): output.append(contentsOf: (flag ? "true" : "false").utf8)
    case .number(let digits) where !isNumber(digits.utf8): JSON.appendString(digits, to: &output)
    case .integer, .number, .table: ValueText.append(value, to: &output)
    case .money, .date, .timestamp:
      output.append(0x22)
      ValueText.append(value, to: &output)
      output.append(0x22)
    }
  }

  /// Whether JSON has this number: PostgreSQL's numeric knows NaN and Infinity too.
  private static func isNumber(_ text: String.UTF8View) -> Bool {
    let unsigned = text.first == UInt8(ascii: "-") ? text.dropFirst() : text[...]
    let parts = unsigned.split(
      separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    let isDigits = { (part: Substring.UTF8View) in
      !part.isEmpty && part.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
    }
    guard let whole = parts.first, parts.allSatisfy(isDigits) else { return false }
    return whole.count == 1 || whole.first != 0x30
  }
}
