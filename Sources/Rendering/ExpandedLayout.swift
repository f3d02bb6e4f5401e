import CommandLanguage

/// One field per line: names left, values right, tables within the record under their name.
enum ExpandedLayout {
  private static let indent = "  "
  /// Values are not wrapped to less than this; the terminal wraps them then.
  private static let leastCells = 10

  static func render(
    _ table: Table, isRecord: Bool, width: Int?, emit: (RenderedLine) -> Void
  ) {
    for (index, row) in table.rows.enumerated() {
      var kind = RenderedLine.Kind.row
      func put(_ line: String) {
        emit(RenderedLine(kind, line))
        kind = .continuation
      }
      if !isRecord { put(rule(index + 1, width)) }
      fields(table.columns, row, width, put)
      // A record without columns is still one.
      if kind == .row { put("") }
    }
  }

  private static func rule(_ number: Int, _ width: Int?) -> String {
    let title = "── \(number) "
    let cells = min(width ?? 40, 40)
    return title + String(repeating: "─", count: max(2, cells - TerminalText.width(title)))
  }

  private static func fields(
    _ columns: [Column], _ row: [Value], _ width: Int?, _ put: (String) -> Void
  ) {
    let names = columns.map { TerminalText.safe($0.name) }
    let nameCells =
      zip(names, row).map { name, value in
        if case .table = value { return 0 }
        return TerminalText.width(name)
      }.max() ?? 0
    let valueCells = width.map { max(leastCells, $0 - nameCells - indent.utf8.count) }
    for (name, value) in zip(names, row) {
      if case .table(let table) = value {
        nested(name, table, width, put)
        continue
      }
      var label = name
      let text = TerminalText.safe(value.shownText, keepingLineBreaks: true)
      for line in TerminalText.wrapped(text, to: valueCells) {
        let padded = TerminalText.padded(label, to: nameCells)
        put(TerminalText.trimmed((padded + indent + line)[...]))
        label = ""
      }
    }
  }

  private static func nested(
    _ name: String, _ table: Table, _ width: Int?, _ put: (String) -> Void
  ) {
    guard !table.rows.isEmpty else { return put("\(name)\(indent)(none)") }
    put(name)
    AlignedLayout.render(table, width: width.map { max(leastCells, $0 - indent.utf8.count) }) {
      put(indent + String(decoding: $0.bytes, as: UTF8.self))
    }
  }
}
