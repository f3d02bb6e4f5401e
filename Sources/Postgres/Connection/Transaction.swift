import EventLoop

/// How a transaction is to end.
package enum TransactionEnd<Value: Sendable>: Sendable {
  case commit(Value)
  case rollback(Value)
}

/// A transaction under way, or what is like one within it, on a connection that nobody else uses.
///
/// Its beginning travels with the first statements, so that it costs no round trip of its own.
@EventLoop
package final class Transaction {
  /// What begins and ends it.
  enum Kind {
    case transaction, savepoint

    fileprivate var beginning: Query { self == .transaction ? .begin : .savepoint }
    fileprivate var end: Query { self == .transaction ? .commit : .release }
    fileprivate var undoing: [Query] {
      self == .transaction ? [.rollback] : [.rollbackToSavepoint, .release]
    }
  }

  private let connection: Connection
  private let kind: Kind
  private var hasBegun = false

  init(_ connection: Connection, _ kind: Kind = .transaction) {
    self.connection = connection
    self.kind = kind
  }

  /// Runs queries in order, in one round trip.
  package func run(_ queries: [Query]) async throws(PostgresError) -> [QueryResult] {
    let first = !hasBegun
    hasBegun = true
    let results = try await connection.run((first ? [kind.beginning] : []) + queries)
    return Array(results.dropFirst(first ? 1 : 0))
  }

  /// Runs queries under a savepoint of their own, in one round trip; what became of each. It is ended
  /// or undone before anything else is run.
  package func attempt(_ queries: [Query]) async -> [Result<QueryResult, PostgresError>] {
    let first = !hasBegun
    hasBegun = true
    let before = (first ? [kind.beginning] : []) + [.attempt]
    return Array(await connection.runEach(before + queries).dropFirst(before.count))
  }

  /// Keeps what an attempt did.
  package func endAttempt() async throws(PostgresError) {
    _ = try await connection.run([.endAttempt])
  }

  /// Undoes what an attempt did.
  package func undoAttempt() async throws(PostgresError) {
    _ = try await connection.run([.undoAttempt, .endAttempt])
  }

  /// Runs `body`, and ends as it says; undoes everything where it throws.
  func run<Value: Sendable>(
    _ body: (Transaction) async throws(PostgresError) -> TransactionEnd<Value>
  ) async throws(PostgresError) -> Value {
    do throws(PostgresError) {
      let end = try await connection.cancellable { () async throws(PostgresError) in
        try await body(self)
      }
      switch end {
      case .commit(let value):
        if hasBegun { _ = try await connection.run([kind.end]) }
        return value
      case .rollback(let value):
        await undo()
        return value
      }
    } catch {
      await undo()
      throw error
    }
  }

  private func undo() async {
    if hasBegun, !connection.isBroken { _ = try? await connection.run(kind.undoing) }
  }
}

extension Query {
  /// The name by which a COMMIT under way is known when its connection breaks.
  static let commitName = "commit"
  static let begin = control("begin", "BEGIN")
  static let beginRead = control("begin-read", "BEGIN READ ONLY")
  static let commit = control(commitName, "COMMIT")
  static let rollback = control("rollback", "ROLLBACK")
  static let savepoint = control("savepoint", "SAVEPOINT sister")
  static let release = control("release", "RELEASE sister")
  static let attempt = control("attempt", "SAVEPOINT attempt")
  static let endAttempt = control("end-attempt", "RELEASE attempt")
  static let undoAttempt = control("undo-attempt", "ROLLBACK TO attempt")
  static let rollbackToSavepoint = control("rollback-to-savepoint", "ROLLBACK TO sister")

  static func control(_ name: String, _ sql: String) -> Query {
    Query(
      description: StatementDescription(
        name: name, sql: sql, lane: .loan, inputs: [], columns: []),
      parameters: [])
  }
}
