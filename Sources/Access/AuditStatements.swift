import CommandLanguage
import Foundations
import Postgres

extension AuditEntry {
  static let shape = TableShape<AuditEntry>(
    (Column("entry", .integer), { .integer($0.number) }),
    (Column("at", .timestamp), { .timestamp($0.at) }),
    (Column("principal", .text), { .text($0.principal) }),
    (Column("command", .text), { .text($0.command) }),
    (Column("request", .text), { .text($0.request) }),
    (Column("key", .text), { .text($0.key) }),
    (Column("changes", .integer), { .integer($0.changes) }))
}

/// Reads of the audit, all under row-level security: an entry about a minor, or about who has
/// registered, is there only for those who may read that anyway.
enum AuditStatements {
  static let list = Statement(
    "access.audit-list",
    """
    SELECT e.id, e.at, e.principal, e.command, e.request, e.request_key,
      (SELECT count(*) FROM audit.change c WHERE c.entry_id = e.id)
    FROM audit.entry e
    WHERE service.matches(e.principal, $1) AND service.matches(e.command, $2)
      AND service.matches((e.at AT TIME ZONE 'UTC')::date, $3)
      AND e.id < coalesce($4, 9223372036854775807)
    ORDER BY e.id DESC LIMIT $5
    """, lane: .protected, takes: Filter<Code>?.self, Filter<String>?.self,
    Filter<CalendarDate>?.self, Int64?.self, Int64.self, row: AuditEntry.init)

  static let show = Statement(
    "access.audit-show",
    """
    SELECT e.id, e.at, e.principal, e.command, e.request, e.request_key,
      (SELECT count(*) FROM audit.change c WHERE c.entry_id = e.id)
    FROM audit.entry e WHERE e.id = $1
    """, lane: .protected, takes: Int64.self, row: AuditEntry.init)

  static let changes = Statement(
    "access.audit-changes",
    """
    SELECT relation, row_key, field, before, after FROM audit.field_change
    WHERE entry_id = $1 ORDER BY id, field LIMIT $2
    """, lane: .protected, takes: Int64.self, Int64.self, row: ChangeRow.init)
}
