import Access
import CommandLanguage
import Foundations
import Postgres

/// What staff and scripts ask of initiatives again and again.
enum InitiativeReports {
  static let all = [progress, breakdown]
  static let statements = [progressStatement.description, breakdownStatement.description]

  private static let progress = Command<CommandContext>(
    "report run indicator-progress", "Compare what initiatives have reached with their targets.",
    needs: .capability(.initiativesRead), effect: .read,
    returns: .list(progressStatement.columns),
    example: "report run indicator-progress state=active",
    Parameter<Filter<Code>?>(filter: "initiative", "the initiative's code"),
    Parameter<Filter<InitiativeState>?>(filter: "state", "the initiative's state"),
    Parameter<Filter<IndicatorStatus>?>(filter: "status", "how the indicator goes")
  ) { (context, options, initiative, state, status) async throws(DomainError) in
    try await context.readPage(
      progressStatement, (initiative, state, status, options.after, Int64(options.limit + 1)))
  }

  /// Of the page's indicators alone is it computed how they stand: so they are sorted first.
  private static let progressStatement = TableStatement(
    "initiatives.report-indicator-progress",
    """
    SELECT x.initiative, x.code, x.title, x.unit, trim_scale(s.target), trim_scale(s.actual),
      trim_scale(s.approved), s.share, s.status, initiatives.trend(x.id)
    FROM (
      SELECT n.code AS initiative, i.id, i.code, i.title, i.unit, n.code || ' ' || i.code AS key
      FROM initiatives.initiative n JOIN initiatives.indicator i ON i.initiative_id = n.id
      WHERE service.matches(n.code, $1) AND service.matches(n.state, $2)
        AND n.code || ' ' || i.code > coalesce($4, '')
      ORDER BY key OFFSET 0
    ) AS x CROSS JOIN LATERAL initiatives.standing(x.id) s
    WHERE service.matches(s.status, $3) ORDER BY x.key LIMIT $5
    """, lane: .report, takes: Filter<Code>?.self, Filter<InitiativeState>?.self,
    Filter<IndicatorStatus>?.self, String?.self, Int64.self,
    columns: [
      .text("initiative"), .text("indicator"), .text("title"), .text("unit"), .number("target"),
      .number("actual"), .number("approved"), .number("share"), .text("status"),
      .text("trend"),
    ], key: ["initiative", "indicator"])

  private static let breakdown = Command<CommandContext>(
    "report run indicator-breakdown", "Break down what initiatives have reached by dimension.",
    needs: .capability(.initiativesRead), effect: .read,
    returns: .list(breakdownStatement.columns),
    example: "report run indicator-breakdown dimension=country",
    Parameter<Filter<Code>?>(filter: "initiative", "the initiative's code"),
    Parameter<Filter<Code>?>(filter: "indicator", "the indicator's code"),
    Parameter<Filter<Code>?>(filter: "dimension", "what it is broken down by"),
    Parameter<Filter<Code>?>(filter: "category", "and into")
  ) {
    (context, options, initiative, indicator, dimension, category) async throws(DomainError) in
    try await context.readPage(
      breakdownStatement,
      (initiative, indicator, dimension, category, options.after, Int64(options.limit + 1)))
  }

  private static let breakdownStatement = TableStatement(
    "initiatives.report-indicator-breakdown",
    """
    SELECT x.initiative, x.code, x.dimension, x.category, x.unit, trim_scale(s.actual), s.part
    FROM (
      SELECT n.code AS initiative, i.code, c.dimension, c.category, i.unit, c,
        concat_ws(' ', n.code, i.code, c.dimension, c.category) AS key
      FROM initiatives.initiative n JOIN initiatives.indicator i ON i.initiative_id = n.id
      JOIN initiatives.category c ON c.indicator_id = i.id
      WHERE service.matches(n.code, $1) AND service.matches(i.code, $2)
        AND service.matches(c.dimension, $3) AND service.matches(c.category, $4)
        AND concat_ws(' ', n.code, i.code, c.dimension, c.category) > coalesce($5, '')
      ORDER BY key OFFSET 0
    ) AS x CROSS JOIN LATERAL initiatives.standing_in(x.c) s
    ORDER BY x.key LIMIT $6
    """, lane: .report, takes: Filter<Code>?.self, Filter<Code>?.self, Filter<Code>?.self,
    Filter<Code>?.self, String?.self, Int64.self,
    columns: [
      .text("initiative"), .text("indicator"), .text("dimension"), .text("category"),
      .text("unit"), .number("actual"), .number("part"),
    ], key: ["initiative", "indicator", "dimension", "category"])
}
