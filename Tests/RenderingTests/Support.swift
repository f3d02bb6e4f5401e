import CommandLanguage
import Foundations
import Rendering

/// The lines of a rendered table as text.
func lines(
  _ table: Table, _ format: OutputFormat, isRecord: Bool = false, width: Int? = nil
) -> [String] {
  var result: [String] = []
  Rendering.render(table, isRecord: isRecord, format: format, width: width) {
    result.append(String(decoding: $0.bytes, as: UTF8.self))
  }
  return result
}

/// How many records the lines of a rendered table claim.
func records(
  _ table: Table, _ format: OutputFormat, isRecord: Bool = false, width: Int? = nil
) -> Int {
  var count = 0
  Rendering.render(table, isRecord: isRecord, format: format, width: width) {
    if $0.kind == .row { count += 1 }
  }
  return count
}

/// A table of texts, with columns a, b, c…
func texts(_ rows: [[String?]]) -> Table {
  let names = "abcdefghij".map(String.init).prefix(rows.first?.count ?? 0)
  return Table(
    columns: names.map { Column($0, .text) }, rows: rows.map { $0.map { Value.text($0) } })
}

/// Texts of every kind of trouble, from a fixed seed.
func troubledTexts(_ count: Int) -> [String?] {
  var state: UInt64 = 0x5DEE_CE66
  func next(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }
  let pieces = [
    "a", "Z", " ", "\t", "\n", "\r", "\r\n", "\u{8}", "\u{B}", "\u{C}", "\u{1B}[31m", "\\", "\\N",
    "\\.", "\"", ",", "|", "'", "友好城市", "e\u{301}", "👨‍👩‍👧", "🇩🇪", "\u{7F}", "\u{202E}", "\u{1}", "x1b",
  ]
  return (0..<count).map { _ in
    next(12) == 0 ? nil : (0..<next(7)).map { _ in pieces[next(pieces.count)] }.joined()
  }
}

/// A grant with a table inside and a value of every type.
let grantColumns = [
  Column("number", .text), Column("community", .text), Column("amount", .money),
  Column("visits", .integer), Column("share", .number), Column("pilot", .boolean),
  Column("due", .date), Column("changed", .timestamp), Column("obligations", .table),
]

let obligations = Table(
  columns: [Column("kind", .text), Column("amount", .money)],
  rows: [
    [.text("travel"), .money(Money(amountMinor: 120_050, currency: .usd))],
    [.text("友好 gift"), .money(Money(amountMinor: 500, currency: .usd))],
  ])

func grantRow() -> [Value] {
  [
    .text("G-2026-0042"), .text("友好城市"), .money(Money(amountMinor: 750_000, currency: .usd)),
    .integer(-12), .text("0.25"), .boolean(true), .text("2026-10-01"),
    .text("2026-07-01T09:30:00Z"),
    .table(obligations),
  ]
}
