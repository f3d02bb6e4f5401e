import CommandLanguage
import Foundations
import Postgres

/// Who somebody is, as far as a session needs it.
struct PrincipalRow: Sendable {
  let name: String
  let roles: [String]
  let requestsPerSecond: Int64?
  let concurrentRequests: Int64?
  let rows: Int64?
  let seconds: Int64?

  var principal: Principal {
    Principal(
      name: name, roles: roles.compactMap(Role.init(rawValue:)),
      limits: PrincipalLimits(
        requestsPerSecond: requestsPerSecond, concurrentRequests: concurrentRequests, rows: rows,
        seconds: seconds))
  }
}

/// Whose a token is, and whether it holds: `valid`, `expired`, `revoked`, or `disabled` as its user.
struct TokenRow: Sendable {
  let name: String
  let roles: [String]
  let requestsPerSecond: Int64?
  let concurrentRequests: Int64?
  let rows: Int64?
  let seconds: Int64?
  let state: String

  var principal: Principal {
    PrincipalRow(
      name: name, roles: roles, requestsPerSecond: requestsPerSecond,
      concurrentRequests: concurrentRequests, rows: rows, seconds: seconds
    ).principal
  }
}

/// What a password is checked with, if the user has one, and what mocks of it are made from.
struct VerifierRow: Sendable {
  let verifier: String?
  let secret: String
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
    "access.begin-command", "SELECT access.begin_command($1, $2, $3, $4, $5, $6)",
    takes: String.self, [String].self, String.self, String.self, String?.self, Int64?.self,
    row: { (done: Nothing) in done })

  static let storeReply = Statement(
    "access.store-reply", "SELECT access.store_reply($1, $2, $3, $4)",
    takes: String.self, String.self, [String].self, [String].self,
    row: { (done: Nothing) in done })

  static let storedRequest = Statement(
    "access.stored-request",
    "SELECT request, reply_names, reply_values FROM access.request WHERE principal = $1 AND key = $2",
    lane: .protected, takes: String.self, String.self, row: StoredRequest.init)

  static let forgetRequests = Statement(
    "access.forget-requests", "SELECT access.forget_requests($1, $2)",
    takes: Int64.self, Int64.self, row: { (count: Int64) in count })

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
    SELECT p.name, p.roles, p.requests_per_second, p.concurrent_requests, p.answer_rows,
      p.request_seconds,
      CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked' WHEN t.expires_at <= now() THEN 'expired'
        WHEN p.disabled_at IS NOT NULL THEN 'disabled' ELSE 'valid' END
    FROM access.token t JOIN access.principal p ON p.id = t.principal_id
    WHERE t.secret_hash = $1
    """, lane: .shared, takes: String.self, row: TokenRow.init)

  static let findUnixUser = Statement(
    "access.principal-by-unix-user",
    """
    SELECT name, roles, requests_per_second, concurrent_requests, answer_rows, request_seconds
    FROM access.principal WHERE unix_user = $1 AND disabled_at IS NULL
    """,
    lane: .shared, takes: String.self, row: PrincipalRow.init)

  static let findPrincipal = Statement(
    "access.principal-by-name",
    """
    SELECT name, roles, requests_per_second, concurrent_requests, answer_rows, request_seconds
    FROM access.principal WHERE name = $1 AND disabled_at IS NULL
    """,
    lane: .shared, takes: String.self, row: PrincipalRow.init)

  static let findPassword = Statement(
    "access.principal-by-password",
    """
    SELECT p.name, p.roles, p.requests_per_second, p.concurrent_requests, p.answer_rows,
      p.request_seconds
    FROM access.principal p JOIN access.password w ON w.principal = p.name
    WHERE p.name = $1 AND w.verifier = $2 AND p.disabled_at IS NULL
    """, lane: .shared, takes: String.self, String.self, row: PrincipalRow.init)

  static let findVerifier = Statement(
    "access.verifier",
    """
    SELECT (SELECT w.verifier FROM access.password w JOIN access.principal p ON p.name = w.principal
      WHERE p.name = $1 AND p.disabled_at IS NULL), s.secret
    FROM access.mock_secret s
    """, lane: .shared, takes: String.self, row: VerifierRow.init)

  static let recordRefusals = Statement(
    "access.record-refusals", "SELECT access.record_refusals($1, $2, $3, $4, $5, $6)",
    takes: [String].self, [String].self, [String].self, [String].self, [String].self,
    [Int64].self, row: { (done: Nothing) in done })
}

extension Service {
  /// Forgets some of the keys that are too old; how many those were.
  package func forgetKeys() async throws(DomainError) -> Int64 {
    do throws(PostgresError) {
      let query = AccessStatements.forgetRequests.with((Limits.keyDays, Limits.keysPerExpiry))
      return try await database.writeTogether([query])[0]
        .rows(AccessStatements.forgetRequests).first ?? 0
    } catch {
      throw translation.domainError(error)
    }
  }
}
