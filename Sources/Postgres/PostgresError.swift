import CLibPQ

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
  /// No connection became free in time, or too many are waiting for one.
  case overloaded
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
  var isOfTheRequest: Bool {
    guard case .server(let error) = self else { return false }
    return !["08", "40", "53", "57", "58", "XX"].contains(error.sqlState.prefix(2))
  }

  static func server(from result: OpaquePointer) -> PostgresError {
    func field(_ code: Character) -> String? {
      PQresultErrorField(result, Int32(code.asciiValue ?? 0)).map { String(cString: $0) }
    }
    return .server(
      ServerError(
        sqlState: field("C") ?? "XX000", message: field("M") ?? "unknown error",
        detail: field("D"), hint: field("H"), constraint: field("n"), column: field("c")))
  }
}
