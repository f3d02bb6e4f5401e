import CommandLanguage
import Foundations
import Rendering
import Testing

@Suite("Layouts for people line up and fit")
struct LayoutTests {
  private let list = Table(
    columns: [Column("number", .text), Column("community", .text), Column("amount", .money)],
    rows: [
      [
        .text("G-2026-0042"), .text("友好城市"),
        .money(Money(amountMinor: 750_000, currency: .usd)),
      ],
      [.text("G-2026-0043"), .null, .money(Money(amountMinor: 5, currency: .usd))],
      [.text("G-2026-0044"), .text("Ze\u{301} 👨‍👩‍👧"), .null],
    ])

  @Test("An aligned table")
  func aligned() {
    #expect(
      lines(list, .table) == [
        "number      │ community │      amount",
        "────────────┼───────────┼────────────",
        "G-2026-0042 │ 友好城市  │ 7500.00 USD",
        "G-2026-0043 │           │    0.05 USD",
        "G-2026-0044 │ Ze\u{301} 👨‍👩‍👧     │",
      ])
    #expect(records(list, .table) == 3)
  }

  @Test("Escape sequences and line breaks in data stay in their cell")
  func escapes() {
    #expect(
      lines(texts([["\u{1B}[31mred\u{202E}", "a\nb"]]), .table) == [
        "a                   │ b", "────────────────────┼─────", #"\x1b[31mred\u{202e} │ a\nb"#,
      ])
  }

  @Test("A table too wide has its widest texts cut, and no line is wider than the terminal")
  func fitting() {
    let table = texts([
      ["short", String(repeating: "wide ", count: 20), String(repeating: "友好", count: 20)]
    ])
    for width in 27...200 {
      let lines = lines(table, .table, width: width)
      #expect(lines.count == 3)
      #expect(lines.allSatisfy { TerminalText.width($0) <= width })
    }
    #expect(
      lines(table, .table, width: 40) == [
        "a     │ b               │ c", "──────┼─────────────────┼───────────────",
        "short │ wide wide wide… │ 友好友好友好…",
      ])
  }

  @Test("A table that cannot fit is shown field by field")
  func fallback() {
    let words = String(repeating: "word ", count: 8)
    let table = texts([["one", words, String(repeating: "x", count: 30)]])
    #expect(
      lines(table, .table, width: 20) == [
        "── 1 ───────────────", "a  one", "b  word word word", "   word word word", "   word word",
        "c  xxxxxxxxxxxxxxxxx", "   xxxxxxxxxxxxx",
      ])
    #expect(records(table, .table, width: 20) == 1)
  }

  @Test("A record is shown field by field, with its tables under their names")
  func record() {
    let table = Table(
      columns: grantColumns + [Column("notes", .text), Column("visitors", .table)],
      rows: [
        grantRow() + [
          .text("First line\nand a second one that is long"),
          .table(Table(columns: [Column("name", .text)], rows: [])),
        ]
      ])
    let expected = [
      "number     G-2026-0042", "community  友好城市", "amount     7500.00 USD",
      "visits     -12", "share      0.25", "pilot      yes", "due        2026-10-01",
      "changed    2026-07-01T09:30:00Z", "obligations",
      "  kind      │      amount", "  ──────────┼────────────", "  travel    │ 1200.50 USD",
      "  友好 gift │    5.00 USD", "notes      First line", "           and a second one that",
      "           is long", "visitors  (none)",
    ]
    #expect(lines(table, .table, isRecord: true, width: 34) == expected)
    #expect(lines(table, .expanded, isRecord: true, width: 34) == expected)
    #expect(records(table, .table, isRecord: true) == 1)
  }

  @Test("Markdown cells stay cells")
  func markdown() {
    #expect(
      lines(list, .markdown) == [
        "| number | community | amount |", "| --- | --- | ---: |",
        "| G-2026-0042 | 友好城市 | 7500.00 USD |", "| G-2026-0043 |  | 0.05 USD |",
        "| G-2026-0044 | Ze\u{301} 👨‍👩‍👧 |  |",
      ])
    #expect(
      lines(texts([["a|b\nc", "<b>\\"]]), .markdown, isRecord: true) == [
        "| field | value |", "| --- | --- |", "| a | a\\|b<br>c |", "| b | \\<b>\\\\ |",
      ])
  }

  @Test("In every format there is one row line for each record", arguments: OutputFormat.allCases)
  func recordCount(_ format: OutputFormat) {
    let table = Table(columns: grantColumns, rows: [grantRow(), grantRow(), grantRow()])
    for width in [nil, 20, 80] as [Int?] {
      #expect(records(table, format, width: width) == 3)
      #expect(lines(table, format, width: width).allSatisfy { !$0.utf8.contains(0x0A) })
    }
    #expect(records(Table(columns: grantColumns, rows: []), format) == 0)
  }
}
