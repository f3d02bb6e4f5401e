import CommandLanguage
import Foundations
import Postgres

/// A token's principal, as far as a session needs it.
struct TokenRow: Sendable {
  let principal: String
  let roles: [String]
}

/// A principal, as lists show it.
struct UserRow: Sendable {
  let name: String
  let roles: [String]
  let unixUser: String?
  let createdAt: Timestamp
  /// Since when they cannot authenticate; nil where they can.
  let disabledAt: Timestamp?
}

/// A command that changed something, as lists of the audit show it.
struct AuditEntry: Sendable {
  let number: Int64
  let at: Timestamp
  let principal: String
  let command: String
  let request: String
  let key: String?
  /// How many rows it changed, among those that whoever asks may see.
  let changes: Int64
}

/// A token, as lists show it.
struct TokenListRow: Sendable {
  let identifier: String
  let user: String
  let label: String
  let expiresAt: Timestamp
  let state: String
}

/// A request that carried a key, as it was answered.
struct StoredRequest: Sendable {
  let request: String
  let names: [String]?
  let values: [String]?
}

/// One field that the transaction has changed.
struct ChangeRow: Sendable {
  let relation: String
  let row: String
  let field: String
  let before: String?
  let after: String?
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

  static let currentChanges = Statement(
    "access.current-changes",
    "SELECT relation, row_key, field, before, after FROM audit.current_change ORDER BY id, field",
    row: ChangeRow.init)

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
