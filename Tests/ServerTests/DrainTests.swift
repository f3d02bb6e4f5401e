import Access
import CommandLanguage
import EventLoop
import Foundations
import Postgres
import TestSupport
import Testing

@testable import Server

@Suite("Stopping")
struct DrainTests {
  @Test(
    "A write under way is finished, durable and answered; idle clients are told; nobody new comes in"
  )
  func write() async throws {
    let service = try await TestService.make()
    let server = try await TestServer.start(service)
    let writer = try await server.unix()
    let idle = try await server.tcp()
    let lock = try RawConnection(service.connectionString(.owner))
    try lock.exec("BEGIN; LOCK TABLE directory.community")
    try await writer.send("community create urbana Urbana US\n@t community list\n")
    try await eventually("the write waits for the lock") {
      let waiting = try? await service.sql("SELECT 1 FROM pg_locks WHERE NOT granted")
      return waiting?.isEmpty == false
    }
    async let drained: Void = server.drain()
    #expect(try await idle.rest() == [#"* drain=yes msg="the server is stopping""#])
    // Whoever goes now is gone at once; the others have a moment to take what was said.
    await idle.close()
    #expect(try await writer.line() == #"* drain=yes msg="the server is stopping""#)
    #expect(try await writer.line().hasPrefix("- @t busy.draining retry=1 effect=none "))
    await #expect(throws: TestClientError.self) { try await server.tcp() }
    try await server.waitForConnections(1)
    try lock.exec("COMMIT")
    let last = try await writer.rest()
    #expect(last.count == 1)
    #expect(last.first?.hasPrefix("+ code=urbana name=Urbana ms=") == true)
    await drained
    #expect(try await service.run("community list").rows.count == 1)
  }

  @Test("The server is not stopped before the last answer has left")
  func lastAnswer() async throws {
    let gate = Gate()
    let server = try await TestServer.withoutDatabase(gate)
    let client = try await server.unix()
    try await client.send("gate read a\nflood 600000\n")
    try await gate.arrival("a")
    let drained = Task { await server.drain() }
    #expect(try await client.line().hasPrefix("* drain=yes "))
    await gate.open("a")
    #expect(try await client.lines(3)[1] == "| a")
    #expect(await server.server.connectionCount == 1)
    #expect(try await client.lines(3).last?.hasPrefix("+ rows=1 ") == true)
    #expect(try await client.rest().isEmpty)
    await drained.value
    #expect(await server.server.connectionCount == 0)
  }

  @Test("A server without connections stops at once, as often as it is asked to")
  func empty() async throws {
    let server = try await TestServer.withoutDatabase()
    await server.drain()
    await server.drain()
    await #expect(throws: TestClientError.self) { try await server.tcp() }
  }

  @Test("A client that does not close its side does not hold up the end")
  func lingering() async throws {
    let server = try await TestServer.withoutDatabase()
    let client = try await server.unix()
    let asked = MonotonicClock.nowMilliseconds
    try await client.send("quit\n")
    #expect(try await client.rest().count == 1)
    let count = await server.server.connectionCount
    // Unless this test was held up for so long that the server has swept it up by itself.
    let isInTime = MonotonicClock.nowMilliseconds - asked < Limits.lingerMilliseconds
    if isInTime { #expect(count == 1) }
    let draining = MonotonicClock.nowMilliseconds
    await server.drain()
    #expect(MonotonicClock.nowMilliseconds - draining < Limits.drainMilliseconds / 2)
    #expect(await server.server.connectionCount == 0)
  }

  @Test("A connection that arrives while the server stops is told so")
  func lateArrival() async throws {
    let gate = Gate()
    let server = try await TestServer.withoutDatabase(gate)
    let client = try await server.tcp()
    try await client.send("gate hold a\n")
    try await gate.arrival("a")
    let drained = Task { await server.drain() }
    #expect(try await client.line().hasPrefix("* drain=yes "))
    let pair = try #require(UnixSocket.pair())
    await server.server.adopt(pair.server)
    let late = await TestClient(descriptor: pair.client)
    let lines = try await late.rest()
    #expect(lines.count == 1)
    #expect(lines.first?.hasPrefix("- busy.draining retry=1 effect=none fatal=yes ") == true)
    await gate.open("a")
    #expect(try await client.rest().count == 1)
    await drained.value
  }
}
