import CommandLanguage
import LineProtocol
import Testing

@testable import Console

@Suite("What the console decides without a terminal")
struct PureTests {
  private let error = ClientError(
    "usage.bad-value", "amount is a positive amount, not \"x\"", column: 17,
    suggestion: "grant award G-1 amount=5", retry: .seconds(2), effect: .unknown,
    reference: "r1")

  @Test("A report shows the place, wraps, and says what else is known")
  func report() {
    var report = ErrorReport(error: error, line: "grant award 友好 amount=x", prefix: "sister: ")
    #expect(
      report.lines == [
        "  grant award 友好 amount=x", "                    ^",
        "sister: usage.bad-value: amount is a positive amount, not \"x\"",
        "  try: grant award G-1 amount=5",
        "  Whether anything was written is not known: look before repeating.",
        "  Trying again in 2 s may help.", "  The server's log has more: r1",
      ])
    report.width = 40
    report.echoedAt = 8
    #expect(report.lines.first == "                          ^")
    #expect(report.lines.allSatisfy { $0.count <= 40 })
    report.line = "auth token=abc 12345678 x"
    #expect(report.lines.first?.hasPrefix("sister: ") == true)
  }

  @Test("Of a long line the report shows the piece around the place")
  func longLine() {
    let line = String(repeating: "word ", count: 40) + "bad here"
    var report = ErrorReport(error: ClientError("usage.syntax", "no", column: 201), line: line)
    report.width = 60
    let lines = report.lines
    #expect(lines[0].hasPrefix("  …"))
    #expect(lines[0].count <= 60)
    let caret = lines[1].count - 1
    #expect(lines[0].dropFirst(caret).hasPrefix("bad"))
    report.error.column = 6
    #expect(Array(report.lines[0])[report.lines[1].count - 1] == "w")
  }

  @Test("An error's text cannot command the terminal")
  func hostile() {
    let hostile = ClientError("usage.syntax", "\u{9B}2J\u{1B}[31m", suggestion: "\u{202E}x")
    let lines = ErrorReport(error: hostile, line: nil).lines
    #expect(lines == [#"usage.syntax: \x9b2J\x1b[31m"#, #"  try: \u{202e}x"#])
  }

  @Test("Secrets, blank lines and repetitions are not kept")
  func history() {
    #expect(History.isKept("grant list", after: "grant show"))
    #expect(!History.isKept("grant list", after: "grant list"))
    #expect(!History.isKept("auth token=\"x\"", after: nil))
    #expect(!History.isKept("user add ann password=x", after: nil))
    #expect(!History.isKept("  ", after: nil))
  }

  @Test("The pager is the one chosen, or less where it is, or none")
  func pager() {
    func command(_ environment: [String: String], less: String? = nil) -> String? {
      Pager(environment: { environment[$0] }, isExecutable: { $0 == less }).forTables
    }
    #expect(command(["PAGER": "more", "PATH": "/bin"], less: "/bin/less") == "more")
    #expect(command(["PAGER": "", "PATH": "/bin"], less: "/bin/less") == nil)
    #expect(command(["PATH": "/sbin:/bin"], less: "/bin/less") == "less -SRFX")
    #expect(command(["PATH": "/sbin"]) == nil)
    let less = Pager(environment: { $0 == "PATH" ? "/bin" : nil }, isExecutable: { _ in true })
    #expect(less.forText == "less -RFX")
  }

  @Test("Answers in words")
  func answers() {
    var answer = Answer(head: [], rows: 12, pairs: Pairs([("rows", "12"), ("ms", "3")]))
    #expect(AnswerText.count(answer) == "(12 rows, 3 ms)")
    answer.rows = 1
    answer.pairs = Pairs([("rows", "1"), ("next", "G 1")])
    #expect(AnswerText.count(answer) == "(1 row; there are more: after=\"G 1\")")
    answer.pairs = Pairs([("number", "G-1"), ("state", "active"), ("ms", "2")])
    #expect(AnswerText.done(answer).text == "Done: number G-1, state active")
    #expect(AnswerText.done(answer).time == "(2 ms)")
    answer.pairs = Pairs([("replayed", "yes")])
    #expect(AnswerText.done(answer).text == "Done. (this key was used before: nothing new)")
    let who = AnswerText.fields(
      head: Array("user:text\troles:text".utf8), row: Array("ada\tadmin, reader".utf8))
    #expect(
      AnswerText.greeting(server: "sister/1.2", who: who, place: "here")
        == "sister 1.2 — ada (admin, reader) on here; help, Tab, \\?; Ctrl-D leaves")
  }

  @Test("A line with a problem is not asked about: it will not be run")
  func problem() {
    func hasProblem(_ line: String) -> Bool {
      Confirmation.hasProblem(
        head: Array("command:text\teffect:text\tproblem:text".utf8), lines: [Array(line.utf8)])
    }
    #expect(hasProblem("grant void\tirreversible\tusage.bad-value: no"))
    #expect(!hasProblem("grant void\tirreversible\t\\N"))
    #expect(hasProblem(#"{"command":"grant void","problem":"usage.bad-value: no"}"#))
    #expect(!hasProblem(#"{"command":"grant void","problem":null}"#))
    #expect(hasProblem("problem    usage.bad-value: no"))
    #expect(!hasProblem("problem    "))
  }

  @Test("The effect is found in the answer of explain, whatever the format")
  func effects() {
    func effect(_ lines: String..., head: String = "command:text\teffect:text") -> String? {
      Confirmation.effect(head: Array(head.utf8), lines: lines.map { Array($0.utf8) })
    }
    #expect(effect("grant void\tirreversible") == "irreversible")
    #expect(effect("command  grant void", "effect   destructive") == "destructive")
    #expect(effect("| field | value |", "| effect | write |") == "write")
    #expect(effect(#"{"command":"grant void","effect":"irreversible"}"#) == "irreversible")
    #expect(effect(#"grant void,"Voids, for good.",irreversible,x"#) == "irreversible")
    #expect(effect("nothing") == nil)
  }

  @Test(
    "Only what reads, and a preview that is an argument, needs no question",
    arguments: [
      ("grant list state=open", true), ("@t grant show G-1", true), ("ping", true),
      ("grant void G-1 preview=yes", true), ("grant void G-1 preview=\"yes\"", true),
      ("grant void G-1", false), ("@t grant void G-1", false),
      ("registration cancel R-1 reason=\"see preview=yes here\"", false),
      ("registration cancel R-1 \"preview=yes\"", false),
      ("registration cancel R-1 preview!=yes", false), ("grant void list", false),
      ("cancel R-1", false), ("rollback", false),
    ])
  func harmless(line: String, isHarmless: Bool) throws {
    let parsed = try RequestParser.parse(line)
    let request = try #require(parsed)
    #expect(Confirmation.isHarmless(request) == isHarmless)
  }

  @Test("Format and width are told once, and again when they change")
  func display() {
    var display = DisplayChoice(.table)
    #expect(display.request(columns: 80) == "set format=table width=80")
    #expect(display.request(columns: 80) == nil)
    #expect(display.request(columns: 100) == "set format=table width=100")
    display.note("set format=csv")
    #expect(display.request(columns: 90) == "set format=csv width=90")
    display.toggleExpanded()
    #expect(display.request(columns: 90) == "set format=expanded width=90")
    display.toggleExpanded()
    #expect(display.request(columns: 90) == "set format=csv width=90")
    display.note("set width=40")
    #expect(display.request(columns: 70) == nil)
    display.note("grant list format=json")
    #expect(display.format == .csv)
  }

  @Test("Colours only where they are wanted")
  func style() {
    #expect(!Style(for: -1, environment: { _ in "xterm" }).isColoured)
    #expect(Style(isColoured: true).red("x") == "\u{1B}[31mx\u{1B}[0m")
    #expect(Style(isColoured: false).prompt("x") == "x")
  }

  @Test("Lines of a script, and the literals between them")
  func input() {
    var input = ScriptInput(text: "a\r\n\nb={3}\nxyz\nc")
    #expect(input.next() == ScriptInput.Line(bytes: Array("a".utf8), number: 1))
    #expect(input.next() == ScriptInput.Line(bytes: [], number: 2))
    #expect(input.next()?.number == 3)
    #expect(input.take(3) == Array("xyz".utf8))
    #expect(input.next() == ScriptInput.Line(bytes: Array("c".utf8), number: 5))
    #expect(input.next() == nil)
    #expect(input.take(1) == nil)
    var marked = ScriptInput(text: "\u{FEFF}quit\n\u{FEFF}x")
    #expect(marked.next()?.bytes == Array("quit".utf8))
    #expect(marked.next()?.bytes == Array("\u{FEFF}x".utf8))
  }

  @Test("Candidates share what they begin with, by whole characters")
  func prefix() {
    #expect(LineEditor.commonPrefix("amount=", "amount-minor=") == "amount")
    #expect(LineEditor.commonPrefix("友好", "友城") == "友")
    #expect(LineEditor.commonPrefix("a", "b").isEmpty)
  }
}
