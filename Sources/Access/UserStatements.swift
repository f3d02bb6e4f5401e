import CommandLanguage
import Foundations
import Postgres

extension UserChange {
  /// What disabling and enabling answer.
  var disabledPairs: [Reply.Pair] {
    [.init("user", name), .init("disabled", isDisabled ? "yes" : "no")]
  }
}

/// A user's limits, as they were set.
struct UserLimits: Sendable {
  let user: String
  let requestsPerSecond: String?
  let concurrentRequests: String?
  let rows: String?
  let seconds: String?
}

enum UserStatements {
  static let create = Statement(
    "access.user-create",
    """
    INSERT INTO access.principal (name, roles, unix_user) VALUES ($1, $2, $3)
    RETURNING name, roles, disabled_at IS NOT NULL
    """, takes: Code.self, [String].self, Code?.self, row: UserChange.init)

  static let list = TableStatement(
    "access.user-list",
    """
    SELECT name, array_to_string(roles, ','), unix_user, service.timestamp_text(created_at),
      service.timestamp_text(disabled_at)
    FROM access.principal
    WHERE name > coalesce($1, '') ORDER BY name LIMIT $2
    """, takes: String?.self, Int64.self,
    columns: [
      .text("name"), .text("roles"), .text("unix-user"), .timestamp("created"),
      .timestamp("disabled"),
    ])

  static let update = Statement(
    "access.user-update",
    """
    UPDATE access.principal SET roles = $2 WHERE id = access.find_principal($1)
    RETURNING name, roles, disabled_at IS NOT NULL
    """, takes: Code.self, [String].self, row: UserChange.init)

  static let setDisabled = Statement(
    "access.user-set-disabled",
    """
    UPDATE access.principal SET disabled_at = CASE WHEN $2 THEN coalesce(disabled_at, now()) END
    WHERE id = access.find_principal($1)
    RETURNING name, roles, disabled_at IS NOT NULL
    """, takes: Code.self, Bool.self, row: UserChange.init)

  static let setLimits = Statement(
    "access.user-set-limits",
    """
    UPDATE access.principal
    SET requests_per_second = $2, concurrent_requests = $3, answer_rows = $4, request_seconds = $5
    WHERE id = access.find_principal($1)
    RETURNING name, requests_per_second::text, concurrent_requests::text, answer_rows::text,
      request_seconds::text
    """, takes: Code.self, Int64?.self, Int64?.self, Int64?.self, Int64?.self, row: UserLimits.init)

  static let setPassword = Statement(
    "access.user-set-password",
    """
    INSERT INTO access.password (principal, verifier)
    SELECT p.name, $2 FROM access.principal p WHERE p.id = access.find_principal($1)
    ON CONFLICT ON CONSTRAINT password_pkey
      DO UPDATE SET verifier = excluded.verifier, changed_at = now()
    RETURNING principal
    """, takes: Code.self, String.self, row: { (user: String) in user })

  static let setOwnPassword = Statement(
    "access.set-own-password",
    """
    INSERT INTO access.password (principal, verifier)
    SELECT p.name, $1 FROM access.principal p
    WHERE p.id = access.find_principal(current_setting('sister.principal'))
    ON CONFLICT ON CONSTRAINT password_pkey
      DO UPDATE SET verifier = excluded.verifier, changed_at = now()
    RETURNING principal
    """, takes: String.self, row: { (user: String) in user })

  static let createToken = Statement(
    "access.token-create",
    """
    INSERT INTO access.token (id, principal_id, label, secret_hash, expires_at)
    VALUES ($1, access.find_principal($2), $3, $4, now() + make_interval(days => $5::bigint::int))
    RETURNING id, $2, service.timestamp_text(expires_at)
    """, takes: String.self, Code.self, String.self, String.self, Int64.self,
    row: TokenChange.init)

  static let listTokens = TableStatement(
    "access.token-list",
    """
    SELECT t.id, p.name, t.label, service.timestamp_text(t.expires_at),
      CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked' WHEN t.expires_at <= now() THEN 'expired'
        ELSE 'valid' END
    FROM access.token t JOIN access.principal p ON p.id = t.principal_id
    WHERE service.matches(p.name, $1) AND t.id > coalesce($2, '') ORDER BY t.id LIMIT $3
    """, takes: Filter<Code>?.self, String?.self, Int64.self,
    columns: [
      .text("id"), .text("user"), .text("label"), .timestamp("expires"), .text("state"),
    ])

  static let revokeToken = Statement(
    "access.token-revoke",
    """
    UPDATE access.token t SET revoked_at = coalesce(t.revoked_at, now())
    FROM access.principal p WHERE t.id = access.find_token($1) AND p.id = t.principal_id
    RETURNING t.id, p.name, service.timestamp_text(t.expires_at)
    """, takes: Code.self, row: TokenChange.init)
}
