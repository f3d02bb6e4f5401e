import CommandLanguage
import Foundations
import Rendering
import Testing

@Suite("Formats for programs lose nothing")
struct MachineFormatTests {
  @Test("Every value has one tab-separated spelling")
  func tsvValues() {
    let table = Table(columns: grantColumns, rows: [grantRow()])
    let json = #"[{"kind":"travel","amount":"1200.50 USD"},{"kind":"友好 gift","amount":"5.00 USD"}]"#
    #expect(
      lines(table, .tsv) == [
        "G-2026-0042\t友好城市\t7500.00 USD\t-12\t0.25\tyes\t2026-10-01\t2026-07-01T09:30:00Z\t" + json
      ])
    #expect(lines(texts([[nil, "", "\\N"]]), .tsv) == ["\\N\t\t\\\\N"])
    #expect(
      lines(texts([["a\tb\nc\\", "\u{8}\u{B}\u{C}\r", "\u{1B}[31m\u{7F}"]]), .tsv) == [
        #"a\tb\nc\\"# + "\t" + #"\b\v\f\r"# + "\t" + #"\x1b[31m\x7f"#
      ])
  }

  @Test("What could command a terminal or turn its text around is escaped, byte for byte")
  func tsvTerminal() {
    let cells = ["\u{9B}2J é", "a\u{202E}b\u{2069}", "\u{2027}\u{2028}…\u{206A}\u{A0}"]
    let line = lines(texts([cells]), .tsv)[0]
    #expect(
      line == #"\xc2\x9b2J é"# + "\t" + #"a\xe2\x80\xaeb\xe2\x81\xa9"# + "\t"
        + "\u{2027}" + #"\xe2\x80\xa8"# + "…\u{206A}\u{A0}")
    #expect(Rendering.decodeTSV(Array(line.utf8)) == cells)
  }

  @Test("Numbers and money are written as their descriptions are")
  func numbers() {
    let currencies = [Currency.usd, Currency(code: "JPY") ?? .usd, Currency(code: "KWD") ?? .usd]
    for amount: Int64 in [0, 1, -1, 9, 10, 99, 100, -12_345, .max, .min] {
      let table = Table(
        columns: [Column("n", .integer)], rows: [[.integer(amount)]])
      #expect(lines(table, .tsv) == [String(amount)])
      for currency in currencies {
        let money = Money(amountMinor: amount, currency: currency)
        #expect(
          lines(Table(columns: [Column("m", .money)], rows: [[.money(money)]]), .tsv)
            == [money.description])
      }
    }
  }

  @Test("Tab-separated text comes back as it was, on one line, without control characters")
  func tsvRoundTrip() {
    for start in stride(from: 0, to: 3000, by: 3) {
      let cells = Array(troubledTexts(3003)[start..<(start + 3)])
      let line = Array(lines(texts([cells]), .tsv)[0].utf8)
      #expect(!line.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F })
      #expect(Rendering.decodeTSV(line) == cells)
      if start > 600 { break }
    }
  }

  @Test("Comma-separated text comes back as it was, over several lines too")
  func csvRoundTrip() {
    let cells = troubledTexts(900)
    let rows = stride(from: 0, to: 900, by: 3).map { Array(cells[$0..<($0 + 3)]) }
    let table = texts(rows)
    let text = lines(table, .csv).map { $0 + "\n" }.joined()
    #expect(parseCSV(text) == rows)
    #expect(records(table, .csv) == rows.count)
  }

  @Test("Null, empty and quoted cells differ")
  func csvGolden() {
    #expect(
      lines(texts([[nil, "", "a,b"], ["say \"hi\"", "two\nlines", " edge"]]), .csv) == [
        #","","a,b""#, "\"say \"\"hi\"\"\",\"two", "lines\", edge",
      ])
  }

  @Test("JSON has numbers as numbers, money as text, tables as arrays")
  func json() {
    let table = Table(columns: grantColumns, rows: [grantRow()])
    #expect(
      lines(table, .json) == [
        #"{"number":"G-2026-0042","community":"友好城市","amount":"7500.00 USD","visits":-12,"#
          + #""share":0.25,"pilot":true,"due":"2026-10-01","changed":"2026-07-01T09:30:00Z","#
          + #""obligations":[{"kind":"travel","amount":"1200.50 USD"},"#
          + #"{"kind":"友好 gift","amount":"5.00 USD"}]}"#
      ])
    let numbers = Table(
      columns: [Column("n", .number)],
      rows: ["1", "-0.5", "NaN", "007", "1.", "Infinity"].map { [.text($0)] } + [[.null]])
    #expect(
      lines(numbers, .json) == [
        #"{"n":1}"#, #"{"n":-0.5}"#, #"{"n":"NaN"}"#, #"{"n":"007"}"#, #"{"n":"1."}"#,
        #"{"n":"Infinity"}"#, #"{"n":null}"#,
      ])
  }

  @Test("The head names columns and types")
  func head() {
    let head = Rendering.head(Array(grantColumns.prefix(3)))
    #expect(String(decoding: head, as: UTF8.self) == "number:text\tcommunity:text\tamount:money")
  }
}

/// A reader of RFC 4180 that knows no more than it must.
private func parseCSV(_ text: String) -> [[String?]] {
  var rows: [[String?]] = []
  var row: [String?] = []
  var cell = ""
  var wasQuoted = false
  var inQuotes = false
  var scalars = Array(text.unicodeScalars)[...]
  func closed() -> String? { cell.isEmpty && !wasQuoted ? nil : cell }
  while let scalar = scalars.popFirst() {
    switch scalar {
    case "\"" where inQuotes && scalars.first == "\"":
      cell.unicodeScalars.append("\"")
      scalars.removeFirst()
    case "\"":
      inQuotes.toggle()
      wasQuoted = true
    case "," where !inQuotes, "\n" where !inQuotes:
      row.append(closed())
      cell = ""
      wasQuoted = false
      if scalar == "\n" {
        rows.append(row)
        row = []
      }
    default: cell.unicodeScalars.append(scalar)
    }
  }
  return rows
}
