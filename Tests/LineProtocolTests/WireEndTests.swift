import CommandLanguage
import Foundations
import LineProtocol
import Testing

@Suite("How a session ends")
struct WireEndTests {
  @Test("After the client's last byte everything it sent is finished and answered")
  func halfClose() {
    var harness = Harness(maximumInFlight: 2)
    harness.receive("a\nb\nwrite\n@t c\n")
    harness.endOfInput()
    #expect(!harness.isClosed)
    for words in ["b", "a", "write", "c"] {
      #expect(!harness.isClosed)
      harness.finish(words)
    }
    #expect(harness.isClosed)
    #expect(harness.lines.count == 4)
  }

  @Test("The end of an idle session closes it without a word; more ends change nothing")
  func idleEnd() {
    var harness = Harness()
    harness.endOfInput()
    #expect(harness.isClosed)
    #expect(harness.output.isEmpty)
    harness.endOfInput()
    harness.drain()
    harness.receive("a\n")
    #expect(harness.output.isEmpty)
    #expect(harness.started.isEmpty)
  }

  @Test(
    "A last line without its end is not run, and is told so",
    arguments: [
      ("@t ping", "- proto.truncated "), ("write a={5}\nabc", "- proto.truncated "),
      ("@t write a={5}\n", "- @t proto.truncated "), ("a\r", "- proto.truncated "),
      (String(repeating: "x", count: Limits.lineBytes + 9), "- proto.truncated "),
    ])
  func unfinished(input: String, start: String) {
    var harness = Harness()
    harness.receive(input)
    harness.endOfInput()
    #expect(harness.started.isEmpty)
    #expect(harness.lines.count == 1)
    #expect(harness.lines.first?.hasPrefix(start) == true)
    #expect(harness.isClosed)
  }

  @Test("An unfinished last line is told after all answers")
  func unfinishedInOrder() {
    var harness = Harness()
    harness.receive("a\nb")
    harness.endOfInput()
    #expect(harness.output.isEmpty)
    harness.finish("a")
    #expect(harness.lines.count == 2)
    #expect(harness.lines.last?.hasPrefix("- proto.truncated ") == true)
    #expect(harness.isClosed)
  }

  @Test("A half-close while output waits still finishes everything")
  func halfCloseBlocked() {
    var harness = Harness(maximumInFlight: 4, maximumUnsentBytes: 100)
    harness.receive("a\n")
    harness.finish("a", size: 500)
    harness.receive("b\n")
    harness.endOfInput()
    #expect(!harness.isClosed)
    harness.outputHasLeft()
    #expect(harness.runningWords == ["b"])
    harness.finish("b")
    #expect(harness.isClosed)
    #expect(harness.lines.count == 2)
  }

  @Test("Draining tells the client, finishes what runs, refuses what waits, and ends")
  func drain() {
    var harness = Harness()
    harness.receive("a\nwrite\n@t b\n")
    harness.drain()
    #expect(harness.lines[0] == "* drain=yes msg=\"the server is stopping\"")
    #expect(harness.lines[1].hasPrefix("- @t busy.draining retry=1 effect=none "))
    #expect(!harness.isClosed)
    harness.receive("c\n")
    #expect(harness.runningWords == ["a"])
    harness.finish("a")
    #expect(harness.lines.count == 4)
    #expect(harness.lines[3].hasPrefix("- busy.draining "))
    #expect(harness.isClosed)
  }

  @Test("Draining an idle session ends it; one that waits for a literal is told")
  func drainIdle() {
    var idle = Harness()
    idle.drain()
    #expect(idle.lines.count == 1)
    #expect(idle.isClosed)
    var waiting = Harness()
    waiting.receive("@t write a={5}\nab")
    waiting.drain()
    #expect(waiting.lines.count == 2)
    #expect(waiting.lines.last?.hasPrefix("- @t busy.draining ") == true)
    #expect(waiting.isClosed)
  }

  @Test("What was pipelined behind the session's last request is answered, not run")
  func endAfterAnswers() {
    var harness = Harness()
    harness.receive("set\na\n@t b\n")
    #expect(harness.runningWords == ["set"])
    harness.wire.endAfterAnswers()
    harness.finish("set")
    #expect(harness.started.count == 1)
    #expect(harness.lines.count == 3)
    #expect(harness.lines[0].hasPrefix("+ is=set "))
    #expect(harness.lines[1].hasPrefix("- busy.draining "))
    #expect(harness.lines[2].hasPrefix("- @t busy.draining "))
    #expect(harness.isClosed)
  }

  @Test("Where framing is lost, what runs is answered first; then the fatal error, then the end")
  func lostFraming() {
    var harness = Harness()
    harness.receive("a\n@t write x={2}\nabc\nb\n")
    #expect(harness.output.isEmpty)
    #expect(!harness.isClosed)
    harness.finish("a")
    #expect(harness.lines.count == 2)
    #expect(harness.lines[1].hasPrefix("- @t proto.overflow retry=no effect=none fatal=yes "))
    #expect(harness.isClosed)
    #expect(harness.started.count == 1)
  }

  @Test("Where framing is lost, what was asked before is run, tagged answers too, before the end")
  func lostFramingBehindWrites() {
    var harness = Harness()
    harness.receive("@s a\nwrite 1\nx={99999999}\n")
    harness.receive("never\n")
    harness.finish("a")
    harness.finish("write 1")
    #expect(harness.started.count == 2)
    #expect(
      harness.lines.map { $0.prefix(16) } == [
        "+ @s is=a pad=\"\"", "+ is=\"write 1\" p", "- proto.overflow",
      ])
    #expect(harness.isClosed)
  }

  @Test("A literal larger than the limit ends the session, for its bytes would be lines")
  func hugeLiteral() {
    var harness = Harness()
    harness.receive("@t write x={\(Limits.literalBytes + 1)}\n")
    #expect(harness.lines.first?.hasPrefix("- @t proto.overflow ") == true)
    #expect(harness.isClosed)
  }

  @Test(
    "A first line of HTTP ends the session",
    arguments: [
      "GET / HTTP/1.1", "POST /x HTTP/1.0", "PRI * HTTP/2.0", "CONNECT a:1 HTTP/1.1",
      "GET /\(String(repeating: "x", count: 10_000)) HTTP/1.1",
    ])
  func http(line: String) {
    var harness = Harness()
    harness.receive(line + "\r\nHost: x\r\n\r\n")
    #expect(harness.lines.count == 1)
    #expect(harness.lines.first?.hasPrefix("- proto.http retry=no effect=none fatal=yes ") == true)
    #expect(harness.isClosed)
  }

  @Test("Only the first line can be HTTP")
  func laterHTTP() {
    var harness = Harness()
    harness.receive("a\nGET / HTTP/1.1\nGET /\n")
    #expect(harness.started.count == 3)
    #expect(!harness.isClosed)
  }

  @Test("A literal is the value of its line's last argument")
  func literal() throws {
    var harness = Harness()
    harness.receive("@t write to=x text={9}\n友\na=\"{}\nb\n")
    let request = try #require(harness.running[0])
    #expect(request.tag == "t")
    #expect(request.arguments.last?.name == "text")
    #expect(request.arguments.last?.value == "友\na=\"{}")
    harness.finish(0)
    #expect(harness.runningWords == ["b"])
  }

  @Test("A literal that is no text refuses its request, and the session goes on")
  func badLiteral() {
    var harness = Harness()
    harness.receive(Array("@t write x={1}\n".utf8) + [0xFF, 0x0A] + Array("b\n".utf8))
    #expect(harness.lines.first?.hasPrefix("- @t proto.bad-utf8 ") == true)
    #expect(harness.runningWords == ["b"])
  }
}
