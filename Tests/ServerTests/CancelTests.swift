import EventLoop
import Foundations
import Postgres
import TestSupport
import Testing

@testable import Server

@Suite("Cancelling what is under way")
struct CancelTests {
  private let cancelled =
    #"cancelled.client retry=no effect=none msg="cancelled, as you asked; nothing was changed""#

  /// Keeps every other session from a table, until it goes.
  private func lock(_ table: String, _ service: TestService) throws -> RawConnection {
    let connection = try RawConnection(service.connectionString(.owner))
    try connection.exec("BEGIN; LOCK TABLE \(table) IN ACCESS EXCLUSIVE MODE")
    return connection
  }

  private func blocked(_ count: Int, _ service: TestService) async throws {
    let waiting = """
      SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
      WHERE NOT l.granted AND d.datname = current_database()
      """
    try await eventually("\(count) wait for a lock") {
      (try? await service.sql(waiting)) == [["\(count)"]]
    }
  }

  @Test("A read that computes is stopped by its tag; the others of its connection go on")
  func read() async throws {
    let service = try await TestService.make()
    let server = try await TestServer.start(service)
    let client = try await server.unix()
    let lock = try lock("directory.community", service)
    try await client.send("@slow community list\n@other initiative list\n")
    #expect(try await client.lines(2).last?.hasPrefix("+ @other rows=0 ") == true)
    try await blocked(1, service)
    try await client.send("@c cancel @slow\n")
    let answers = try await client.lines(2).sorted()
    #expect(answers[0].hasPrefix("+ @c cancelled=1 "))
    #expect(answers[1] == "- @slow \(cancelled)")
    try lock.exec("ROLLBACK")
    #expect(try await client.ask("community list").last?.hasPrefix("+ rows=0 ") == true)
    #expect(
      try await client.ask("cancel @slow").last?.hasPrefix("- missing.request ") == true)
  }

  @Test("A write is stopped and changes nothing; what waits behind it is refused where it stands")
  func write() async throws {
    let service = try await TestService.make()
    let server = try await TestServer.start(service)
    let client = try await server.unix()
    let lock = try lock("directory.community", service)
    try await client.send(
      "community create lyon Lyon FR key=K1\ncommunity create paris Paris FR\n")
    try await blocked(1, service)
    try await client.send("cancel\n")
    let answers = try await client.lines(3)
    #expect(answers[0] == "- \(cancelled)")
    #expect(answers[1] == "- \(cancelled)")
    #expect(answers[2].hasPrefix("+ cancelled=2 "))
    try lock.exec("ROLLBACK")
    #expect(try await client.ask("community list").last?.hasPrefix("+ rows=0 ") == true)
    // The key was not used.
    let again = try await client.ask("community create lyon Lyon FR key=K1")
    #expect(again.last?.contains("replayed") == false)
    #expect(again.last?.hasPrefix("+ code=lyon ") == true)
  }

  @Test("Another connection cancels with the session and the secret of the greeting, not without")
  func fromOutside() async throws {
    let service = try await TestService.make()
    let server = try await TestServer.start(service)
    let client = try await TestClient(path: server.socketPath)
    let greeting = try await client.line()
    let pairs = try #require(greeting.firstRange(of: #/session=[0-9]+ secret=[a-z0-9]+/#))
    let other = try await server.unix()
    let lock = try lock("directory.community", service)
    try await client.send("community list\n")
    try await blocked(1, service)
    let number = greeting[pairs].prefix { $0 != " " }
    #expect(
      try await other.ask("cancel \(number) secret=x").last?.hasPrefix("- missing.session ") == true
    )
    #expect(try await other.ask("cancel \(number)").last?.hasPrefix("- data.required ") == true)
    #expect(
      try await other.ask("cancel \(greeting[pairs])").last?.hasPrefix("+ cancelled=1 ") == true)
    #expect(try await client.line() == "- \(cancelled)")
    try lock.exec("ROLLBACK")
    let stranger = try await server.tcp()
    #expect(try await stranger.ask("cancel @a").last?.hasPrefix("- auth.required ") == true)
  }

  @Test("A cancellation that comes late never meets another statement")
  func late() async throws {
    let service = try await TestService.make()
    try await service.run("community create lyon Lyon FR")
    let server = try await TestServer.start(service)
    let client = try await server.unix()
    let other = try await server.unix()
    var stopped = 0
    for round in 0..<150 {
      // Now and then it is certain to come in time.
      let lock = round % 30 == 0 ? try lock("initiatives.initiative", service) : nil
      let list = lock == nil ? "community list" : "initiative list"
      try await client.send("@a\(round) \(list)\n")
      if lock != nil { try await blocked(1, service) }
      for _ in 0..<(round % 12) { await Task.yield() }
      try await client.send("@c\(round) cancel @a\(round)\n")
      // Nobody has asked for any of these to be stopped.
      for line in ["community list", "user list", "community list"] {
        #expect(try await other.ask(line).last?.hasPrefix("+ rows=") == true)
      }
      var statuses: [String] = []
      while statuses.count < 2 {
        let line = try await client.line()
        if line.hasPrefix("+ ") || line.hasPrefix("- ") { statuses.append(line) }
      }
      stopped += statuses.count { $0.contains(" cancelled.client ") }
    }
    #expect(stopped >= 5, "some came in time")
  }

  @Test("A tagged list streams beside other requests, says how far it has come, and is cancelled")
  func stream() async throws {
    let gate = Gate()
    let server = try await TestServer.withoutDatabase(gate)
    let client = try await server.unix()
    try await client.send("@s stream 1000000 limit=all progress=yes\nping\n@c cancel @s\n")
    var others: [String] = []
    var end = ""
    while end.isEmpty {
      let line = try await client.line()
      if line.hasPrefix("- @s ") { end = line }
      if !line.dropFirst(2).hasPrefix("@s ") { others.append(String(line.prefix(8))) }
    }
    #expect(end == "- @s \(cancelled)")
    #expect(others.count == 2)
    #expect(others.first?.hasPrefix("+ ms=") == true)
    #expect(others.last == "+ @c can")
    try await eventually("the stream is let go") { await gate.closedStreams == 1 }
    // Nobody waits any more.
    #expect(try await client.ask("ping").count == 1)
  }

  @Test("Progress is told every second, to whoever asked for it")
  func progress() async throws {
    let gate = Gate()
    let server = try await TestServer.withoutDatabase(gate)
    let client = try await server.unix()
    try await client.send("stream 1000000 limit=all progress=yes\n")
    var line = ""
    while !line.hasPrefix("% ") { line = try await client.line() }
    #expect(line.wholeMatch(of: #/% rows=[1-9][0-9]* ms=[0-9]+/#) != nil)
    await client.close()
  }
}
