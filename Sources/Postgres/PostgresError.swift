/// What went wrong between here and PostgreSQL.
package enum PostgresError: Error, Sendable {
  /// The server refused a statement.
  case server(ServerError)
  /// No connection can be had: what libpq says.
  case unreachable(String)
  /// The database does not run, because its disk is full.
  case diskFull(String)
  /// The connection broke while statements were under way; whether a COMMIT was among them.
  case connectionLost(committing: Bool)
  /// The server computed for so long without giving a row that it was left.
  case tookTooLong
  /// Whoever asked for it has cancelled it, and it was stopped.
  case cancelled
  /// No connection became free in time, or too many are waiting for one.
  case overloaded
  /// These settings of the database let acknowledged writes be lost, so none are made.
  case notDurable([String])
  /// A statement for tables under row-level security was to run without saying who asks, and would
  /// have found nothing: a defect.
  case withoutContext(statement: String)
  /// A row does not have the types that the statement promises: a defect.
  case undecodable(statement: String, column: Int, type: String)

  /// An error report of the server, by the fields that say most.
  package struct ServerError: Sendable {
    package let sqlState: String
    package let message: String
    package let detail: String?
    package let hint: String?
    package let constraint: String?
    package let column: String?
  }

  /// Whether the whole transaction may succeed if it is tried again.
  package var isTransient: Bool {
    guard case .server(let error) = self else { return false }
    return error.sqlState == "40001" || error.sqlState == "40P01"
  }

  /// Whether the server refused because of what was asked, not because of its own condition: then
  /// another request may fare better.
  package var isOfTheRequest: Bool {
    guard case .server(let error) = self else { return false }
    return !["08", "40", "53", "55", "57", "58", "XX"].contains(error.sqlState.prefix(2))
  }

  /// Whether a statement was stopped by its time or by request (57014).
  var isStopped: Bool {
    if case .server(let error) = self { error.sqlState == "57014" } else { false }
  }

  /// Whether a prepared statement is not there (26000).
  var isUnprepared: Bool {
    if case .server(let error) = self { error.sqlState == "26000" } else { false }
  }

  static func server(from result: OpaquePointer) -> PostgresError {
    let fields = ErrorFields(result)
    return .server(
      ServerError(
        sqlState: fields.sqlState ?? "XX000", message: fields.message ?? "unknown error",
        detail: fields.detail, hint: fields.hint, constraint: fields.constraint,
        column: fields.column))
  }
}
