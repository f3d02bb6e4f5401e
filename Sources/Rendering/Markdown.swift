import CommandLanguage

/// A GitHub-flavoured Markdown table; of one record, a table of its fields.
enum Markdown {
  static func render(_ table: Table, isRecord: Bool, emit: (RenderedLine) -> Void) {
    guard !isRecord else {
      heading([("field", false), ("value", false)], emit)
      for row in table.rows {
        var kind = RenderedLine.Kind.row
        for (column, value) in zip(table.columns, row) {
          emit(RenderedLine(kind, line([cell(column.name), cell(value.shownText)])))
          kind = .continuation
        }
      }
      return
    }
    heading(table.columns.map { (cell($0.name), $0.type.isRightAligned) }, emit)
    for row in table.rows {
      emit(RenderedLine(.row, line(row.map { cell($0.shownText) })))
    }
  }

  private static func heading(
    _ columns: [(name: String, isRightAligned: Bool)], _ emit: (RenderedLine) -> Void
  ) {
    emit(RenderedLine(.continuation, line(columns.map(\.name))))
    emit(RenderedLine(.continuation, line(columns.map { $0.isRightAligned ? "---:" : "---" })))
  }

  private static func line(_ cells: [String]) -> String {
    "| " + cells.joined(separator: " | ") + " |"
  }

  /// A text that stays one cell and means itself.
  private static func cell(_ text: String) -> String {
    var result = ""
    for scalar in TerminalText.safe(text, keepingLineBreaks: true).unicodeScalars {
      switch scalar {
      case "\n": result += "<br>"
      case "|", "\\", "<", "`", "*", "[", "]":
        result += "\\"
        result.unicodeScalars.append(scalar)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension ColumnType {
  /// Whether its cells are easier to compare with their ends in line.
  var isRightAligned: Bool {
    switch self {
    case .integer, .number, .money: true
    case .text, .boolean, .date, .timestamp, .table: false
    }
  }
}
