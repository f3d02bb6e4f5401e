import Access
import CommandLanguage
import Foundations
import Postgres

enum CostShareStatements {
  static let record = Statement(
    "grants.cost-share-record",
    """
    SELECT number, currency, given, promised
    FROM grants.record_contribution($1, $2, $3, $4, $5, $6)
    """, takes: GrantNumber.self, ContributionKind.self, Int64.self, Currency.self, String.self,
    CalendarDate?.self, row: ContributionChange.init)

  static let strike = Statement(
    "grants.cost-share-strike",
    "SELECT number, currency, given, promised FROM grants.strike_contribution($1, $2)",
    takes: ContributionNumber.self, String.self, row: ContributionChange.init)

  static let waive = Statement(
    "grants.cost-share-waive",
    "SELECT number, state, currency, awarded, available FROM grants.waive_match($1, $2)",
    takes: GrantNumber.self, String.self, row: GrantChange.init)

  static let list = TableStatement(
    "grants.cost-share-list",
    """
    SELECT c.number, g.number, c.kind, service.money_text(c.amount, c.currency), c.given_on, c.what,
      c.recorded_by, c.struck
    FROM grants.contribution c JOIN grants.grant g ON g.id = c.grant_id
    WHERE service.matches(g.number, $1) AND service.matches(c.kind, $2)
      AND service.matches(c.given_on, $3) AND c.number > coalesce($4, '')
    ORDER BY c.number LIMIT $5
    """, takes: Filter<GrantNumber>?.self, Filter<ContributionKind>?.self,
    Filter<CalendarDate>?.self, String?.self, Int64.self,
    columns: [
      .text("number"), .text("grant"), .text("kind"), .money("amount"), .date("on"),
      .text("what"), .text("recorded-by"), .text("struck"),
    ])

  static let all = [
    record.description, strike.description, waive.description, list.description,
  ]
}
