import CommandLanguage
import Foundations

/// One JSON object (RFC 8259) per row and line.
enum JSONLines {
  /// A column's `"name":`, and what its cells are.
  private typealias Field = (key: [UInt8], type: ColumnType)

  static func render(_ table: Table, emit: (RenderedLine) -> Void) {
    let fields = fields(table.columns)
    for row in table.rows {
      var bytes: [UInt8] = []
      append(row, fields, to: &bytes)
      emit(RenderedLine(.row, bytes))
    }
  }

  /// Appends a table within a row: an array of objects.
  static func append(_ table: Table, to output: inout [UInt8]) {
    let fields = fields(table.columns)
    output.append(UInt8(ascii: "["))
    for (index, row) in table.rows.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      append(row, fields, to: &output)
    }
    output.append(UInt8(ascii: "]"))
  }

  private static func fields(_ columns: [Column]) -> [Field] {
    columns.map { column in
      var key: [UInt8] = []
      JSON.appendString(column.name, to: &key)
      key.append(UInt8(ascii: ":"))
      return (key, column.type)
    }
  }

  private static func append(_ row: [Value], _ fields: [Field], to output: inout [UInt8]) {
    output.append(UInt8(ascii: "{"))
    for (index, (field, value)) in zip(fields, row).enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      output.append(contentsOf: field.key)
      append(value, field.type, to: &output)
    }
    output.append(UInt8(ascii: "}"))
  }

  private static func append(_ value: Value, _ type: ColumnType, to output: inout [UInt8]) {
    switch value {
    case .null: output.append(contentsOf: "null".utf8)
    case .table(let table): append(table, to: &output)
    case .text(let text):
      switch type {
      case .boolean: output.append(contentsOf: (text == "yes" ? "true" : "false").utf8)
      case .integer where isNumber(text.utf8), .number where isNumber(text.utf8):
        output.append(contentsOf: text.utf8)
      case .text, .integer, .number, .money, .date, .timestamp, .table:
        JSON.appendString(text, to: &output)
      }
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
