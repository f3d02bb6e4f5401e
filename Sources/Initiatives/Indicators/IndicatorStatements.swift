import Access
import CommandLanguage
import Foundations
import Postgres

enum IndicatorStatements {
  static let create = Statement(
    "initiatives.indicator-create",
    """
    SELECT initiative, indicator, result FROM initiatives.create_indicator(
      $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    """, takes: Code.self, Code.self, String.self, String.self, IndicatorResult.self,
    IndicatorMeasure.self, IndicatorAggregation.self, IndicatorDirection.self, Decimal?.self,
    CalendarDate?.self, String?.self, Decimal?.self, CalendarDate?.self, CalendarDate?.self,
    [String].self, [String].self, row: IndicatorChange.init)

  static let update = Statement(
    "initiatives.indicator-update",
    """
    UPDATE initiatives.indicator SET title = coalesce($3, title), unit = coalesce($4, unit),
      result = coalesce($5, result), baseline = coalesce($6, baseline),
      baseline_on = coalesce($7, baseline_on), baseline_note = coalesce($8, baseline_note)
    WHERE id = initiatives.find_indicator($1, $2) RETURNING $1, code, result
    """, takes: Code.self, Code.self, String?.self, String?.self, IndicatorResult?.self,
    Decimal?.self, CalendarDate?.self, String?.self, row: IndicatorChange.init)

  static let changeFormula = Statement(
    "initiatives.indicator-change-formula",
    "SELECT initiative, indicator, formula FROM initiatives.change_formula($1, $2, $3, $4)",
    takes: Code.self, Code.self, [String].self, [String].self, row: FormulaChange.init)

  static let remove = Statement(
    "initiatives.indicator-remove",
    "SELECT initiative, indicator, result FROM initiatives.remove_indicator($1, $2)",
    takes: Code.self, Code.self, row: IndicatorChange.init)

  static let find = Statement(
    "initiatives.indicator-find", "SELECT initiatives.find_indicator($1, $2)",
    takes: Code.self, Code.self, row: { (id: Int64) in id })

  static let show = TableStatement(
    "initiatives.indicator-show",
    """
    SELECT n.code, i.code, i.title, i.unit, i.result, i.measure, i.aggregation, i.direction,
      initiatives.formula_of(i.id), trim_scale(i.baseline), i.baseline_on, i.baseline_note,
      s.starts, s.ends, trim_scale(s.target), trim_scale(s.actual), trim_scale(s.approved),
      s.share, s.status, initiatives.trend(i.id)
    FROM initiatives.initiative n JOIN initiatives.indicator i ON i.initiative_id = n.id
    CROSS JOIN LATERAL initiatives.standing(i.id) s
    WHERE n.code = $1 AND i.code = $2
    """, lane: .shared, takes: Code.self, Code.self,
    columns: [
      .text("initiative"), .text("code"), .text("title"), .text("unit"), .text("result"),
      .text("measure"), .text("aggregation"), .text("direction"), .text("formula"),
      .number("baseline"), .date("baseline-on"), .text("baseline-note"), .date("starts"),
      .date("ends"), .number("target"), .number("actual"), .number("approved"),
      .number("share"), .text("status"), .text("trend"),
    ])

  static let periods = TableStatement(
    "initiatives.indicator-periods",
    """
    SELECT p.starts, p.ends, trim_scale(p.target), trim_scale(p.actual), trim_scale(p.approved),
      p.share, p.status, p.state, p.approved_by
    FROM initiatives.initiative n JOIN initiatives.indicator i ON i.initiative_id = n.id
    CROSS JOIN LATERAL initiatives.periods_of(i.id) p
    WHERE n.code = $1 AND i.code = $2 ORDER BY p.starts
    """, lane: .shared, takes: Code.self, Code.self,
    columns: [
      .date("starts"), .date("ends"), .number("target"), .number("actual"),
      .number("approved"), .number("share"), .text("status"), .text("state"),
      .text("approved-by"),
    ])

  static let breakdown = TableStatement(
    "initiatives.indicator-breakdown",
    """
    SELECT c.dimension, c.category, trim_scale(s.actual), s.part
    FROM initiatives.initiative n JOIN initiatives.indicator i ON i.initiative_id = n.id
    JOIN initiatives.category c ON c.indicator_id = i.id
    CROSS JOIN LATERAL initiatives.standing_in(c) s
    WHERE n.code = $1 AND i.code = $2 ORDER BY c.dimension, c.category
    """, lane: .shared, takes: Code.self, Code.self,
    columns: [.text("dimension"), .text("category"), .number("actual"), .number("part")])

  static let list = TableStatement(
    "initiatives.indicator-list",
    """
    SELECT i.code, i.title, i.unit, i.result, trim_scale(s.target), trim_scale(s.actual),
      trim_scale(s.approved), s.share, initiatives.formula_of(i.id)
    FROM initiatives.initiative n JOIN initiatives.indicator i ON i.initiative_id = n.id
    CROSS JOIN LATERAL initiatives.standing(i.id) s
    WHERE n.code = $1 AND i.code > coalesce($2, '') ORDER BY i.code LIMIT $3
    """, lane: .shared, takes: Code.self, String?.self, Int64.self,
    columns: [
      .text("code"), .text("title"), .text("unit"), .text("result"), .number("target"),
      .number("actual"), .number("approved"), .number("share"), .text("formula"),
    ])

  static let all = [
    create.description, update.description, changeFormula.description, remove.description,
    find.description,
    show.description, periods.description, breakdown.description, list.description,
  ]
}
