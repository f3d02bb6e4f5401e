import Access
import Catalog
import EventLoop
import Foundations
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Server

@Suite("A watch that is resumed has no gap and no repeat")
struct WatchResumeTests {
  private final class Flag: Sendable {
    let isUp = Mutex(false)
  }

  /// Another process's service on the same database.
  @EventLoop
  private static func another(_ service: TestService) -> Service {
    Service(areas: Catalog.areas, database: Database(service.connectionString(.service)))
  }

  @Test("Another process is woken by the sealer's notification, and again after it was cut off")
  func notified() async throws {
    let service = try await TestService.make()
    let writing = try await TestServer.start(service)
    let watching = try await TestServer.start(await Self.another(service))
    let writer = try await writing.unix()
    let watcher = try await watching.unix()
    try await watcher.send("watch community\n")
    _ = try await watcher.line()
    let administrator = TestCluster.shared.lease.connectionString(
      role: .administrator, database: service.databaseName)
    @Sendable func listeners(_ what: String) async throws -> [[String?]] {
      try await blocking {
        try RawConnection.exec(
          administrator,
          "SELECT count(\(what)) FROM pg_stat_activity "
            + "WHERE datname = current_database() AND query LIKE 'LISTEN%'")
      }
    }
    var fastest = Int64.max
    for round in 1...4 {
      try await eventually("it listens") { (try? await listeners("*")) == [["1"]] }
      let start = MonotonicClock.nowMilliseconds
      _ = try await writer.ask("community create c\(round) C\(round) FR")
      #expect(try await watcher.line().contains(" key=c\(round) "))
      fastest = min(fastest, MonotonicClock.nowMilliseconds - start)
      if round == 2 { #expect(try await listeners("pg_terminate_backend(pid)") == [["1"]]) }
    }
    // Looking alone takes one second on average, and two now and then.
    #expect(fastest < Limits.watchLookMilliseconds)
  }

  @Test(
    "Fifty times cut off while others write: every change once, in order", .timeLimit(.minutes(2)))
  func resumed() async throws {
    let service = try await TestService.make()
    let writing = try await TestServer.start(service)
    let flag = Flag()
    let over = { @Sendable in flag.isUp.withLock { $0 } }
    let seen = try await withThrowingTaskGroup(of: [String].self) { group in
      group.addTask {
        let writer = try await writing.unix()
        var number = 0
        while !over() {
          number += 1
          let line = "community create w\(number) W\(number) FR key=w\(number)"
          #expect(try await writer.ask(line).last?.hasPrefix("+ ") == true)
        }
        return []
      }
      for name in ["a", "b"] {
        group.addTask { try await self.writeSlowly(name, service, until: over) }
      }
      group.addTask {
        let seen = try await self.watch(service, rounds: 50)
        flag.isUp.withLock { $0 = true }
        return seen
      }
      var seen: [String] = []
      for try await part in group where !part.isEmpty { seen = part }
      return seen
    }
    // What was written since the last round.
    try await eventually("all is sealed") {
      (try? await service.service.sealAudit())?.isPending == false
    }
    var all = seen
    let client = try await writing.unix()
    let rows = try await service.sql("SELECT id || ' ' || row_key FROM audit.change ORDER BY id")
      .compactMap { $0[0] }
    try await client.send("watch all from=\(Self.sequence(seen.last))\n")
    _ = try await client.line()
    while all.count < rows.count { all.append(try #require(Self.push(try await client.line()))) }
    #expect(all == rows)
    #expect(rows.count > 200)
  }

  /// Transactions that take their time, and some of which come to nothing.
  private func writeSlowly(
    _ name: String, _ service: TestService, until over: @escaping @Sendable () -> Bool
  ) async throws -> [String] {
    let connectionString = service.connectionString(.service)
    return try await blocking {
      let connection = try RawConnection(connectionString)
      var number = 0
      while !over() {
        number += 1
        let code = "\(name)\(number)"
        for (step, sql) in [
          "BEGIN; SELECT access.begin_command('ann', '{}', 'test', 'test', NULL)",
          "INSERT INTO directory.community (code, name, country) VALUES ('\(code)', '\(code)', 'US')",
          "SELECT pg_sleep(\(Double.random(in: 0...0.1)))",
          "UPDATE directory.community SET region = 'X' WHERE code = '\(code)'",
        ].enumerated() where step < 3 || number % 2 == 0 { try connection.exec(sql) }
        try connection.exec(number % 3 == 0 ? "ROLLBACK" : "COMMIT")
      }
      return []
    }
  }

  /// What was pushed, `seq key`, to a client that is cut off now and then, or whose server is stopped.
  private func watch(_ service: TestService, rounds: Int) async throws -> [String] {
    let watched = await Self.another(service)
    var server = try await TestServer.start(watched)
    var seen: [String] = []
    var start = "0"
    for _ in 0..<rounds {
      let client = try await server.unix()
      try await client.send("@w watch all from=\(start)\n")
      for _ in 0...Int.random(in: 0...12) {
        if let push = Self.push(try await client.line()) { seen.append(push) }
      }
      start = Self.sequence(seen.last)
      switch Int.random(in: 0..<3) {
      case 0:
        await client.close()
        continue
      case 1:
        let drained = server
        async let end: Void = drained.drain()
        start = try await Self.goOn(client, &seen)
        _ = try await client.rest()
        await end
        server = try await TestServer.start(watched)
      default:
        try await client.send("cancel @w\n")
        start = try await Self.goOn(client, &seen)
        await client.close()
      }
    }
    return seen
  }

  /// Where to go on, as the end of the watch says; what was on its way counts.
  private static func goOn(_ client: TestClient, _ seen: inout [String]) async throws -> String {
    while true {
      let line = try await client.line()
      if let push = push(line) { seen.append(push) }
      if line.hasPrefix("- @w ") {
        return String(try #require(line.firstMatch(of: /try="watch all from=(\d+)"/)).1)
      }
    }
  }

  private static func push(_ line: String) -> String? {
    line.firstMatch(of: /^! (?:@w )?seq=(\d+) .* key=(\S+)/).map { "\($0.1) \($0.2)" }
  }

  private static func sequence(_ push: String?) -> String {
    push.map { String($0.prefix { $0 != " " }) } ?? "0"
  }
}
