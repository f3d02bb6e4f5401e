import CommandLanguage
import LineProtocol
import Synchronization
import Testing

/// A session whose server may have no room for a request.
@Suite("Requests that there is no room for")
struct WireRoomTests {
  /// The first words of the requests that there is no room for.
  private final class Full: Sendable {
    private let words: Mutex<Set<String>>
    init(_ words: Set<String>) { self.words = Mutex(words) }
    func admits(_ request: Request, _ others: Int) -> Bool {
      words.withLock { !$0.contains(request.arguments[0].value) }
    }
    func becomes(_ words: Set<String>) { self.words.withLock { $0 = words } }
  }

  private let busy =
    "- busy.queue retry=1 effect=none msg=\"too many requests are being worked on\""

  @Test("One waits, and so does what stands behind it; it runs when there is room")
  func released() {
    let full = Full(["b"])
    var harness = Harness(maximumInFlight: 5, room: full.admits)
    harness.receive("a\nb\n@t c\n@u stop\n")
    #expect(harness.runningWords == ["a", "stop"], "what stops others goes on")
    harness.receive("d\n")
    #expect(harness.isPaused, "what waits is under way, too")
    harness.finish("a")
    #expect(harness.waited.map(\.word) == ["b"], "it is asked for once")
    full.becomes(["d"])
    harness.admit()
    #expect(harness.runningWords == ["stop", "b", "c"])
    #expect(harness.waited.map(\.word) == ["b", "d"], "another may wait as well")
    full.becomes([])
    harness.admit()
    #expect(harness.runningWords == ["stop", "b", "c", "d"])
    #expect(harness.lines.map { $0.prefix(6) } == ["+ is=a"])
  }

  @Test("Where there is none for too long, that one is answered so, and the next has its turn")
  func refused() {
    let full = Full(["b", "write"])
    var harness = Harness(room: full.admits)
    harness.receive("a\nb\nc\n@t write 1\n")
    harness.refuse()
    #expect(harness.output.isEmpty, "its answer waits for the first")
    #expect(harness.runningWords == ["a", "c"])
    harness.finish("a")
    harness.finish("c")
    #expect(harness.lines.map { $0.prefix(6) } == ["+ is=a", "- busy", "+ is=c"])
    #expect(harness.waited.map(\.word) == ["b", "write"])
    harness.refuse()
    #expect(harness.lines.last == busy.replacing("- ", with: "- @t "))
    harness.refuse()
    #expect(harness.lines.count == 4)
  }

  @Test("What waits can be cancelled: the next has its turn, and the place is nobody's")
  func cancelled() {
    let full = Full(["a"])
    var harness = Harness(room: full.admits)
    harness.receive("@t a\nb\n")
    #expect(harness.cancel("t").refused == 1)
    #expect(harness.runningWords == ["b"])
    harness.admit()
    harness.refuse()
    #expect(harness.lines.count == 1)
    harness.receive("a\n")
    #expect(harness.waited.map(\.number) == [0, 2])
    harness.perform(harness.wire.admit(0))
    harness.perform(harness.wire.refuse(0).actions)
    #expect(harness.lines.count == 1)
    harness.refuse()
    #expect(harness.lines.count == 1, "its answer waits for b's")
    harness.finish("b")
    #expect(harness.lines.last == busy)
  }

  @Test("It is asked how many may start together")
  func together() {
    var harness = Harness { _, others in others < 2 }
    harness.receive("@a a\n@b b\n@c c\n")
    #expect(harness.runningWords == ["a", "b"])
    #expect(harness.waited.map(\.word) == ["c"])
  }

  @Test("The literal of one that is refused goes by; who waits ends as others do")
  func endings() {
    let full = Full(["load"])
    var harness = Harness(room: full.admits)
    harness.receive("load data={3}\nabc\nping\n")
    #expect(harness.lines.isEmpty)
    harness.refuse()
    #expect(harness.lines == [busy])
    #expect(harness.fed.isEmpty)
    #expect(harness.runningWords == ["ping"])
    harness.receive("load data={3}\nabc\n")
    harness.finish("ping")
    harness.endOfInput()
    #expect(!harness.isClosed)
    harness.refuse()
    #expect(harness.isClosed)
    #expect(harness.lines.count == 3)

    harness = Harness(room: full.admits)
    harness.receive("load data={3}\nabc\n")
    full.becomes([])
    harness.admit()
    #expect(harness.runningWords == ["load "])
    harness.perform(harness.wire.wantPiece(0))
    #expect(harness.fed == "abc$")

    full.becomes(["load"])
    harness = Harness(room: full.admits)
    harness.receive("load data={3}\nabc\nping\n")
    harness.drain()
    #expect(harness.isClosed)
    #expect(harness.lines.first?.hasPrefix("* drain=yes ") == true)
    #expect(harness.lines.count == 2)
    harness.admit()
    #expect(harness.waited.map(\.word) == ["load"])
  }
}
