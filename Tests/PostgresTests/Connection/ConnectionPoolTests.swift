import EventLoop
import Synchronization
import TestSupport
import Testing

@testable import Postgres

/// Who gets a connection, and who is refused one.
@Suite struct ConnectionPoolTests {
  @EventLoop
  private final class Served {
    var order: [String] = []
    nonisolated init() {}

    /// Borrows, says so, and gives back.
    func borrow(_ name: String, _ pool: ConnectionPool) async {
      do throws(PostgresError) {
        let connection = try await pool.borrow()
        order.append(name)
        pool.giveBack(connection)
      } catch {
        order.append("\(name) refused")
      }
    }
  }

  private func withPool(
    size: Int = 1, queueLength: Int = 100, _ body: @EventLoop (ConnectionPool) async throws -> Void
  ) async throws {
    let name = try await blocking { try TestCluster.shared.makeDatabase() }
    let url = TestCluster.shared.lease.connectionString(role: .service, database: name)
    let pool = await ConnectionPool(
      ConnectionSource(url), size: size, queueLength: queueLength)
    try await body(pool)
    await pool.close()
  }

  /// Returns when so many wait for a connection.
  private static func waiting(_ count: Int, _ pool: ConnectionPool) async throws {
    try await eventually("\(count) wait") { await pool.waitingCount == count }
  }

  @Test("A connection that comes back goes to the oldest waiter, before newcomers")
  func fairness() async throws {
    try await withPool { pool in
      let served = Served()
      let connection = try await pool.borrow()
      async let first: Void = served.borrow("first", pool)
      try await Self.waiting(1, pool)
      async let second: Void = served.borrow("second", pool)
      try await Self.waiting(2, pool)
      pool.giveBack(connection)
      async let newcomer: Void = served.borrow("newcomer", pool)
      _ = await (first, second, newcomer)
      #expect(served.order == ["first", "second", "newcomer"])
    }
  }

  @Test("A broken connection's place goes to the oldest waiter, and no more are opened than may be")
  func broken() async throws {
    try await withPool { pool in
      let served = Served()
      let connection = try await pool.borrow()
      async let first: Void = served.borrow("first", pool)
      try await Self.waiting(1, pool)
      connection.close()
      pool.giveBack(connection)
      async let newcomer: Void = served.borrow("newcomer", pool)
      _ = await (first, newcomer)
      #expect(served.order == ["first", "newcomer"])
    }
  }

  @Test("No more wait than the queue holds, however many come at once")
  func queueLength() async throws {
    try await withPool(queueLength: 5) { pool in
      let served = Served()
      let connection = try await pool.borrow()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<20 { group.addTask { await served.borrow("\(number)", pool) } }
        try await eventually("15 are refused") { await served.order.count == 15 }
        #expect(served.order.allSatisfy { $0.hasSuffix("refused") })
        pool.giveBack(connection)
      }
      #expect(served.order.count == 20)
    }
  }

  @Test("Closing refuses whoever waits, and whoever comes after")
  func close() async throws {
    try await withPool { pool in
      let served = Served()
      let connection = try await pool.borrow()
      async let waiter: Void = served.borrow("waiter", pool)
      try await Self.waiting(1, pool)
      pool.close()
      await waiter
      await served.borrow("newcomer", pool)
      pool.giveBack(connection)
      #expect(connection.isBroken)
      #expect(served.order == ["waiter refused", "newcomer refused"])
    }
  }
}
