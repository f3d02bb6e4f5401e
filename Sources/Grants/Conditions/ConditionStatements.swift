import Access
import CommandLanguage
import Foundations
import Postgres

enum ConditionStatements {
  static let add = Statement(
    "grants.condition-add",
    "SELECT number, state FROM grants.add_condition($1, $2, $3, $4, $5)",
    takes: GrantNumber.self, ConditionKind.self, String.self, PaymentNumber?.self,
    CalendarDate?.self, row: ConditionChange.init)

  static let meet = Statement(
    "grants.condition-meet", "SELECT number, state FROM grants.meet_condition($1, $2, $3)",
    takes: ConditionNumber.self, String?.self, CalendarDate?.self, row: ConditionChange.init)

  static let waive = Statement(
    "grants.condition-waive", "SELECT number, state FROM grants.waive_condition($1, $2)",
    takes: ConditionNumber.self, String.self, row: ConditionChange.init)

  static let list = TableStatement(
    "grants.condition-list",
    """
    SELECT c.number, g.number, c.kind, c.state, c.says, p.number, c.due, c.ended_on, c.ended_by,
      c.note
    FROM grants.condition c JOIN grants.grant g ON g.id = c.grant_id
    LEFT JOIN grants.payment p ON p.id = c.payment_id
    WHERE service.matches(g.number, $1) AND service.matches(c.kind, $2)
      AND service.matches(c.state, $3) AND service.matches(c.due, $4)
      AND c.number > coalesce($5, '')
    ORDER BY c.number LIMIT $6
    """, takes: Filter<GrantNumber>?.self, Filter<ConditionKind>?.self,
    Filter<ConditionState>?.self, Filter<CalendarDate>?.self, String?.self, Int64.self,
    columns: [
      .text("number"), .text("grant"), .text("kind"), .text("state"), .text("condition"),
      .text("payment"), .date("due"), .date("ended"), .text("by"), .text("note"),
    ])

  static let all = [add.description, meet.description, waive.description, list.description]
}
