import Access
import CommandLanguage
import Foundations
import Postgres

/// An indicator that was added to an initiative.
struct NewIndicator: Sendable {
  let initiative: String
  let code: String
  let target: Decimal
}

/// A report that was added to an indicator.
struct ReportedActual: Sendable {
  let indicator: String
  let amount: Decimal
  let total: Decimal
  let target: Decimal
}

enum IndicatorStatements {
  static let create = Statement(
    "initiatives.indicator-create",
    """
    INSERT INTO initiatives.indicator
      (initiative_id, code, title, unit, target, formula_of, formula_factor)
    VALUES (initiatives.find($1), $2, $3, $4, $5,
      CASE WHEN $6::text IS NOT NULL THEN initiatives.find_indicator($1, $6) END, $7)
    RETURNING $1, code, target
    """, takes: Code.self, Code.self, String.self, String.self, Decimal.self, Code?.self,
    Decimal?.self, row: NewIndicator.init)

  static let report = Statement(
    "initiatives.indicator-report",
    """
    INSERT INTO initiatives.actual (indicator_id, amount, reported_on, note)
    VALUES (initiatives.find_indicator($1, $2), $3, coalesce($4, current_date), $5)
    RETURNING $2, amount,
      amount + (SELECT p.actual FROM initiatives.indicator_progress p WHERE p.id = indicator_id),
      (SELECT i.target FROM initiatives.indicator i WHERE i.id = indicator_id)
    """, takes: Code.self, Code.self, Decimal.self, CalendarDate?.self, String?.self,
    row: ReportedActual.init)

  static let list = TableStatement(
    "initiatives.indicator-list",
    """
    SELECT p.code, p.title, p.unit, trim_scale(p.target), trim_scale(p.actual),
      p.formula_of || ' × ' || trim_scale(p.formula_factor)
    FROM initiatives.indicator_progress p JOIN initiatives.initiative i ON i.id = p.initiative_id
    WHERE i.code = $1 AND p.code > coalesce($2, '') ORDER BY p.code LIMIT $3
    """, lane: .shared, takes: Code.self, String?.self, Int64.self,
    columns: [
      .text("code"), .text("title"), .text("unit"), .number("target"), .number("actual"),
      .text("formula"),
    ])

  static let all = [create.description, report.description, list.description]
}
