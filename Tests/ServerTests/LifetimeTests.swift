import Access
import CommandLanguage
import EventLoop
import Foundations
import Glibc
import TestSupport
import Testing

@testable import Server

@Suite("Connections come, wait and go")
struct LifetimeTests {
  /// Long after now.
  private func later(_ milliseconds: Int64) -> Int64 {
    MonotonicClock.nowMilliseconds + milliseconds + 1_000
  }

  @Test("A client that goes away in the middle of a request is forgotten when the request ends")
  func disconnect() async throws {
    let gate = Gate()
    let server = try await TestServer.withoutDatabase(gate)
    for name in ["a", "b"] {
      let client = try await name == "a" ? server.tcp() : server.unix()
      try await client.send("gate read \(name)\nping\n")
      try await gate.arrival(name)
      await client.close()
      await gate.open(name)
      try await server.waitForConnections(0)
    }
    #expect(try await server.tcp().ask("ping").count == 1)
  }

  @Test("A client that resets the connection in the middle of a request is forgotten")
  func reset() async throws {
    let gate = Gate()
    let server = try await TestServer.withoutDatabase(gate)
    let client = try await server.unix()
    // Closed with the answer unread, a Unix socket resets.
    try await client.send("flood 1000\ngate read a\nflood 1000\n")
    try await gate.arrival("a")
    await client.close()
    await gate.open("a")
    try await server.waitForConnections(0)
  }

  @Test("One connection more than the limit is told so and closed; when one leaves there is room")
  func connectionLimit() async throws {
    let server = try await TestServer.withoutDatabase(maximumConnections: 2)
    let first = try await server.tcp()
    let second = try await server.unix()
    for _ in 0..<3 {
      let refused = try await TestClient(port: server.port)
      let lines = try await refused.rest()
      #expect(lines.count == 1)
      #expect(lines.first?.hasPrefix("- busy.connections retry=5 effect=none fatal=yes ") == true)
    }
    await first.close()
    try await server.waitForConnections(1)
    #expect(try await server.tcp().ask("ping").count == 1)
    #expect(try await second.ask("ping").count == 1)
  }

  @Test("Who does not say who they are in time is told so and closed")
  func loginTime() async throws {
    let server = try await TestServer.withoutDatabase()
    let anonymous = try await server.tcp()
    let owner = try await server.unix()
    await server.server.sweep(at: MonotonicClock.nowMilliseconds)
    #expect(try await anonymous.ask("ping").count == 1)
    await server.server.sweep(at: later(Limits.loginMilliseconds))
    let lines = try await anonymous.rest()
    #expect(lines.count == 1)
    #expect(lines.first?.hasPrefix("- auth.required retry=no effect=none fatal=yes ") == true)
    #expect(try await owner.ask("ping").count == 1)
  }

  @Test("A silent connection is ended; one whose request is under way is not")
  func idle() async throws {
    let gate = Gate()
    let server = try await TestServer.withoutDatabase(gate)
    let silent = try await server.unix()
    let waiting = try await server.unix()
    try await waiting.send("gate hold a\n")
    try await gate.arrival("a")
    await server.server.sweep(at: later(Limits.idleMilliseconds))
    let lines = try await silent.rest()
    #expect(lines.count == 1)
    #expect(lines.first?.hasPrefix("- cancelled.timeout retry=no effect=none fatal=yes ") == true)
    await gate.open("a")
    #expect(try await waiting.line().hasPrefix("+ name=a "))
  }

  @Test("A client that does not close its side after the last answer is closed")
  func linger() async throws {
    let server = try await TestServer.withoutDatabase()
    let client = try await server.unix()
    let asked = MonotonicClock.nowMilliseconds
    try await client.send("quit\n")
    #expect(try await client.rest().count == 1)
    let count = await server.server.connectionCount
    // Unless this test was held up for so long that the server has swept it up by itself.
    let isInTime = MonotonicClock.nowMilliseconds - asked < Limits.lingerMilliseconds
    if isInTime { #expect(count == 1) }
    await server.server.sweep(at: later(Limits.lingerMilliseconds))
    #expect(await server.server.connectionCount == 0)
  }

  @Test("A server that nobody holds lives until its last connection ends, and listens no more")
  func release() async throws {
    weak var weakServer: Server?
    var server: TestServer? = try await TestServer.withoutDatabase()
    weakServer = server?.server
    let port = try #require(server?.port)
    let client = try #require(try await server?.tcp())
    server = nil
    #expect(try await client.ask("ping").count == 1)
    await client.close()
    try await eventually("the server is released") { [weak weakServer] in weakServer == nil }
    await #expect(throws: TestClientError.self) { try await TestClient(port: port) }
  }

  @Test("A connection and all it holds are released when it ends, however it ends")
  func releaseConnections() async throws {
    let gate = Gate()
    weak var weakServer: Server?
    var server: TestServer? = try await TestServer.withoutDatabase(gate)
    weakServer = server?.server
    do {
      let started = try #require(server)
      let clients = [try await started.tcp(), try await started.unix(), try await started.unix()]
      for client in clients { try await client.send("flood 10\nping\n") }
      try await clients[0].send("quit\n")
      #expect(try await clients[0].rest().last?.hasPrefix("+ bye=yes ") == true)
      try await clients[1].send("GET\u{0}\n")
      for client in clients { await client.close() }
      try await started.waitForConnections(0)
      await started.drain()
    }
    server = nil
    // Each connection holds its server: if one were left, the server would be too.
    try await eventually("the server is released") { [weak weakServer] in weakServer == nil }
  }

  @Test("A socket of the process's own is served as its owner's")
  func adopt() async throws {
    let server = try await TestServer.withoutDatabase()
    let pair = try #require(UnixSocket.pair())
    await server.server.adopt(pair.server)
    let client = await TestClient(descriptor: pair.client)
    #expect(try await client.line().contains(" auth=peer,token,scram "))
    #expect(try await client.ask("whoami")[1].hasPrefix("| owner\tadmin\t"))
  }

  @Test("Only loopback addresses are served without TLS, and a socket that answers is not replaced")
  func listening() async throws {
    let server = try await TestServer.withoutDatabase()
    for address in [
      "0.0.0.0:0", "[::]:0", "192.0.2.1:80", "localhost:0", "127.0.0.1", "127.0.0.1:",
    ] {
      await #expect(throws: ListenError.self) { try await server.server.listen(tcp: address) }
    }
    await #expect(throws: ListenError.self) {
      try await server.server.listen(unix: server.socketPath)
    }
    await #expect(throws: ListenError.self) {
      try await server.server.listen(unix: "/" + String(repeating: "x", count: 200))
    }
    #expect(try await server.unix().ask("ping").count == 1)
  }
}
