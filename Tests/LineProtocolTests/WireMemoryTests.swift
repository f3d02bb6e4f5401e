import CommandLanguage
import Foundations
import LineProtocol
import Testing

@Suite("What one client can make the server keep")
struct WireMemoryTests {
  @Test("A stranger's requests under way are few bytes; who is known may have many under way")
  func fewBytes() {
    var harness = Harness(maximumInFlight: 4)
    harness.wire.isAnonymous = true
    let long = String(repeating: "x", count: Limits.anonymousBytes - 2)
    harness.receive("a\nb \(long)\nc\nd\n")
    #expect(harness.started.count == 2)
    #expect(harness.isPaused)
    harness.finish("a")
    #expect(harness.started.count == 2)
    harness.finish(1)
    #expect(harness.runningWords == ["c", "d"])
    #expect(!harness.isPaused)
    harness.receive("b \(long)\n")
    #expect(harness.isPaused)
    harness.wire.isAnonymous = false
    harness.finish("c")
    #expect(!harness.isPaused)
  }

  @Test("A stranger's literal of more than a little ends the connection before it is kept")
  func literals() {
    var harness = Harness()
    harness.wire.isAnonymous = true
    harness.receive("a x={\(Limits.anonymousBytes)}\n")
    harness.receive(String(repeating: "x", count: Limits.anonymousBytes) + "\n")
    #expect(harness.started.count == 1)
    harness.finish(0)
    harness.receive("@t b x={\(Limits.anonymousBytes + 1)}\n")
    #expect(harness.lines.last?.hasPrefix("- @t proto.overflow ") == true)
    #expect(harness.isClosed)
  }

  @Test("Whoever is known may send larger literals, within their limit")
  func knownLiterals() {
    var harness = Harness()
    harness.receive("a x={\(Limits.literalBytes)}\n")
    harness.receive(String(repeating: "x", count: Limits.literalBytes) + "\n")
    #expect(harness.started.count == 1)
    harness.receive("a x={\(Limits.literalBytes + 1)}\n")
    harness.finish(0)
    #expect(harness.isClosed)
  }

  @Test("A stranger's long line is discarded and refused, and the session goes on")
  func lines() {
    var harness = Harness()
    harness.wire.isAnonymous = true
    harness.receive(String(repeating: "x", count: Limits.anonymousBytes + 1) + "\na\n")
    #expect(harness.lines.count == 1)
    #expect(harness.lines.first?.hasPrefix("- usage.line-too-long ") == true)
    #expect(harness.runningWords == ["a"])
  }

  @Test("A long line behind a login waits until it is known whose it is", arguments: [true, false])
  func linesBehindLogin(succeeds: Bool) {
    var harness = Harness()
    harness.wire.isAnonymous = true
    let long = String(repeating: "x", count: Limits.anonymousBytes)
    harness.receive("set\na \(long)\nb\n")
    #expect(harness.runningWords == ["set"])
    #expect(harness.isPaused)
    harness.wire.isAnonymous = !succeeds
    harness.finish("set")
    #expect(!harness.isPaused)
    #expect(harness.runningWords == (succeeds ? ["a \(long)", "b"] : ["b"]))
    #expect(harness.lines.contains { $0.hasPrefix("- usage.line-too-long ") } == !succeeds)
  }

  @Test("While much that is finished waits for an earlier answer, nothing more is started")
  func finishedAnswers() {
    var harness = Harness(maximumInFlight: 8, maximumUnsentBytes: 1_000)
    harness.receive("a\nb\n")
    harness.finish("b", size: 2_000)
    harness.receive("c\n")
    #expect(harness.runningWords == ["a"])
    harness.finish("a")
    #expect(harness.runningWords == [])
    harness.outputHasLeft()
    #expect(harness.runningWords == ["c"])
  }

  @Test("What must start for finished answers to leave is started, however much they are")
  func noDeadlock() {
    var harness = Harness(maximumInFlight: 8, maximumUnsentBytes: 10)
    harness.receive("write 1\na\n\"\n\"\n")
    harness.finish("write 1")
    harness.outputHasLeft()
    #expect(harness.runningWords == ["a"])
    harness.finish("a")
    #expect(harness.lines.count == 4)
  }
}
