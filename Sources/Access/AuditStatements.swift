import CommandLanguage
import Foundations
import Postgres

/// Reads of the audit, all under row-level security: an entry about a minor, or about who has
/// registered, is there only for those who may read that anyway.
enum AuditStatements {
  private static let columns: [Column] = [
    .integer("entry"), .timestamp("at"), .text("principal"), .text("command"), .text("request"),
    .text("key"), .integer("changes"),
  ]
  static let changeColumns: [Column] = [
    .text("table"), .text("row"), .text("field"), .text("before"), .text("after"),
  ]

  static let list = TableStatement(
    "access.audit-list",
    """
    SELECT e.id, service.timestamp_text(e.at), e.principal, e.command, e.request, e.request_key,
      (SELECT count(*) FROM audit.change c WHERE c.entry_id = e.id)
    FROM audit.entry e
    WHERE service.matches(e.principal, $1) AND service.matches(e.command, $2)
      AND service.matches((e.at AT TIME ZONE 'UTC')::date, $3)
      AND e.id < coalesce($4, 9223372036854775807)
    ORDER BY e.id DESC LIMIT $5
    """, lane: .protected, takes: Filter<Code>?.self, Filter<String>?.self,
    Filter<CalendarDate>?.self, Int64?.self, Int64.self, columns: columns)

  static let refusals = TableStatement(
    "access.audit-refusals",
    """
    SELECT id, service.timestamp_text(minute), source, nullif(principal, ''), command, code,
      nullif(reason, ''), count
    FROM access.refusal
    WHERE service.matches(source, $1) AND service.matches(principal, $2)
      AND service.matches(code, $3) AND service.matches((minute AT TIME ZONE 'UTC')::date, $4)
      AND id < coalesce($5, 9223372036854775807)
    ORDER BY id DESC LIMIT $6
    """, takes: Filter<String>?.self, Filter<String>?.self, Filter<String>?.self,
    Filter<CalendarDate>?.self, Int64?.self, Int64.self,
    columns: [
      .integer("refusal"), .timestamp("minute"), .text("source"), .text("principal"),
      .text("command"), .text("code"), .text("reason"), .integer("count"),
    ])

  static let show = TableStatement(
    "access.audit-show",
    """
    SELECT e.id, service.timestamp_text(e.at), e.principal, e.command, e.request, e.request_key,
      (SELECT count(*) FROM audit.change c WHERE c.entry_id = e.id)
    FROM audit.entry e WHERE e.id = $1
    """, lane: .protected, takes: Int64.self, columns: columns)

  static let changes = TableStatement(
    "access.audit-changes",
    """
    SELECT relation, row_key, field, before, after FROM audit.field_change
    WHERE entry_id = $1 ORDER BY id, field LIMIT $2
    """, lane: .protected, takes: Int64.self, Int64.self, columns: changeColumns)
}
