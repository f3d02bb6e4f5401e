import Access
import CommandLanguage
import EventLoop
import Postgres
import TestSupport
import Testing

@testable import Server

@Suite("What one user may ask for")
struct UserLimitTests {
  private func limited(_ limits: String) async throws -> (TestService, TestServer, String) {
    let service = try await TestService.make(tokenRecheckMilliseconds: 0)
    let token = try await service.makeToken(user: "report.bot", role: .reporter)
    let reply = try await service.run("user limit report.bot \(limits)")
    #expect(reply["user"] == "report.bot")
    return (service, try await TestServer.start(service), token)
  }

  private func login(_ server: TestServer, _ token: String) async throws -> TestClient {
    let client = try await server.tcp()
    _ = try await client.ask("auth \(token)")
    return client
  }

  @Test("Requests in a second, over all connections; others are not held up")
  func rate() async throws {
    let (service, server, token) = try await limited("requests-per-second=5")
    let (one, two) = (try await login(server, token), try await login(server, token))
    var refused = 0
    for client in [one, two] {
      try await client.send(String(repeating: "community list\n", count: 10))
    }
    for client in [one, two] {
      for _ in 0..<10 {
        var line = ""
        repeat { line = try await client.line() } while line.hasPrefix("#") || line.hasPrefix("|")
        if line.hasPrefix("- busy.rate retry=1 effect=none ") { refused += 1 }
      }
    }
    #expect(refused >= 10 && refused <= 15)
    #expect(try await server.unix().ask("community list").last?.hasPrefix("+ rows=0 ") == true)
    try await service.run("user limit report.bot")
    for _ in 0..<20 {
      #expect(try await one.ask("community list").last?.hasPrefix("+ rows=0 ") == true)
    }
  }

  @Test("Whoever may ask for no more may still end a transaction, were it one that could not begin")
  func transaction() async throws {
    let (_, server, token) = try await limited("requests-per-second=1")
    let client = try await login(server, token)
    try await client.send("community list\nbegin\ncommunity list\ncommit\nrollback\n")
    var codes: [String] = []
    while codes.count < 5 {
      let line = try await client.line()
      guard line.hasPrefix("+ ") || line.hasPrefix("- ") else { continue }
      codes.append(String(line.split(separator: " ")[1]))
    }
    #expect(
      codes.dropFirst() == ["busy.rate", "busy.rate", "conflict.transaction-failed", "busy.rate"])
  }

  @Test("Requests under way at a time, and rows of an answer")
  func concurrency() async throws {
    let (service, server, token) = try await limited("concurrent=1 rows=50")
    let client = try await login(server, token)
    let lock = try RawConnection(service.connectionString(.owner))
    try lock.exec("BEGIN; LOCK TABLE directory.community IN ACCESS EXCLUSIVE MODE")
    try await client.send("@a community list limit=50\n")
    try await eventually("it waits for the lock") {
      (try? await service.sql(
        """
        SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE NOT l.granted AND d.datname = current_database()
        """)) == [["1"]]
    }
    #expect(
      try await client.ask("@b initiative list limit=50").last?
        .hasPrefix("- @b busy.concurrency retry=1 ") == true)
    // What is urgent is not counted: it ends what is.
    try await client.send("@c cancel @a\n")
    #expect(try await client.lines(2).contains { $0.hasPrefix("+ @c cancelled=1 ") })
    try lock.exec("ROLLBACK")
    for limit in ["51", "all format=csv"] {
      let answer = try await client.ask("community list limit=\(limit)")
      #expect(answer.last?.hasPrefix("- denied.rows ") == true)
      #expect(answer.last?.contains("try=limit=50 ") == true)
    }
    #expect(await service.failure("user limit report.bot rows=0")?.code == .invalid)
  }

  @Test("Time of the database for one request: a read's, a stream's, a write's")
  func time() async throws {
    let (service, server, token) = try await limited("seconds=1")
    try await service.run("user update report.bot roles=director")
    let client = try await login(server, token)
    let lock = try RawConnection(service.connectionString(.owner))
    try lock.exec("BEGIN; LOCK TABLE directory.community IN ACCESS EXCLUSIVE MODE")
    let told = "the database may work for 1 s on a request of report.bot's; ask for less at once"
    for request in [
      "community list", "community list limit=all format=csv", "community create lyon Lyon FR",
    ] {
      #expect(
        try await client.ask(request).last
          == "- cancelled.timeout retry=no effect=none msg=\"\(told)\"", "\(request)")
    }
    // Nobody else's time is shorter for it.
    let other = try await server.unix()
    try await other.send("community list\n")
    try await Task.sleep(for: .milliseconds(1_200))
    try lock.exec("ROLLBACK")
    #expect(try await other.lines(2).last?.hasPrefix("+ rows=0 ") == true)
    #expect(try await client.ask("community list").last?.hasPrefix("+ rows=0 ") == true)
  }
}
