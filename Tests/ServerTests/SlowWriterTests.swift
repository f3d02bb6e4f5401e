import Access
import EventLoop
import Foundations
import Security
import TestSupport
import Testing

@testable import Server

/// Who writes one byte at a time is as welcome as anybody, and has no more time than anybody.
@Suite("One byte at a time")
struct SlowWriterTests {
  private let site = TLSSite()

  /// A server that speaks TLS too, and what its clients need for that.
  private func started(
    _ service: TestService
  ) async throws -> (TestServer, port: UInt16, TLSContext) {
    let server = try await TestServer.start(service)
    return (server, try await server.listenTLS(site.server()), try site.client())
  }

  @Test("A whole login works in the clear, under TLS, and with TLS itself in single bytes")
  func login() async throws {
    let service = try await TestService.make()
    let token = try await service.makeToken(user: "patient", role: .reporter)
    let (server, port, context) = try await started(service)
    let text = Array("auth token=\(token)\nwhoami\n".utf8)

    let plain = try await server.tcp()
    for byte in text {
      try await plain.send([byte])
      await EventLoop.sleep(milliseconds: 1)
    }
    #expect(try await plain.line().hasPrefix("+ user=patient roles=reporter "))
    #expect(try await plain.lines(2)[1].hasPrefix("| patient\treporter\t"))

    for sendsSingly in [false, true] {
      let secure = try await SecureClient(port: port, context, sendsSingly: sendsSingly)
      #expect(try await secure.line().hasPrefix("* slp=1 "))
      for byte in text { try await secure.send(String(decoding: [byte], as: UTF8.self)) }
      #expect(try await secure.line().hasPrefix("+ user=patient roles=reporter "))
      _ = try await secure.line()
      #expect(try await secure.line().hasPrefix("| patient\treporter\t"))
    }
    try await service.expectRefusals([])
  }

  @Test(
    "A line or a literal that never ends is refused when the time for a login is over",
    arguments: ["auth token=", "auth token={512}\n"])
  func endless(beginning: String) async throws {
    let service = try await TestService.make()
    let (server, port, context) = try await started(service)
    let plain = try await server.tcp()
    let secure = try await SecureClient(port: port, context)
    _ = try await secure.line()
    try await plain.send(beginning)
    try await secure.send(beginning)
    let start = MonotonicClock.nowMilliseconds
    // Each byte is a sign of life, and is not what keeps a connection.
    for second: Int64 in 1...25 {
      try await plain.send("x")
      try await secure.send("x")
      await server.server.sweep(at: start + second * 1_000)
    }
    #expect(await server.server.connectionCount == 2)
    // The time that each byte took in truth is part of it.
    let now = MonotonicClock.nowMilliseconds
    await server.server.sweep(at: now + Limits.loginMilliseconds + 1)
    for lines in [try await plain.rest(), try #require(try await secure.rest())] {
      #expect(lines.count == 1)
      #expect(lines[0].hasPrefix("- auth.required retry=no effect=none fatal=yes msg=\"no auth"))
    }
    try await service.expectRefusals(["auth.required 127.0.0.1 - no authentication in time"])
    let counts = try await service.sql("SELECT sum(count) FROM access.refusal")
    #expect(counts == [["2"]])
  }

  @Test("A handshake that never ends is refused as well")
  func endlessHandshake() async throws {
    let service = try await TestService.make()
    let (server, port, context) = try await started(service)
    // A whole message of a handshake, but for its last byte.
    let hello = try TLSChannel(client: context, host: "localhost").takeOutput().dropLast()
    let client = try await TestClient(port: port)
    let start = MonotonicClock.nowMilliseconds
    for (number, byte) in hello.enumerated() {
      try await client.send([byte])
      await server.server.sweep(at: start + Int64(number) * 25_000 / Int64(hello.count))
    }
    #expect(await server.server.connectionCount == 1)
    let now = MonotonicClock.nowMilliseconds
    await server.server.sweep(at: now + Limits.loginMilliseconds + 1)
    #expect(try await client.rest() == [])
    try await service.expectRefusals(["auth.required 127.0.0.1 - no TLS in time"])
  }
}
