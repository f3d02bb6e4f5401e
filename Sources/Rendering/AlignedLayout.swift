import CommandLanguage

/// Columns side by side under a heading, for a person's eyes.
struct AlignedLayout {
  /// A text column is not cut below this many cells: shorter pieces say nothing.
  static let leastCells = 8
  private static let separator = " │ "
  private static let separatorCells = 3

  private let columns: [Column]
  private let cells: [[String]]
  /// Cells that each column would take if it had the room.
  private let naturalWidths: [Int]

  private init(_ table: Table) {
    let cells = table.rows.map { row in row.map { TerminalText.safe($0.shownText) } }
    var widths = table.columns.map { TerminalText.width($0.name) }
    for row in cells {
      for (index, cell) in row.enumerated() where index < widths.count {
        widths[index] = max(widths[index], TerminalText.width(cell))
      }
    }
    columns = table.columns
    self.cells = cells
    naturalWidths = widths
  }

  /// Heading, rule and rows; or field by field, where not even short columns have the room.
  static func render(_ table: Table, width: Int?, emit: (RenderedLine) -> Void) {
    let layout = AlignedLayout(table)
    guard let widths = layout.widths(within: width) else {
      return ExpandedLayout.render(table, isRecord: false, width: width, emit: emit)
    }
    let heading = layout.line(table.columns.map { TerminalText.safe($0.name) }, widths)
    emit(RenderedLine(.continuation, heading))
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "─┼─")
    emit(RenderedLine(.continuation, rule))
    for row in layout.cells { emit(RenderedLine(.row, layout.line(row, widths))) }
  }

  private func line(_ row: [String], _ widths: [Int]) -> String {
    var line = ""
    for (index, (cell, width)) in zip(row, widths).enumerated() {
      if index > 0 { line += Self.separator }
      line += TerminalText.padded(
        TerminalText.truncated(cell, to: width), to: width,
        right: columns[index].type.isRightAligned)
    }
    return TerminalText.trimmed(line[...])
  }

  /// The columns' widths within `limit`: the widest texts are cut first, all to one width. Nil
  /// where the rest alone is too wide.
  private func widths(within limit: Int?) -> [Int]? {
    guard let limit else { return naturalWidths }
    let room = limit - Self.separatorCells * (columns.count - 1)
    func capped(_ cap: Int) -> [Int] {
      zip(columns, naturalWidths).map { column, width in
        column.type.isCut ? min(width, cap) : width
      }
    }
    func fits(_ cap: Int) -> Bool { capped(cap).reduce(0, +) <= room }
    if naturalWidths.reduce(0, +) <= room { return naturalWidths }
    guard fits(Self.leastCells) else { return nil }
    var low = Self.leastCells
    var high = limit + 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if fits(middle) { low = middle } else { high = middle }
    }
    var widths = capped(low)
    var spare = room - widths.reduce(0, +)
    for index in widths.indices where spare > 0 && widths[index] == low {
      guard naturalWidths[index] > low, columns[index].type.isCut else { continue }
      widths[index] += 1
      spare -= 1
    }
    return widths
  }
}

extension ColumnType {
  /// Whether a part of its text still says something.
  fileprivate var isCut: Bool { self == .text || self == .table }
}
