import SeededInputs
import CommandLanguage
import Foundations
import Testing

/// The request of a line, or the error that the parser answers.
func parse(_ line: String) -> Result<Request?, RequestError> {
  Result { () throws(RequestError) in try RequestParser.parse(line) }
}

@Suite("The grammar of requests")
struct ParserTests {
  private func arguments(_ line: String) throws -> [Argument] {
    try #require(try parse(line).get()).arguments
  }

  private func failure(_ line: String) -> RequestError? {
    guard case .failure(let error) = parse(line) else { return nil }
    return error
  }

  @Test("Words, pairs and every comparison, each at its column")
  func arguments() throws {
    let line = #"grant list amount>=5000 due<2026-01-01 name~"友好 x" a!=b c<=1 d>2 e=  f"#
    #expect(
      try arguments(line) == [
        Argument(value: "grant", column: 1), Argument(value: "list", column: 7),
        Argument(name: "amount", comparison: .greaterOrEqual, value: "5000", column: 12),
        Argument(name: "due", comparison: .less, value: "2026-01-01", column: 25),
        Argument(name: "name", comparison: .contains, value: "友好 x", column: 40),
        Argument(name: "a", comparison: .notEqual, value: "b", column: 52),
        Argument(name: "c", comparison: .lessOrEqual, value: "1", column: 57),
        Argument(name: "d", comparison: .greater, value: "2", column: 62),
        Argument(name: "e", value: "", column: 66), Argument(value: "f", column: 70),
      ])
  }

  @Test("What does not begin like a name is a value, signs and all")
  func values() throws {
    for text in ["A=b", "9=x", "https://x?a=b", "-5", "=x", "~", "a", "<", "x:y=z", "友=好"] {
      #expect(try arguments(text) == [Argument(value: text)])
    }
    #expect(try arguments(#""a=b""#) == [Argument(value: "a=b")])
    #expect(try arguments("\tping\t") == [Argument(value: "ping", column: 2)])
  }

  @Test("An empty line, a blank one and a comment are no request")
  func nothing() throws {
    for line in ["", "  \t ", "-- a comment \"", " --x"] {
      #expect(try parse(line).get() == nil)
    }
    #expect(try arguments("-x")[0].value == "-x")
  }

  @Test("Tags are 1 to 32 letters, digits, hyphens and underscores")
  func tags() throws {
    let longest = String(repeating: "t", count: Limits.tagCharacters)
    for tag in ["a", "A-9_z", longest] {
      #expect(try #require(try parse("@\(tag)  ping").get()).tag == tag)
    }
    for line in ["@ ping", "@\(longest)t ping", "@a.b ping", "@é ping"] {
      let error = try #require(failure(line))
      #expect(error.tag == nil)
      #expect(error.error.code == .syntax)
      #expect(error.error.column == 1)
    }
    #expect(failure("@t")?.tag == "t")
    #expect(failure("@t   ")?.tag == "t")
  }

  @Test("A line that fails after its tag keeps the tag")
  func tagOfFailure() {
    #expect(failure(#"@t-1 community create "x"#)?.tag == "t-1")
  }

  @Test("The tag of a line that is refused unparsed is found, and nothing else is")
  func tagOfRefused() {
    let longest = String(repeating: "t", count: Limits.tagCharacters)
    let cases: [(String, String?)] = [
      ("@t1 x", "t1"), ("  @t1 \u{0}", "t1"), ("@\(longest) x", longest), ("@\(longest)t x", nil),
      ("@t1", nil), ("", nil), ("   ", nil), ("ping", nil), ("@ x", nil), ("@a.b x", nil),
    ]
    for (line, tag) in cases { #expect(RequestParser.tag(of: Array(line.utf8)) == tag) }
  }

  @Test("JSON strings mean what any JSON encoder meant")
  func strings() throws {
    let cases: [(String, String)] = [
      (#""""#, ""), (#""a b""#, "a b"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
      (#""\u00e9\u53cb""#, "é友"), (#""\uD83D\ude00""#, "😀"), (#""\uDBFF\uDFFF""#, "\u{10FFFF}"),
      (#""😀""#, "😀"), (#""\uffff""#, "\u{FFFF}"),
    ]
    for (written, meant) in cases {
      #expect(try arguments("x \(written)")[1].value == meant)
      #expect(try arguments("x n=\(written)")[1].value == meant)
    }
  }

  @Test("Every string survives being written as JSON and read again")
  func roundTrip() throws {
    var random = Seeded(1)
    for _ in 0..<2_000 {
      let scalars = (0..<Int.random(in: 0...12, using: &random)).compactMap { _ in
        let limit: UInt32 = Bool.random(using: &random) ? 0x100 : 0x110000
        return Unicode.Scalar(UInt32.random(in: 1..<limit, using: &random))
      }
      let text = String(String.UnicodeScalarView(scalars))
      let argument = Argument(name: "n", value: text)
      #expect(try arguments(argument.spelling) == [argument])
      #expect(
        !JSON.string(text).unicodeScalars.contains { $0.properties.generalCategory == .control })
    }
  }

  @Test(
    "What is no JSON string is refused where it goes wrong",
    arguments: [
      (#"x "abc"#, 3), (#"x "abc\"#, 7), (#"x "\x""#, 4), (#"x "\u12""#, 4), (#"x "\u+123""#, 4),
      (#"x "\u-001""#, 4), (#"x "\u0000""#, 4), (#"x "\uD83D""#, 4), (#"x "\uDE00""#, 4),
      (#"x "\uD83D\u0041""#, 4), (#"x "\uD83D\uD83D""#, 4), (#"x "\uD83Dx""#, 4),
      (#"友 "a"b"#, 6), ("x \"a\u{1}\"", 5), (#"x a"b"#, 4), (#"x a\b"#, 4), ("x a\u{7f}", 4),
      ("x {a", 3), (#"x n="a""b""#, 8),
    ] as [(String, Int)])
  func badStrings(line: String, column: Int) throws {
    let error = try #require(failure(line)).error
    #expect(error.code == .syntax)
    #expect(error.column == column)
  }

  @Test("A literal's length is known, and it stands last")
  func literals() throws {
    let request = try #require(try parse("@t x a=1 text={12}").get())
    #expect(request.literalBytes == 12)
    #expect(request.arguments.last == Argument(name: "text", value: "", column: 10))
    #expect(try #require(try parse("x n={0}").get()).literalBytes == 0)
    #expect(try #require(try parse("x n={999999999999}").get()).literalBytes == 999_999_999_999)
    for line in ["x n={5} y", "x n={}", "x n={-1}", "x n={5", "x {5}", "x n={1234567890123}"] {
      #expect(failure(line)?.error.code == .syntax, "\(line)")
    }
    #expect(failure("x n!={5}")?.error.code == .syntax)
    #expect(try parse(#"x n="{5}""#).get()?.literalBytes == nil)
  }

  @Test("As many arguments as the limit says, and not one more")
  func argumentLimit() throws {
    let most = Array(repeating: "a", count: Limits.arguments).joined(separator: " ")
    #expect(try arguments(most).count == Limits.arguments)
    #expect(failure(most + " a")?.error.code == .syntax)
  }

  @Test("100,000 hostile lines: each is a request, nothing or an error inside the line")
  func hostile() {
    var random = Seeded(2)
    let pieces = [
      "@", "t ", " ", "\"", "\\", "\\u", "\\uD83D", "{", "}", "={", "=", "<", ">=", "~", "!=", "--",
      "a", "友", "\u{0}", "\t", "grant", "12", "\u{7f}",
    ].map { Array($0.utf8) }
    for _ in 0..<100_000 {
      var line: [UInt8] = []
      for _ in 0..<Int.random(in: 0...12, using: &random) {
        if Int.random(in: 0..<4, using: &random) == 0 {
          line.append(UInt8.random(in: 0...255, using: &random))
        } else {
          line += pieces.randomElement(using: &random) ?? []
        }
      }
      do throws(RequestError) {
        guard let request = try RequestParser.parse(line) else { continue }
        if request.arguments.isEmpty || request.arguments.contains(where: { $0.column < 1 }) {
          Issue.record("no arguments, or none with a place: \(line)")
        }
      } catch {
        let column = error.error.column ?? 0
        if column < 1 || column > line.count + 1 || error.error.code != .syntax {
          Issue.record("an error at \(column): \(line)")
        }
      }
    }
  }

  @Test(
    "A value in single quotes is told of double ones, at its column",
    arguments: [("community create x 'Hello World' US", 20), ("x y names='a'", 11)])
  func singleQuotes(line: String, column: Int) {
    #expect {
      try RequestParser.parse(line)
    } throws: { error in
      let error = (error as? RequestError)?.error
      return error?.column == column && error?.message.contains("double quotes") == true
    }
    #expect(throws: Never.self) { try RequestParser.parse(#"x y it's "'quoted'""#) }
  }

  @Test("A byte order mark before a line is no part of it")
  func byteOrderMark() throws {
    #expect(
      try RequestParser.parse("\u{FEFF}@t ping")
        == Request(
          tag: "t", arguments: [Argument(value: "ping", column: 5)]))
    #expect(try RequestParser.parse("\u{FEFF}") == nil)
    #expect(try RequestParser.parse("\u{FEFF}-- a comment") == nil)
    #expect(RequestParser.tag(of: Array("\u{FEFF}@t \u{1}".utf8)) == "t")
  }
}
