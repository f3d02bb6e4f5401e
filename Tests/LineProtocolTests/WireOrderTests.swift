import CommandLanguage
import Foundations
import LineProtocol
import Testing

@Suite("What runs beside what, and in which order answers leave")
struct WireOrderTests {
  private func answers(_ harness: Harness) -> [String] {
    harness.lines.map { line in
      line.replacing(" pad=\"\" ms=0", with: "")
    }
  }

  @Test("Reads run side by side; untagged answers leave in the order asked, however they finish")
  func untagged() {
    var harness = Harness()
    harness.receive("a\nb\nc\n")
    #expect(harness.runningWords == ["a", "b", "c"])
    harness.finish("c")
    harness.finish("b")
    #expect(harness.lines.isEmpty)
    harness.finish("a")
    #expect(answers(harness) == ["+ is=a", "+ is=b", "+ is=c"])
  }

  @Test("Lines of an answer leave while its request runs, in their turn")
  func streamed() {
    var harness = Harness()
    harness.receive("a\nb\n@t c\n")
    harness.add("| b1\n", to: "b")
    harness.add("| c1\n", to: "c")
    #expect(answers(harness) == ["| c1"])
    harness.add("| a1\n", to: "a")
    harness.add("| a2\n", to: "a")
    #expect(answers(harness) == ["| c1", "| a1", "| a2"])
    harness.finish("a")
    #expect(answers(harness)[3...] == ["+ is=a", "| b1"])
    harness.add("| b2\n", to: "b")
    harness.finish("c")
    harness.finish("b")
    #expect(answers(harness)[5...] == ["| b2", "+ @t is=c", "+ is=b"])
    #expect(harness.runningWords == [])
  }

  @Test("Tagged answers leave at once and hold nobody up")
  func tagged() {
    var harness = Harness()
    harness.receive("a\n@t b\nc\n@u d\n")
    harness.finish("d")
    harness.finish("b")
    #expect(answers(harness) == ["+ @u is=d", "+ @t is=b"])
    harness.finish("c")
    harness.finish("a")
    #expect(answers(harness)[2...] == ["+ is=a", "+ is=c"])
  }

  @Test("A tagged request that still runs does not hold up an untagged one behind it")
  func taggedAhead() {
    var harness = Harness()
    harness.receive("@t a\nb\n")
    harness.finish("b")
    #expect(answers(harness) == ["+ is=b"])
  }

  @Test("A write starts when all before it have ended, and nothing behind it starts before it ends")
  func writeAlone() {
    var harness = Harness(maximumInFlight: 8)
    harness.receive("a\nb\nwrite 1\nc\n@t d\nwrite 2\n")
    #expect(harness.runningWords == ["a", "b"])
    harness.finish("b")
    #expect(harness.runningWords == ["a"])
    harness.finish("a")
    #expect(harness.runningWords == ["write 1"])
    harness.finish("write 1")
    #expect(harness.runningWords == ["c", "d"])
    harness.finish("d")
    harness.finish("c")
    #expect(harness.runningWords == ["write 2"])
    harness.finish("write 2")
    #expect(
      answers(harness) == [
        "+ is=a", "+ is=b", "+ is=\"write 1\"", "+ @t is=d", "+ is=c", "+ is=\"write 2\"",
      ])
  }

  @Test("Writes, tagged or not, run one after the other in the order sent")
  func writes() {
    var harness = Harness()
    harness.receive("@x write 1\nwrite 2\n@y write 3\n")
    for number in 1...3 {
      #expect(harness.runningWords == ["write \(number)"])
      harness.finish("write \(number)")
    }
    #expect(harness.running.isEmpty)
  }

  @Test("A line that is no request is answered in its turn, or at once where it has a tag")
  func refusedInTurn() {
    var harness = Harness()
    harness.receive("a\n\"\n@t \"\n")
    #expect(harness.lines.count == 1)
    #expect(harness.lines[0].hasPrefix("- @t usage.syntax "))
    harness.finish("a")
    #expect(harness.lines.count == 3)
    #expect(harness.lines[1] == "+ is=a pad=\"\" ms=0")
    #expect(harness.lines[2].hasPrefix("- usage.syntax "))
  }

  @Test("With as many under way as may be, reading pauses; it goes on when one is answered")
  func inFlight() {
    var harness = Harness(maximumInFlight: 3)
    harness.receive("a\nb\n")
    #expect(!harness.isPaused)
    harness.receive("c\nd\ne\n")
    #expect(harness.isPaused)
    #expect(harness.runningWords == ["a", "b", "c"])
    harness.finish("b")
    #expect(harness.isPaused, "b waits for a: nothing was answered")
    harness.finish("a")
    #expect(harness.runningWords == ["c", "d", "e"])
    #expect(harness.isPaused)
    harness.finish("c")
    #expect(!harness.isPaused)
  }

  @Test(
    "While too much output waits nothing is taken, started or read; it goes on when it has left")
  func unsentOutput() {
    var harness = Harness(maximumInFlight: 4, maximumUnsentBytes: 1_000)
    harness.receive("a\nwrite\nb\nc\nd\ne\n")
    harness.finish("a", size: 2_000)
    #expect(harness.isPaused)
    #expect(harness.running.isEmpty)
    #expect(harness.wire.unanswered == 3)
    harness.outputHasLeft()
    #expect(harness.runningWords == ["write"])
    harness.finish("write")
    #expect(harness.runningWords == ["b", "c", "d", "e"])
    for words in ["b", "c", "d", "e"] { harness.finish(words) }
    #expect(!harness.isPaused)
    #expect(harness.lines.count == 6)
  }

  @Test("A chunk of refusals makes no more output at a time than may wait, and loses none of them")
  func refusalFlood() {
    var harness = Harness(maximumInFlight: 16, maximumUnsentBytes: 10_000)
    harness.receive(
      Array(String(repeating: "\"\n", count: 64_000).utf8))
    var seen = 0
    for _ in 0..<64_000 where seen < 64_000 {
      #expect(harness.output.utf8.count < 11_000)
      seen += harness.output.utf8.count { $0 == 0x0A }
      harness.output = ""
      #expect(seen == 64_000 || harness.isPaused)
      harness.outputHasLeft()
    }
    #expect(seen == 64_000)
    #expect(!harness.isPaused)
  }

  @Test("64,000 requests in one chunk: only as many as may be are under way, and all are answered")
  func pipeline() {
    var harness = Harness(maximumInFlight: 16)
    harness.receive(String(repeating: "a\n", count: 64_000))
    for _ in 0..<64_000 {
      if harness.running.count > 16 { Issue.record("too many are under way") }
      guard let next = harness.running.keys.min() else { break }
      harness.finish(next)
    }
    #expect(harness.running.isEmpty)
    #expect(harness.output.utf8.count { $0 == 0x0A } == 64_000)
  }

  @Test("What is urgent waits for a login in front of it, which says whether it may run")
  func urgentBehindLogin() {
    var harness = Harness()
    harness.wire.isAnonymous = true
    harness.receive("set\n@s stream\n@u stop\n")
    #expect(harness.runningWords == ["set"])
    harness.wire.isAnonymous = false
    harness.finish("set")
    #expect(harness.runningWords == ["stream", "stop"])
  }

  @Test("What is detached keeps nobody waiting, what is urgent waits for nobody")
  func orders() {
    var harness = Harness(maximumInFlight: 8)
    harness.receive("write 1\n@s stream\nread\nwrite 2\n@u stop\n")
    #expect(harness.runningWords == ["write 1", "stop"], "the stream comes after the write")
    harness.finish("write 1")
    #expect(harness.runningWords == ["stop", "stream", "read"])
    harness.finish("read")
    #expect(harness.runningWords == ["stop", "stream", "write 2"], "it waits for no stream")
  }

  @Test("A long literal comes piece by piece, when it is wanted; the lines behind it wait")
  func pieces() {
    var harness = Harness()
    harness.receive("write\nload data={7}\nabc")
    #expect(harness.runningWords == ["write"])
    #expect(harness.isPaused, "nobody wants it yet")
    harness.finish("write")
    #expect(harness.runningWords == ["load "])
    harness.perform(harness.wire.wantPiece(1))
    #expect(harness.fed == "abc")
    harness.receive("defg")
    #expect(harness.fed == "abc", "one at a time")
    harness.perform(harness.wire.wantPiece(1))
    harness.perform(harness.wire.wantPiece(1))
    #expect(harness.fed == "abcdefg")
    harness.receive("\nping\n")
    #expect(harness.fed == "abcdefg$")
    harness.finish("load ")
    #expect(harness.runningWords == ["ping"])
  }

  @Test("What nobody wants of it goes by; where it does not come, its request learns that")
  func piecesUnwanted() {
    var harness = Harness()
    harness.receive("load data={7}\nabc")
    harness.finish("load ")
    harness.receive("defg\nping\n")
    #expect(harness.runningWords == ["ping"])
    harness.finish("ping")
    harness.receive("load data={7}\nabc")
    harness.endOfInput()
    harness.perform(harness.wire.wantPiece(2))
    #expect(harness.fed == "abc")
    harness.perform(harness.wire.wantPiece(2))
    #expect(harness.fed == "abc!")
    harness.finish("load ")
    #expect(harness.isClosed)
    // It is its request that says so: one status line for each.
    #expect(answers(harness) == ["+ is=\"load \"", "+ is=ping", "+ is=\"load \""])
  }

  @Test("A literal without the line feed behind it loses the framing, in pieces too")
  func piecesWithoutEnd() {
    var harness = Harness()
    harness.receive("load data={3}\nabcdef\n")
    harness.perform(harness.wire.wantPiece(0))
    #expect(harness.fed == "!")
    harness.finish("load ")
    #expect(harness.isClosed)
    #expect(answers(harness) == ["+ is=\"load \""])
    // Whose request has been answered before, the connection itself ends with it.
    harness = Harness()
    harness.receive("load data={3}\nabcdef\n")
    harness.finish("load ")
    #expect(harness.isClosed)
    #expect(
      harness.lines.last?.hasPrefix("- proto.overflow retry=no effect=none fatal=yes") == true)
  }

  @Test("Cancelling refuses what waits, by its tag or all of it, and tells what runs")
  func cancel() {
    var harness = Harness(maximumInFlight: 8)
    harness.receive("@a write\n@b read\n@c read\nread\n")
    #expect(harness.cancel("b") == ([], 1))
    #expect(harness.lines.map { $0.prefix(21) } == ["- @b cancelled.client"])
    #expect(harness.cancel("x") == ([], 0))
    #expect(harness.cancel(nil) == ([0], 2))
    #expect(harness.lines.count == 3)
    harness.finish("write")
    #expect(harness.wire.unanswered == 0)
  }

  @Test("The end of a request that does not run changes nothing")
  func unknownEnd() {
    var harness = Harness()
    harness.receive("a\nwrite\n")
    harness.perform(harness.wire.finish(1, Array("+ early\n".utf8)))
    harness.perform(harness.wire.finish(99, Array("+ never\n".utf8)))
    harness.finish("a")
    harness.perform(harness.wire.finish(0, Array("+ twice\n".utf8)))
    harness.finish("write")
    #expect(answers(harness) == ["+ is=a", "+ is=write"])
  }
}
