import EventLoop
import Foundations
import Glibc
import TestSupport
import Testing

@testable import Server

@Suite("Clients that read slowly")
struct BackpressureTests {
  private static let answerBytes = 65_536

  @Test(
    "A client that asks without reading stops being served, and gets every answer when it reads")
  func slowReader() async throws {
    let gate = Gate()
    let server = try await TestServer.withoutDatabase(gate)
    let client = try await server.unix()
    let largest = Largest()
    await gate.watch { largest.bytes = max(largest.bytes, server.server.queuedBytes) }
    let requests = 100
    try await client.send(String(repeating: "flood \(Self.answerBytes)\n", count: requests))
    try await settled(server) { true }
    #expect(await gate.floods < requests)
    var answered = 0
    while answered < requests {
      if try await client.line().hasPrefix("+ rows=1 ") { answered += 1 }
    }
    #expect(answered == requests)
    #expect(await gate.floods == requests)
    // What had been started when the limit was reached may finish.
    let bound = Limits.queuedOutputBytes + (Limits.requestsInFlight + 1) * (Self.answerBytes + 100)
    #expect(await largest.bytes <= bound)
  }

  @Test("A read of very many rows runs alone, so that not many such answers are made at once")
  func manyRows() async throws {
    let gate = Gate()
    let server = try await TestServer.withoutDatabase(gate)
    let client = try await server.unix()
    let many = Limits.rowsSideBySide + 1
    try await client.send("gate read a\ngate read b limit=\(many)\ngate read c limit=\(many - 1)\n")
    try await gate.arrival("a")
    await EventLoop.sleep(milliseconds: 50)
    #expect(await gate.arrivals == ["a"])
    await gate.open("a")
    try await gate.arrival("b")
    await EventLoop.sleep(milliseconds: 50)
    #expect(await gate.arrivals == ["a", "b"])
    await gate.open("b")
    try await gate.arrival("c")
    await gate.open("c")
    #expect(try await client.lines(9).last?.hasPrefix("+ rows=1 ") == true)
  }

  @Test("A client that never reads cannot make the server keep more than the limit by bad requests")
  func refusals() async throws {
    let server = try await TestServer.withoutDatabase()
    let client = try await server.unix()
    let chunk = Array(String(repeating: "\"\n", count: 8_000).utf8)
    let sent = Sent()
    // Until the server no longer reads, and the connection takes no more.
    try await settled(server) {
      let count = await client.sendNow(chunk)
      await sent.add(count)
      return count == 0
    }
    #expect(await server.server.queuedBytes <= Limits.queuedOutputBytes + 1_000)
    await client.halfClose()
    let lines = try await client.rest()
    #expect(await lines.count == sent.lines + (sent.endsInside ? 1 : 0))
  }

  @Test("A client that takes nothing for too long is dropped; one that takes a little is not")
  func stalled() async throws {
    let server = try await TestServer.withoutDatabase()
    let stalled = try await server.unix()
    let slow = try await server.unix()
    for client in [stalled, slow] { try await client.send("flood 300000\nping\n") }
    try await settled(server) { await server.server.queuedBytes > 100_000 }
    let now = MonotonicClock.nowMilliseconds
    await server.server.sweep(at: now)
    let before = await server.server.queuedBytes
    _ = try await slow.line()
    _ = try await slow.readSome()
    try await eventually("a little is taken") { await server.server.queuedBytes < before }
    await server.server.sweep(at: now + Limits.stalledReaderMilliseconds + 1)
    #expect(await server.server.connectionCount == 1)
    #expect(try await slow.lines(3).last?.hasPrefix("+ ms=") == true)
  }
}

/// Returns when output waits and `condition` holds, and neither the server nor the connection moves
/// any more: in two turns of the loop nothing more was taken.
private func settled(
  _ server: TestServer, _ condition: @Sendable () async -> Bool
) async throws {
  let last = Largest()
  try await eventually("the output waits") {
    let holds = await condition()
    let queued = await server.server.queuedBytes
    let isSame = await last.isStill(queued)
    return holds && queued > 0 && isSame
  }
}

/// The largest amount of waiting output that was seen.
@EventLoop
private final class Largest {
  var bytes = 0
  nonisolated init() {}

  func isStill(_ now: Int) -> Bool {
    defer { bytes = now }
    return bytes == now
  }
}

/// How much was sent of chunks of lines of two bytes, each begun anew.
@EventLoop
private final class Sent {
  private(set) var lines = 0
  private(set) var endsInside = false
  nonisolated init() {}

  func add(_ count: Int) {
    guard count > 0 else { return }
    lines += count / 2
    endsInside = count % 2 == 1
  }
}
