import CommandLanguage
import Foundations
import Postgres

/// A token's principal, as far as a session needs it.
struct TokenRow: Sendable {
  let principal: String
  let roles: [String]
}

/// A principal that was added or changed.
struct UserChange: Sendable {
  let name: String
  let roles: [String]
  let isDisabled: Bool
}

/// A token that was made or revoked.
struct TokenChange: Sendable {
  let identifier: String
  let user: String
  let expiresAt: String
}

/// A request that carried a key, as it was answered.
struct StoredRequest: Sendable {
  let request: String
  let names: [String]?
  let values: [String]?
}

enum AccessStatements {
  static let setContext = Statement(
    "access.set-context", "SELECT access.set_context($1, $2)",
    takes: String.self, [String].self, row: { (done: Nothing) in done })

  static let beginCommand = Statement(
    "access.begin-command", "SELECT access.begin_command($1, $2, $3, $4, $5)",
    takes: String.self, [String].self, String.self, String.self, String?.self,
    row: { (done: Nothing) in done })

  static let storeReply = Statement(
    "access.store-reply", "SELECT access.store_reply($1, $2, $3, $4)",
    takes: String.self, String.self, [String].self, [String].self,
    row: { (done: Nothing) in done })

  static let storedRequest = Statement(
    "access.stored-request",
    "SELECT request, reply_names, reply_values FROM access.request WHERE principal = $1 AND key = $2",
    lane: .protected, takes: String.self, String.self, row: StoredRequest.init)

  static let checkDeferred = Statement(
    "access.check-deferred", "SET CONSTRAINTS ALL IMMEDIATE", row: { () in () })

  /// The fields that the transaction has changed.
  static let currentChanges = TableStatement(
    "access.current-changes",
    "SELECT relation, row_key, field, before, after FROM audit.current_change ORDER BY id, field",
    columns: AuditStatements.changeColumns)

  static let findToken = Statement(
    "access.token-by-hash",
    """
    SELECT p.name, p.roles
    FROM access.token t JOIN access.principal p ON p.id = t.principal_id
    WHERE t.secret_hash = $1 AND t.revoked_at IS NULL AND t.expires_at > now()
      AND p.disabled_at IS NULL
    """, lane: .shared, takes: String.self, row: TokenRow.init)

  static let findUnixUser = Statement(
    "access.principal-by-unix-user",
    "SELECT name, roles FROM access.principal WHERE unix_user = $1 AND disabled_at IS NULL",
    lane: .shared, takes: String.self, row: TokenRow.init)
}
