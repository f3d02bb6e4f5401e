import Access
import CommandLanguage
import Foundations
import Postgres

enum ActualStatements {
  static let report = Statement(
    "initiatives.actual-report",
    """
    SELECT number, indicator, reported, state
    FROM initiatives.report($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    """, takes: Code.self, Code.self, ReportedAmount.self, CalendarDate?.self, Code?.self,
    String?.self, String?.self, String?.self, [PartArgument].self, Bool.self, Bool.self,
    row: ActualChange.init)

  static let update = Statement(
    "initiatives.actual-update",
    """
    SELECT number, indicator, reported, state
    FROM initiatives.change_actual($1, $2, $3, $4, $5, $6, $7, $8, $9)
    """, takes: ActualNumber.self, ReportedAmount?.self, CalendarDate?.self, Code?.self,
    String?.self, String?.self, String?.self, [PartArgument].self, Bool?.self,
    row: ActualChange.init)

  static let changeState = Statement(
    "initiatives.actual-change-state",
    """
    SELECT number, indicator, reported, state FROM initiatives.change_actual_state($1, $2, $3)
    """, takes: ActualNumber.self, ActualState.self, String?.self, row: ActualChange.init)

  static let remove = Statement(
    "initiatives.actual-remove",
    "SELECT number, indicator, reported, state FROM initiatives.remove_actual($1)",
    takes: ActualNumber.self, row: ActualChange.init)

  static let show = TableStatement(
    "initiatives.actual-show",
    """
    SELECT a.number, n.code, i.code, a.achieved_on,
      initiatives.amount_text(a.amount, a.denominator), i.unit, c.code, a.contributor, a.evidence,
      a.note, CASE WHEN a.is_incomplete THEN 'yes' ELSE 'no' END, a.state, a.changed_by,
      service.timestamp_text(a.changed_at), a.submitted_by,
      service.timestamp_text(a.submitted_at), a.approved_by,
      service.timestamp_text(a.approved_at), a.returned_by, a.returned_because, a.revision
    FROM initiatives.actual a JOIN initiatives.indicator i ON i.id = a.indicator_id
    JOIN initiatives.initiative n ON n.id = i.initiative_id
    LEFT JOIN directory.community c ON c.id = a.community_id
    WHERE a.number = $1
    """, lane: .shared, takes: ActualNumber.self,
    columns: [
      .text("number"), .text("initiative"), .text("indicator"), .date("on"), .text("amount"),
      .text("unit"), .text("community"), .text("contributor"), .text("evidence"), .text("note"),
      .text("incomplete"), .text("state"), .text("changed-by"), .timestamp("changed-at"),
      .text("submitted-by"), .timestamp("submitted-at"), .text("approved-by"),
      .timestamp("approved-at"), .text("returned-by"), .text("returned-because"),
      .integer("revision"),
    ])

  static let find = Statement(
    "initiatives.actual-find", "SELECT initiatives.find_actual($1)",
    takes: ActualNumber.self, row: { (id: Int64) in id })

  static let parts = TableStatement(
    "initiatives.actual-parts",
    """
    SELECT p.dimension, p.category, initiatives.amount_text(p.amount, p.denominator)
    FROM initiatives.part p JOIN initiatives.actual a ON a.id = p.actual_id
    WHERE a.number = $1 ORDER BY p.dimension, p.category
    """, lane: .shared, takes: ActualNumber.self,
    columns: [.text("dimension"), .text("category"), .text("amount")])

  /// In the order of their numbers, whatever their lengths.
  static let list = TableStatement(
    "initiatives.actual-list",
    """
    SELECT a.number, n.code, i.code, a.achieved_on,
      initiatives.amount_text(a.amount, a.denominator), coalesce(c.code, a.contributor), a.state,
      a.submitted_by, a.approved_by
    FROM initiatives.actual a JOIN initiatives.indicator i ON i.id = a.indicator_id
    JOIN initiatives.initiative n ON n.id = i.initiative_id
    LEFT JOIN directory.community c ON c.id = a.community_id
    WHERE service.matches(n.code, $1) AND service.matches(i.code, $2)
      AND service.matches(a.state, $3) AND service.matches(coalesce(c.code, a.contributor), $4)
      AND service.matches(a.achieved_on, $5) AND service.matches(a.submitted_by, $6)
      AND (length(a.number), a.number) > (length(coalesce($7, '')), coalesce($7, ''))
    ORDER BY length(a.number), a.number LIMIT $8
    """, takes: Filter<Code>?.self, Filter<Code>?.self, Filter<ActualState>?.self,
    Filter<String>?.self, Filter<CalendarDate>?.self, Filter<String>?.self, String?.self,
    Int64.self,
    columns: [
      .text("number"), .text("initiative"), .text("indicator"), .date("on"), .text("amount"),
      .text("contributor"), .text("state"), .text("submitted-by"), .text("approved-by"),
    ])

  static let all = [
    report.description, update.description, changeState.description, remove.description,
    show.description, find.description, parts.description, list.description,
  ]
}
