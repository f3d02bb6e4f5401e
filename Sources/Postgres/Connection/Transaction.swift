import EventLoop

/// A transaction under way, on a connection on loan.
///
/// BEGIN travels with the first statements, so that it costs no round trip of its own.
@EventLoop
package final class Transaction {
  private let connection: Connection
  private var hasBegun = false

  init(_ connection: Connection) { self.connection = connection }

  /// Runs queries in order, in one round trip.
  package func run(_ queries: [Query]) async throws(PostgresError) -> [QueryResult] {
    let first = !hasBegun
    hasBegun = true
    let results = try await connection.run((first ? [.begin] : []) + queries)
    return Array(results.dropFirst(first ? 1 : 0))
  }

  /// The rows of one statement.
  package func run<Input, Row>(
    _ statement: Statement<Input, Row>, _ input: Input
  ) async throws(PostgresError) -> [Row] {
    try await run([statement.with(input)]).first?.rows(statement) ?? []
  }

  func commit() async throws(PostgresError) {
    if hasBegun { _ = try await connection.run([.commit]) }
  }

  func rollback() async {
    if hasBegun, !connection.isBroken { _ = try? await connection.run([.rollback]) }
  }
}

extension Query {
  /// The name by which a COMMIT under way is known when its connection breaks.
  static let commitName = "commit"
  static let begin = control("begin", "BEGIN")
  static let beginRead = control("begin-read", "BEGIN READ ONLY")
  static let commit = control(commitName, "COMMIT")
  static let rollback = control("rollback", "ROLLBACK")

  static func control(_ name: String, _ sql: String) -> Query {
    Query(
      description: StatementDescription(
        name: name, sql: sql, lane: .loan, inputs: [], columns: []),
      parameters: [])
  }
}
