import EventLoop
import Foundations
import TestSupport
import Testing

@testable import Server

@Suite("Answers that stream")
struct StreamTests {
  @Test("Rows leave before the last is read; the status line counts and sums them all")
  func whole() async throws {
    let gate = Gate()
    let server = try await TestServer.withoutDatabase(gate)
    let client = try await server.unix()
    try await client.send("stream 40 limit=all\n@t ping\n")
    #expect(try await client.line() == "# name:text")
    #expect(try await client.line().utf8.count == Gate.batchBytes + 1)
    #expect(await gate.batches < 40)
    let rest = try await client.lines(40)
    #expect(rest.dropLast().allSatisfy { $0.hasPrefix("| x") })
    #expect(rest.last?.hasPrefix("+ rows=40 crc32c=") == true)
    #expect(try await client.line().hasPrefix("+ @t ms="))
    #expect(await gate.batches == 40)
    #expect(await gate.closedStreams == 1)
  }

  @Test("A reader that stops stops the reading; what waits for it is bounded, and others go on")
  func backpressure() async throws {
    let gate = Gate()
    let server = try await TestServer.withoutDatabase(gate)
    let slow = try await server.unix()
    try await slow.send("stream 1000000 limit=all\n")
    _ = try await slow.line()
    try await eventually("nothing more is read") {
      let now = await gate.batches
      await EventLoop.sleep(milliseconds: 50)
      return await gate.batches == now
    }
    let last = await gate.batches
    #expect(await server.server.queuedBytes <= Limits.queuedOutputBytes + Gate.batchBytes + 100)
    #expect(try await server.unix().ask("ping").count == 1)
    // It goes on where it stopped.
    for _ in 0..<20 { _ = try await slow.line() }
    try await eventually("more is read") { await gate.batches > last }
  }

  @Test("A reader that takes nothing for too long is dropped, and its stream let go")
  func stalled() async throws {
    let gate = Gate()
    let server = try await TestServer.withoutDatabase(gate)
    let client = try await server.unix()
    try await client.send("stream 1000000 limit=all\n")
    try await eventually("output waits") {
      await server.server.queuedBytes > Limits.queuedOutputBytes
    }
    let now = MonotonicClock.nowMilliseconds
    await server.server.sweep(at: now)
    #expect(await gate.closedStreams == 0)
    await server.server.sweep(at: now + Limits.stalledReaderMilliseconds + 1)
    try await eventually("the stream is let go") { await gate.closedStreams == 1 }
    #expect(await server.server.connectionCount == 0)
  }

  @Test("A client that goes away in the middle lets its stream go")
  func disconnect() async throws {
    let gate = Gate()
    let server = try await TestServer.withoutDatabase(gate)
    for expected in 1...3 {
      let client = try await server.unix()
      try await client.send("stream 1000000 limit=all\n")
      _ = try await client.line()
      await client.close()
      try await eventually("the stream is let go") { await gate.closedStreams == expected }
    }
    try await server.waitForConnections(0)
  }

  @Test("An error behind rows ends their answer; it cannot be taken for a whole one")
  func errorInTheMiddle() async throws {
    let gate = Gate()
    let server = try await TestServer.withoutDatabase(gate)
    let client = try await server.unix()
    try await client.send("stream 3 fails=yes limit=all\nping\n")
    let lines = try await client.lines(6)
    #expect(lines.filter { $0.hasPrefix("| x") }.count == 3)
    #expect(lines[4].hasPrefix("- cancelled.timeout "))
    #expect(lines[5].hasPrefix("+ ms="))
    #expect(await gate.closedStreams == 1)
  }

  @Test("A stream under way is finished when the server stops")
  func drain() async throws {
    let gate = Gate()
    let server = try await TestServer.withoutDatabase(gate)
    let client = try await server.unix()
    try await client.send("stream 60 limit=all\n")
    _ = try await client.line()
    let drained = Task { await server.drain() }
    let lines = try await client.rest()
    #expect(lines.contains { $0.hasPrefix("* drain=yes ") })
    #expect(lines.filter { $0.hasPrefix("| x") }.count == 60)
    #expect(lines.last?.hasPrefix("+ rows=60 ") == true)
    await drained.value
  }
}
