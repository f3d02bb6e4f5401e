import Access
import CommandLanguage
import EventLoop
import Foundations
import TestSupport
import Testing

@testable import Server

@Suite("More requests than there is room for")
struct OverloadTests {
  /// A server with room for two requests, both of which run until `a` and `b` are let through.
  private func full(
    _ gate: Gate, waitMilliseconds: Int64 = 60_000
  ) async throws -> (TestServer, TestClient) {
    let server = try await TestServer.start(
      await TestServer.serviceWithoutDatabase(gate), maximumRequests: 2,
      roomWaitMilliseconds: waitMilliseconds)
    let holder = try await server.unix()
    try await holder.send("@a gate read a\n@b gate read b\n")
    try await gate.arrival("a", "b")
    return (server, holder)
  }

  /// A client of it whose requests wait, as the last of so many connections.
  private func waiter(
    _ server: TestServer, _ lines: String, count: Int
  ) async throws -> TestClient {
    let client = try await server.unix()
    try await client.send(lines)
    try await eventually("\(count) wait") {
      await server.server.waitingConnections == count
    }
    return client
  }

  private let refused =
    "busy.queue retry=1 effect=none msg=\"too many requests are being worked on\""

  @Test("Who comes then waits, and begins when there is room, in the order in which they came")
  func waits() async throws {
    let gate = Gate()
    let (server, holder) = try await full(gate)
    let first = try await waiter(server, "@c gate read c\n@d gate read d\n", count: 1)
    let second = try await waiter(server, "gate read e\n", count: 2)
    await gate.open("a")
    try await gate.arrival("c")
    #expect(await server.server.waitingConnections == 2, "one waits on in its place")
    await gate.open("c")
    try await gate.arrival("d")
    await gate.open("b")
    try await gate.arrival("e")
    #expect(await gate.arrivals == ["a", "b", "c", "d", "e"])
    for name in ["d", "e"] { await gate.open(name) }
    #expect(try await holder.lines(6).count { $0.hasPrefix("+ ") } == 2)
    #expect(try await first.lines(6).count { $0.hasPrefix("+ ") } == 2)
    #expect(try await second.lines(3).last?.hasPrefix("+ rows=1 ") == true)
    #expect(await server.server.admission.underWay == 0)
    #expect(await server.server.waitingConnections == 0)
  }

  @Test("Who waits for too long is told so, each of their requests once and in its turn")
  func rest() async throws {
    let gate = Gate()
    let (server, holder) = try await full(gate, waitMilliseconds: 50)
    let other = try await server.unix()
    try await other.send("gate read c\n@t gate read d\nping\n")
    let lines = try await other.lines(3)
    #expect(lines == ["- \(refused)", "- @t \(refused)", "- \(refused)"])
    await gate.open("a")
    #expect(try await holder.lines(3).last?.hasPrefix("+ @a rows=1 ") == true)
    #expect(try await other.ask("ping").last?.hasPrefix("+ ms=") == true)
    #expect(await gate.arrivals == ["a", "b"])
    await gate.open("b")
    #expect(try await holder.lines(3).last?.hasPrefix("+ @b rows=1 ") == true)
    #expect(await server.server.admission.underWay == 0)
  }

  @Test("They are told so also while others keep coming")
  func rush() async throws {
    let gate = Gate()
    let (server, holder) = try await full(gate, waitMilliseconds: 50)
    let first = try await waiter(server, "gate read c\n", count: 1)
    let rush = Task {
      var others: [TestClient] = []
      while !Task.isCancelled, others.count < 8_000 {
        others.append(try await server.unix())
        try await others[others.count - 1].send("gate read d\n")
      }
      return others.count
    }
    #expect(try await first.line() == "- \(refused)")
    rush.cancel()
    #expect(try await rush.value < 8_000)
    _ = holder
  }

  @Test("Who is gone, or cancels, leaves the others their turn")
  func gone() async throws {
    let gate = Gate()
    let (server, holder) = try await full(gate)
    // It closes its end with an answer unread: that is no half-close.
    let gone = try await waiter(server, "cancel @x\ngate read c\n", count: 1)
    let other = try await waiter(server, "@d gate read d\n@e gate read e\n", count: 2)
    await gone.close()
    try await eventually("it is gone") { await server.server.connectionCount == 2 }
    try await other.send("cancel @d\n")
    let lines = try await other.lines(2)
    #expect(lines.contains { $0.hasPrefix("- @d cancelled.client ") })
    #expect(lines.contains { $0.hasPrefix("+ cancelled=1 ") })
    await gate.open("a")
    try await gate.arrival("e")
    #expect(await gate.arrivals == ["a", "b", "e"])
    for name in ["b", "e"] { await gate.open(name) }
    try await eventually("all have ended") { await server.server.admission.underWay == 0 }
    #expect(await server.server.waitingConnections == 0)
    _ = holder
  }

  @Test("When the server stops, those who wait are told that instead")
  func drain() async throws {
    let gate = Gate()
    let (server, holder) = try await full(gate)
    let other = try await waiter(server, "gate read c\n", count: 1)
    let drained = Task { await server.drain() }
    #expect(try await other.line().hasPrefix("* drain=yes "))
    #expect(try await other.line().hasPrefix("- busy.draining "))
    for name in ["a", "b"] { await gate.open(name) }
    _ = try await other.rest()
    _ = try await holder.rest()
    await drained.value
    #expect(await server.server.admission.underWay == 0)
    #expect(await server.server.waitingConnections == 0)
  }

  @Test("One command does not take the room of all others")
  @EventLoop
  func ofCommand() async throws {
    let admission = Admission(
      TestServer.serviceWithoutDatabase(Gate()).registry, limit: 4, ofCommand: 2,
      waitMilliseconds: 1_000)
    let session = Session(principal: .owner)
    func admits(_ line: String, with others: Int = 0) throws -> Bool {
      let request = try #require(try RequestParser.parse(Array(line.utf8)))
      return admission.admits(request, of: session, with: others)
    }
    admission.begin("gate read")
    #expect(try admits("gate read a"))
    #expect(try !admits("gate read a", with: 1))
    admission.begin("gate read")
    #expect(try !admits("gate read a"))
    #expect(try admits("gate hold a"))
    admission.begin("gate hold")
    admission.begin("gate hold")
    #expect(try !admits("ping"))
    admission.end("gate read")
    #expect(try admits("gate read a"))
    #expect(try !admits("gate hold a"))
    admission.end("gate hold")
    #expect(try admits("gate hold a"))
  }

  @Test("What stops others is not refused; what streams takes no room")
  func exceptions() async throws {
    let gate = Gate()
    let (server, _) = try await full(gate)
    let other = try await server.unix()
    #expect(try await other.ask("cancel @x").last?.hasPrefix("- missing.request ") == true)
    await gate.open("a")
    try await eventually("there is room") { await server.server.admission.underWay == 1 }
    try await other.send("@s stream 1000000 limit=all\n")
    try await eventually("it streams") { await gate.batches > 3 }
    #expect(await server.server.admission.underWay == 1)
  }

  @Test("Strangers take no room, and need none")
  func strangers() async throws {
    let gate = Gate()
    let server = try await TestServer.start(
      await TestServer.serviceWithoutDatabase(gate), maximumRequests: 1)
    let stranger = try await server.tcp()
    try await stranger.send("gate read a\n")
    try await gate.arrival("a")
    #expect(await server.server.admission.underWay == 0)
    let user = try await server.unix()
    try await user.send("gate read b\n")
    try await gate.arrival("b")
    let other = try await server.tcp()
    #expect(try await other.ask("ping").last?.hasPrefix("+ ms=") == true)
    await gate.open("a")
    await gate.open("b")
  }

  @Test("In a transaction nothing is refused: it would happen in part")
  func transaction() async throws {
    let service = try await TestService.make()
    let server = try await TestServer.start(
      service.service, maximumRequests: 0, roomWaitMilliseconds: 50)
    let client = try await server.unix()
    #expect(try await client.ask("community list").last?.hasPrefix("- busy.queue ") == true)
    for line in ["begin", "community create lyon Lyon FR", "community list", "commit"] {
      #expect(try await client.ask(line).last?.hasPrefix("+ ") == true, "\(line)")
    }
    #expect(try await client.ask("community list").last?.hasPrefix("- busy.queue ") == true)
    #expect(try await service.run("community list").rows.count == 1)
  }
}
