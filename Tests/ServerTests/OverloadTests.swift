import Access
import CommandLanguage
import EventLoop
import Foundations
import TestSupport
import Testing

@testable import Server

@Suite("More requests than there is room for")
struct OverloadTests {
  private func full(_ gate: Gate) async throws -> (TestServer, TestClient) {
    let server = try await TestServer.start(
      await TestServer.serviceWithoutDatabase(gate), maximumRequests: 2)
    let holder = try await server.unix()
    try await holder.send("@a gate read a\n@b gate read b\n")
    try await gate.arrival("a", "b")
    return (server, holder)
  }

  private let refused =
    "busy.queue retry=1 effect=none msg=\"too many requests are being worked on\""

  @Test("Who comes then waits, and begins when there is room")
  func waits() async throws {
    let gate = Gate()
    let (server, holder) = try await full(gate)
    let other = try await server.unix()
    try await other.send("gate read c\nping\n")
    try await eventually("it waits") { await server.server.admission.waitingConnections == 1 }
    #expect(await gate.arrivals == ["a", "b"])
    await gate.open("a")
    #expect(try await holder.lines(3).last?.hasPrefix("+ @a rows=1 ") == true)
    try await gate.arrival("c")
    #expect(await server.server.admission.waitingConnections == 0)
    await gate.open("c")
    await gate.open("b")
    #expect(try await other.lines(4).suffix(2).map { $0.prefix(4) } == ["+ ro", "+ ms"])
  }

  @Test("Who waits for too long is told so, each of their requests once and in its turn")
  func rest() async throws {
    let gate = Gate()
    let (server, holder) = try await full(gate)
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

  @Test("One command does not take the room of all others")
  @EventLoop
  func ofCommand() async throws {
    let admission = Admission(
      TestServer.serviceWithoutDatabase(Gate()).registry, limit: 4, ofCommand: 2)
    let session = Session()
    func admits(_ line: String) throws -> Bool {
      admission.admits(try #require(try RequestParser.parse(Array(line.utf8))), session)
    }
    admission.begin("gate read")
    #expect(try admits("gate read a"))
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

  @Test("Strangers take no room, and get none")
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
    #expect(try await other.ask("ping").last?.hasPrefix("- busy.queue ") == true)
    await gate.open("a")
    await gate.open("b")
  }

  @Test("In a transaction nothing is refused: it would happen in part")
  func transaction() async throws {
    let service = try await TestService.make()
    let server = try await TestServer.start(service.service, maximumRequests: 0)
    let client = try await server.unix()
    #expect(try await client.ask("community list").last?.hasPrefix("- busy.queue ") == true)
    for line in ["begin", "community create lyon Lyon FR", "community list", "commit"] {
      #expect(try await client.ask(line).last?.hasPrefix("+ ") == true, "\(line)")
    }
    #expect(try await client.ask("community list").last?.hasPrefix("- busy.queue ") == true)
    #expect(try await service.run("community list").rows.count == 1)
  }
}
