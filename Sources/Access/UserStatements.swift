import CommandLanguage
import Foundations
import Postgres

extension UserRow {
  static let shape = TableShape<UserRow>(
    (Column("name", .text), { .text($0.name) }),
    (Column("roles", .text), { .text($0.roles.joined(separator: ",")) }),
    (Column("unix-user", .text), { .text($0.unixUser) }),
    (Column("created", .timestamp), { .timestamp($0.createdAt) }),
    (Column("disabled", .timestamp), { $0.disabledAt.map { .timestamp($0) } ?? .null }))
}

extension UserRow {
  /// What disabling and enabling answer.
  var disabledPairs: [Reply.Pair] {
    [.init("user", name), .init("disabled", disabledAt == nil ? "no" : "yes")]
  }
}

extension TokenListRow {
  static let shape = TableShape<TokenListRow>(
    (Column("id", .text), { .text($0.identifier) }),
    (Column("user", .text), { .text($0.user) }),
    (Column("label", .text), { .text($0.label) }),
    (Column("expires", .timestamp), { .timestamp($0.expiresAt) }),
    (Column("state", .text), { .text($0.state) }))
}

enum UserStatements {
  static let create = Statement(
    "access.user-create",
    """
    INSERT INTO access.principal (name, roles, unix_user) VALUES ($1, $2, $3)
    RETURNING name, roles, unix_user, created_at, disabled_at
    """, takes: Code.self, [String].self, Code?.self, row: UserRow.init)

  static let list = Statement(
    "access.user-list",
    """
    SELECT name, roles, unix_user, created_at, disabled_at FROM access.principal
    WHERE name > coalesce($1, '') ORDER BY name LIMIT $2
    """, takes: String?.self, Int64.self, row: UserRow.init)

  static let update = Statement(
    "access.user-update",
    """
    UPDATE access.principal SET roles = $2 WHERE id = access.find_principal($1)
    RETURNING name, roles, unix_user, created_at, disabled_at
    """, takes: Code.self, [String].self, row: UserRow.init)

  static let setDisabled = Statement(
    "access.user-set-disabled",
    """
    UPDATE access.principal SET disabled_at = CASE WHEN $2 THEN coalesce(disabled_at, now()) END
    WHERE id = access.find_principal($1)
    RETURNING name, roles, unix_user, created_at, disabled_at
    """, takes: Code.self, Bool.self, row: UserRow.init)

  static let createToken = Statement(
    "access.token-create",
    """
    INSERT INTO access.token (id, principal_id, label, secret_hash, expires_at)
    VALUES ($1, access.find_principal($2), $3, $4, now() + make_interval(days => $5::bigint::int))
    RETURNING id, $2, label, expires_at, 'valid'
    """, takes: String.self, Code.self, String.self, String.self, Int64.self,
    row: TokenListRow.init)

  static let listTokens = Statement(
    "access.token-list",
    """
    SELECT t.id, p.name, t.label, t.expires_at,
      CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked' WHEN t.expires_at <= now() THEN 'expired'
        ELSE 'valid' END
    FROM access.token t JOIN access.principal p ON p.id = t.principal_id
    WHERE service.matches(p.name, $1) AND t.id > coalesce($2, '') ORDER BY t.id LIMIT $3
    """, takes: Filter<Code>?.self, String?.self, Int64.self, row: TokenListRow.init)

  static let revokeToken = Statement(
    "access.token-revoke",
    """
    UPDATE access.token t SET revoked_at = coalesce(t.revoked_at, now())
    FROM access.principal p WHERE t.id = access.find_token($1) AND p.id = t.principal_id
    RETURNING t.id, p.name, t.label, t.expires_at, 'revoked'
    """, takes: Code.self, row: TokenListRow.init)
}
