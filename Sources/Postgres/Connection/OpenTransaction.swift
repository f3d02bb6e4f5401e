import EventLoop
import Foundations

/// Where statements run: on the database, each in a transaction of its own, or all in one.
@EventLoop
package protocol StatementRunner {
  /// The results of queries that only read and see the same, in one round trip.
  func readTogether(_ queries: [Query]) async throws(PostgresError) -> [QueryResult]

  /// The results of queries of which all or none happen, in one round trip.
  func writeTogether(_ queries: [Query]) async throws(PostgresError) -> [QueryResult]

  /// Runs `body`, of which all or nothing happens: what it says, and nothing where it throws.
  func transaction<Value: Sendable>(
    _ body: (Transaction) async throws(PostgresError) -> TransactionEnd<Value>
  ) async throws(PostgresError) -> Value
}

/// A transaction that stays open from request to request, on a connection of its own.
///
/// What runs in it runs under a savepoint: where it fails, what it did is undone, and the transaction
/// goes on. PostgreSQL ends it by itself when it is left alone for too long.
@EventLoop
package final class OpenTransaction {
  private let connection: Connection
  private let giveBack: (Connection) -> Void
  /// When it was begun, in milliseconds.
  package let startedAt = MonotonicClock.nowMilliseconds
  private var isOver = false
  private var isBusy = false
  private var waiting: [UnsafeContinuation<Void, Never>] = []

  /// Whether it goes on: it was not ended, and its connection lives.
  package var isOpen: Bool { !isOver && !connection.isBroken }

  init(
    _ connection: Connection, giveBack: @escaping @EventLoop (Connection) -> Void
  ) async throws(PostgresError) {
    self.connection = connection
    self.giveBack = giveBack
    do throws(PostgresError) {
      _ = try await connection.run([.begin, .impatience])
    } catch {
      if !connection.isBroken { _ = try? await connection.run([.rollback]) }
      isOver = true
      giveBack(connection)
      throw error
    }
  }

  isolated deinit {
    // Whoever had it is gone without a word.
    guard !isOver else { return }
    connection.close()
    giveBack(connection)
  }

  /// Makes everything happen that was done in it.
  package func commit() async throws(PostgresError) {
    await enter()
    defer { leave() }
    guard isOpen else { throw .connectionLost(committing: false) }
    isOver = true
    defer { giveBack(connection) }
    do throws(PostgresError) {
      _ = try await connection.run([.commit])
    } catch {
      if !connection.isBroken { _ = try? await connection.run([.rollback]) }
      throw error
    }
  }

  /// Undoes everything that was done in it.
  package func rollback() async {
    await enter()
    defer { leave() }
    guard !isOver else { return }
    isOver = true
    if !connection.isBroken { _ = try? await connection.run([.rollback]) }
    giveBack(connection)
  }

  /// One at a time: savepoints are nested, and requests are not.
  private func enter() async {
    while isBusy {
      await withUnsafeContinuation { waiter in
        if isBusy { waiting.append(waiter) } else { waiter.resume() }
      }
    }
    isBusy = true
  }

  private func leave() {
    isBusy = false
    if !waiting.isEmpty { waiting.removeFirst().resume() }
  }
}

extension OpenTransaction: StatementRunner {
  package func readTogether(_ queries: [Query]) async throws(PostgresError) -> [QueryResult] {
    try await writeTogether(queries)
  }

  package func writeTogether(_ queries: [Query]) async throws(PostgresError) -> [QueryResult] {
    try await transaction { (transaction) async throws(PostgresError) in
      .commit(try await transaction.run(queries))
    }
  }

  package func transaction<Value: Sendable>(
    _ body: (Transaction) async throws(PostgresError) -> TransactionEnd<Value>
  ) async throws(PostgresError) -> Value {
    await enter()
    defer { leave() }
    guard isOpen else { throw .connectionLost(committing: false) }
    return try await Transaction(connection, .savepoint).run(body)
  }
}

extension Query {
  fileprivate static let impatience = control(
    "transaction-impatience",
    "SET LOCAL idle_in_transaction_session_timeout = \(Limits.transactionIdleMilliseconds)")
}
