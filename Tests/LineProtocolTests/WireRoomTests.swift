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
    func admits(_ request: Request) -> Bool {
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
    #expect(harness.waited == ["b"], "it is asked for once")
    full.becomes(["d"])
    harness.release()
    #expect(harness.runningWords == ["stop", "b", "c"])
    #expect(harness.waited == ["b", "d"], "another may wait as well")
    full.becomes([])
    harness.release()
    #expect(harness.runningWords == ["stop", "b", "c", "d"])
    #expect(harness.lines.map { $0.prefix(6) } == ["+ is=a"])
  }

  @Test("Where there is none for too long, that one is answered so, and the next has its turn")
  func refused() {
    let full = Full(["b", "write"])
    var harness = Harness(room: full.admits)
    harness.receive("a\nb\nc\n@t write 1\n")
    harness.refuseWaiting()
    #expect(harness.output.isEmpty, "its answer waits for the first")
    #expect(harness.runningWords == ["a", "c"])
    harness.finish("a")
    harness.finish("c")
    #expect(harness.lines.map { $0.prefix(6) } == ["+ is=a", "- busy", "+ is=c"])
    #expect(harness.waited == ["b", "write"])
    harness.refuseWaiting()
    #expect(harness.lines.last == busy.replacing("- ", with: "- @t "))
    harness.refuseWaiting()
    #expect(harness.lines.count == 4)
  }

  @Test("What waits can be cancelled, and its place is nobody's")
  func cancelled() {
    let full = Full(["a"])
    var harness = Harness(room: full.admits)
    harness.receive("@t a\nb\n")
    #expect(harness.cancel("t").refused == 1)
    #expect(harness.lines.count == 1)
    harness.refuseWaiting()
    #expect(harness.lines.count == 1)
    #expect(harness.runningWords == ["b"])
  }

  @Test("The literal of one that is refused goes by; who waits ends as others do")
  func endings() {
    let full = Full(["load"])
    var harness = Harness(room: full.admits)
    harness.receive("load data={3}\nabc\nping\n")
    #expect(harness.lines.isEmpty)
    harness.refuseWaiting()
    #expect(harness.lines == [busy])
    #expect(harness.fed.isEmpty)
    #expect(harness.runningWords == ["ping"])
    harness.receive("load data={3}\nabc\n")
    harness.finish("ping")
    harness.endOfInput()
    #expect(!harness.isClosed)
    harness.refuseWaiting()
    #expect(harness.isClosed)
    #expect(harness.lines.count == 3)

    harness = Harness(room: full.admits)
    harness.receive("load data={3}\nabc\nping\n")
    harness.drain()
    #expect(harness.isClosed)
    #expect(harness.lines.first?.hasPrefix("* drain=yes ") == true)
    #expect(harness.lines.count == 2)
    harness.release()
    #expect(harness.waited == ["load"])
  }
}
