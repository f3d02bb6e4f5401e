/// Why a database could not be brought to this binary's schema.
package struct MigrationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of failure. Raw values are stable.
  package enum Reason: String, Sendable, CaseIterable {
    /// The files of this binary are misnamed, out of order, or not plain SQL.
    case invalidFiles = "invalid-files"
    /// No connection, or a connection that broke.
    case disconnected = "disconnected"
    /// Another process kept the migration lock for too long.
    case busy = "busy"
    /// A migration that was applied has another text now.
    case changed = "changed"
    /// The database has migrations that this binary does not know.
    case newerDatabase = "newer-database"
    /// The database lacks a migration that comes before one it has.
    case outOfOrder = "out-of-order"
    /// A statement failed.
    case failed = "failed"
  }

  /// The kind of failure.
  package let reason: Reason
  /// The text for people: what is wrong and what mends it.
  package let message: String
  /// The file concerned, without its ending.
  package let file: String?
  /// The line in that file, counted from 1.
  package let line: Int?
  /// PostgreSQL's error code, where it was PostgreSQL that refused.
  package let sqlState: String?

  init(
    _ reason: Reason, _ message: String, file: String? = nil, line: Int? = nil,
    sqlState: String? = nil
  ) {
    self.reason = reason
    self.message = message
    self.file = file
    self.line = line
    self.sqlState = sqlState
  }

  /// The text for people.
  package var description: String { message }

  /// A refusal outside of any file: of the records, the lock or the connection.
  static func bookkeeping(_ failure: ServerFailure) -> MigrationError {
    guard let sqlState = failure.sqlState else {
      return MigrationError(.disconnected, "No connection to the database: \(failure)")
    }
    return MigrationError(
      .failed, "The database refused to read or keep the record of migrations: \(failure)",
      sqlState: sqlState)
  }
}
