import CLibPQ

/// An error of raw SQL, as tests look at it.
package struct RawSQLError: Error, Sendable, CustomStringConvertible {
  package let sqlState: String
  package let message: String
  package let constraint: String?

  package var description: String { "\(sqlState) \(constraint ?? ""): \(message)" }
}

/// A plain, blocking connection, for what tests do behind the service's back.
package final class RawConnection: @unchecked Sendable {
  // Used by one task at a time.
  let handle: OpaquePointer

  /// Connects.
  package init(_ connectionString: String) throws(RawSQLError) {
    guard let handle = PQconnectdb(connectionString), PQstatus(handle) == CONNECTION_OK else {
      throw RawSQLError(sqlState: "08000", message: "cannot connect", constraint: nil)
    }
    self.handle = handle
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
  }

  deinit { PQfinish(handle) }

  /// Runs one or more statements; the rows of the last.
  @discardableResult
  package func exec(_ sql: String) throws(RawSQLError) -> [[String?]] {
    let result = PQexec(handle, sql)
    defer { PQclear(result) }
    switch PQresultStatus(result) {
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: break
    default:
      func field(_ code: Character) -> String? {
        PQresultErrorField(result, Int32(code.asciiValue ?? 0)).map { String(cString: $0) }
      }
      throw RawSQLError(
        sqlState: field("C") ?? "", message: field("M") ?? String(cString: PQerrorMessage(handle)),
        constraint: field("n"))
    }
    return (0..<PQntuples(result)).map { row in
      (0..<PQnfields(result)).map { column in
        PQgetisnull(result, row, column) == 1
          ? nil : PQgetvalue(result, row, column).map { String(cString: $0) }
      }
    }
  }

  /// Runs statements on a connection of their own.
  @discardableResult
  package static func exec(
    _ connectionString: String, _ sql: String
  ) throws(RawSQLError) -> [[String?]] {
    try RawConnection(connectionString).exec(sql)
  }
}
