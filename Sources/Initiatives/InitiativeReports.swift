import Access
import CommandLanguage
import Foundations
import Postgres

/// What staff and scripts ask of initiatives again and again.
enum InitiativeReports {
  static let all = [progress]
  static let statements = [progressStatement.description]

  private static let progress = Command<CommandContext>(
    "report run indicator-progress", "Compare what initiatives have reached with their targets.",
    needs: .capability(.initiativesRead), effect: .read,
    returns: .list(progressStatement.columns),
    example: "report run indicator-progress state=active",
    Parameter<Filter<Code>?>(filter: "initiative", "the initiative's code"),
    Parameter<Filter<InitiativeState>?>(filter: "state", "the initiative's state")
  ) { (context, options, initiative, state) async throws(DomainError) in
    try await context.readPage(
      progressStatement, (initiative, state, options.after, Int64(options.limit + 1)))
  }

  private static let progressStatement = TableStatement(
    "initiatives.report-indicator-progress",
    """
    SELECT i.code, p.code, p.title, p.unit, trim_scale(p.target), trim_scale(p.actual),
      round(100 * p.actual / nullif(p.target, 0), 1)
    FROM initiatives.indicator_progress p JOIN initiatives.initiative i ON i.id = p.initiative_id
    WHERE service.matches(i.code, $1) AND service.matches(i.state, $2)
      AND i.code || ' ' || p.code > coalesce($3, '')
    ORDER BY i.code || ' ' || p.code LIMIT $4
    """, lane: .report, takes: Filter<Code>?.self, Filter<InitiativeState>?.self, String?.self,
    Int64.self,
    columns: [
      .text("initiative"), .text("indicator"), .text("title"), .text("unit"), .number("target"),
      .number("actual"), .number("percent"),
    ], key: ["initiative", "indicator"])
}
