import EventLoop
import Foundations
import Synchronization
import TestSupport
import Testing

@testable import Postgres

/// What one connection, and what many, do with a real database.
@Suite struct ConnectionTests {
  private static let answer = Statement(
    "test.answer", "SELECT 42::bigint", lane: .shared, row: { (number: Int64) in number })
  /// Waits until nobody holds the gate.
  private static let gated = Statement(
    "test.gated", "SELECT pg_advisory_xact_lock_shared(7)", row: { (done: Nothing) in done })
  /// Fails after a while.
  private static let failing = Statement(
    "test.failing", "SELECT (1 / length(pg_sleep(0.4)::text))::bigint", lane: .shared,
    row: { (number: Int64) in number })
  private static let setting = Statement(
    "test.setting", "SELECT current_setting($1)", takes: String.self,
    row: { (text: String) in text })

  private static func connectionString(_ name: String) -> String {
    TestCluster.shared.lease.connectionString(role: .service, database: name)
  }

  private func withDatabase(_ body: (String) async throws -> Void) async throws {
    let name = try await blocking { try TestCluster.shared.makeDatabase() }
    try await body(Self.connectionString(name))
  }

  @EventLoop
  private static func read(
    _ connection: Connection, _ statement: Statement<Void, Int64>
  ) async -> Result<[Int64], PostgresError> {
    do throws(PostgresError) {
      return .success(try await connection.read(statement.with(())).rows(statement))
    } catch {
      return .failure(error)
    }
  }

  @Test("A read does not fail because a neighbour's failure kept its statement from being prepared")
  func unprepared() async throws {
    try await withDatabase { url in
      let connection = try await Connection.open(url)
      async let failed = Self.read(connection, Self.failing)
      async let first = Self.read(connection, Self.answer)
      // Behind that sync, and before its results arrive.
      await EventLoop.sleep(milliseconds: 100)
      async let second = Self.read(connection, Self.answer)
      async let third = Self.read(connection, Self.answer)
      await EventLoop.sleep(milliseconds: 100)
      async let fourth = Self.read(connection, Self.answer)
      let outcomes = await (failed, [first, second, third, fourth])
      #expect(throws: PostgresError.self) { _ = try outcomes.0.get() }
      for outcome in outcomes.1 { #expect((try? outcome.get()) == [42]) }
      await connection.close()
    }
  }

  @Test("A full shared connection refuses nobody while another has room")
  func leastLoaded() async throws {
    try await withDatabase { url in
      let shared = await SharedConnections(ConnectionSource(url), size: 2, inFlightLimit: 1)
      // Both are open.
      for _ in 0..<2 { _ = try await shared.read(Self.answer.with(())) }
      let gate = try RawConnection(url)
      try gate.exec("SELECT pg_advisory_lock(7)")
      func waiting(_ count: Int) async throws {
        try await eventually("\(count) reads wait at the gate") {
          let sql = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
          return (try? gate.exec(sql).count) == count
        }
      }
      async let occupied = shared.read(Self.gated.with(()))
      try await waiting(1)
      for _ in 0..<4 {
        let rows = try await shared.read(Self.answer.with(())).rows(Self.answer)
        #expect(rows == [42])
      }
      async let alsoOccupied = shared.read(Self.gated.with(()))
      try await waiting(2)
      await #expect(throws: PostgresError.self) { _ = try await shared.read(Self.answer.with(())) }
      try gate.exec("SELECT pg_advisory_unlock(7)")
      _ = try await (occupied, alsoOccupied)
      await shared.close()
    }
  }

  @Test("Options of the connection string hold, except where the service has its own")
  func options() async throws {
    try await withDatabase { url in
      let database = await Database(
        url + " options='-c work_mem=1234kB -c timezone=Asia/Tokyo"
          + " -c synchronous_commit=off -c jit=on'")
      var settings: [String] = []
      for name in ["work_mem", "TimeZone", "synchronous_commit", "jit", "lock_timeout"] {
        settings += try await database.read(Self.setting, name)
      }
      #expect(settings == ["1234kB", "UTC", "on", "off", "12s"])
      let weakened = try await database.weakenedSettings()
      #expect(weakened == [])
      await database.close()
      let weak = await Database(
        url + " options='-c synchronous_commit=local'", durability: .weakAccepted)
      let accepted = try await weak.read(Self.setting, "synchronous_commit")
      #expect(accepted == ["local"])
      await weak.close()
    }
  }

  @Test("Each setting that is too weak is found, local commits too")
  func weakenedSettings() async throws {
    try await withDatabase { url in
      let connection = try await Connection.open(
        url + " options='-c synchronous_commit=local'", durability: .weakAccepted)
      let weakened = try await connection.weakenedSettings()
      #expect(weakened == ["synchronous_commit"])
      await connection.close()
    }
  }

  @Test("A statement for tables under row-level security is refused without a context")
  func protected() async throws {
    let statement = Statement(
      "test.protected", "SELECT 1::bigint", lane: .protected, row: { (number: Int64) in number })
    let database = await Database("host=/nonexistent")
    await #expect {
      try await database.read(statement, ())
    } throws: { error in
      if case PostgresError.withoutContext("test.protected") = error { true } else { false }
    }
  }
}
