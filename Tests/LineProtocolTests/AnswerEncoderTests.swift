import CommandLanguage
import Foundations
import LineProtocol
import Testing

@Suite("Answers as bytes")
struct AnswerEncoderTests {
  private let table = Table(
    columns: [Column("number", .text), Column("amount", .money), Column("due", .date)],
    rows: [
      [
        .text("G-1\t友"), .money(Money(amountMinor: 750_000, currency: .usd)),
        .text("2026-10-01"),
      ],
      [.text("| +"), .null, .null],
    ])

  private func answer(
    _ reply: Reply, _ format: OutputFormat = .tsv, tag: String? = nil, milliseconds: Int64 = 4
  ) -> String {
    let style = AnswerEncoder.Style(format: format, width: nil, tag: tag)
    let bytes = AnswerEncoder.answer(reply, style, milliseconds: milliseconds)
    return String(decoding: bytes, as: UTF8.self)
  }

  private func error(_ error: DomainError, tag: String? = nil, isFatal: Bool = false) -> String {
    String(decoding: AnswerEncoder.error(error, tag: tag, isFatal: isFatal), as: UTF8.self)
  }

  @Test("The checksum is CRC-32C: the check value of RFC 3720 and of the catalogue of CRCs")
  func checksum() {
    func sum(_ bytes: [UInt8]) -> String {
      var sum = CRC32C()
      sum.update(bytes)
      return sum.hexadecimal
    }
    #expect(sum(Array("123456789".utf8)) == "e3069283")
    #expect(sum([UInt8](repeating: 0, count: 32)) == "8a9136aa")
    #expect(sum([UInt8](repeating: 0xFF, count: 32)) == "62a8ab43")
    #expect(sum([]) == "00000000")
  }

  @Test("A list is a head, its rows, and a status line that counts and sums them")
  func list() {
    var sum = CRC32C()
    sum.update(line: "G-1\\t友\t7500.00 USD\t2026-10-01".utf8)
    sum.update(line: "| +\t\\N\t\\N".utf8)
    #expect(
      answer(.list(table, next: nil)) == """
        # number:text\tamount:money\tdue:date
        | G-1\\t友\t7500.00 USD\t2026-10-01
        | | +\t\\N\t\\N
        + rows=2 crc32c=\(sum.hexadecimal) ms=4

        """)
  }

  @Test("Every line of a tagged answer carries the tag; the checksum does not")
  func tagged() {
    let plain = answer(.list(table, next: nil))
    let tagged = answer(.list(table, next: nil), tag: "t1")
    for line in tagged.split(separator: "\n") { #expect(line.dropFirst(2).hasPrefix("@t1 ")) }
    #expect(tagged.replacing("@t1 ", with: "") == plain)
    #expect(error(DomainError(.http, "x"), tag: "t1").hasPrefix("- @t1 proto.http "))
  }

  @Test("Where more rows follow, the status line says after which key")
  func next() {
    #expect(answer(.list(table, next: "a b")).hasSuffix(" next=\"a b\" ms=4\n"))
    #expect(
      answer(.list(Table(columns: table.columns, rows: []), next: nil)).hasSuffix(
        "\n+ rows=0 crc32c=00000000 ms=4\n"))
  }

  @Test("A write answers with its pairs, quoted where they could be misread")
  func done() {
    let reply = Reply.done([
      .init("number", "G-1"), .init("empty", ""), .init("text", "a b"), .init("brace", "{5}"),
      .init("quote", "\"\\"), .init("line", "a\nb"), .init("csi", "\u{9b}31m"), .init("name", "é友"),
    ])
    #expect(
      answer(reply)
        == #"+ number=G-1 empty="" text="a b" brace="{5}" quote="\"\\" line="a\nb" "#
        + #"csi="\u009b31m" name=é友 ms=4"# + "\n")
    #expect(answer(.done([])) == "+ ms=4\n")
    #expect(answer(.goodbye) == "+ bye=yes ms=4\n")
  }

  @Test("A page is lines of text")
  func page() {
    // In every format as it is: it may be a file in a format of its own.
    for format in OutputFormat.allCases {
      let page = answer(.page(["Usage:", "", "  {\"a\": \"\\\"b\\\"\"}"]), format)
      #expect(
        page.hasPrefix("# text:text\n| Usage:\n| \n|   {\"a\": \"\\\"b\\\"\"}\n+ rows=3 crc32c="))
    }
    #expect(answer(.page(["  a 友"]), .table).hasPrefix("# text:text\n|   a 友\n+ rows=1 "))
    #expect(!answer(.page(["a\u{1B}[31m"]), .table).contains("\u{1B}"))
  }

  @Test(
    "In every format the rows counted and summed are the row lines sent",
    arguments: OutputFormat.allCases)
  func formats(format: OutputFormat) throws {
    for reply in [
      Reply.list(table, next: nil), .record(Table(columns: table.columns, rows: [table.rows[0]])),
    ] {
      var sum = CRC32C()
      var rows = 0
      let lines = answer(reply, format, tag: "t").split(
        separator: "\n", omittingEmptySubsequences: false)
      for line in lines where line.hasPrefix("| ") || line.hasPrefix(": ") {
        if line.hasPrefix("|") { rows += 1 }
        sum.update(line: line.dropFirst(5).utf8)
      }
      #expect(lines[lines.count - 2] == "+ @t rows=\(rows) crc32c=\(sum.hexadecimal) ms=4")
      #expect(lines.count { $0.hasPrefix("+") || $0.hasPrefix("-") } == 1)
    }
  }

  @Test("An error says all it knows in one order, and its message last")
  func errors() {
    let whole = DomainError(
      .stateConflict, "It is \"open\".", column: 7, argument: "grant",
      suggestion: "grant close G-1",
      retry: .seconds(30), effect: .unknown, reference: "ab12")
    #expect(
      error(whole)
        == #"- conflict.state retry=30 effect=unknown at=7 arg=grant try="grant close G-1" ref=ab12 msg="It is \"open\".""#
        + "\n")
    #expect(
      error(DomainError(.http, "no"), isFatal: true)
        == "- proto.http retry=no effect=none fatal=yes msg=no\n")
  }

  @Test("What answers say, a client reads back")
  func readBack() throws {
    let reply = Reply.done([.init("text", "a \"b\" {\u{1}\u{85}é"), .init("next", "")])
    let line = Array(answer(reply).utf8.dropFirst(2).dropLast())
    let pairs = try #require(Pairs(decoding: line))
    #expect(pairs["text"] == "a \"b\" {\u{1}\u{85}é")
    #expect(pairs["next"] == "")
    #expect(pairs["ms"] == "4")
  }

  @Test("A notice and a line of progress are pairs behind their markers")
  func unasked() {
    let notice = WireSession.notice([("slp", "1"), ("msg", "two words")])
    #expect(String(decoding: notice, as: UTF8.self) == "* slp=1 msg=\"two words\"\n")
    let progress = AnswerEncoder.progress([("rows", "5")], tag: "a")
    #expect(String(decoding: progress, as: UTF8.self) == "% @a rows=5\n")
  }
}
