import Access
import CommandLanguage
import Foundations
import Postgres

/// What finance asks of funds again and again. Amounts of different currencies are never added.
enum FundReports {
  static let all = [trialBalance, fundBalance]
  static let statements = [trialBalanceStatement.description, fundBalanceStatement.description]

  private static let day = Parameter<CalendarDate?>(
    optional: "on", "as of the end of this day; all that is posted unless said")
  private static let fund = Parameter<Filter<Code>?>(filter: "fund", "the fund's code")

  private static let trialBalance = Command<CommandContext>(
    "report run trial-balance", "Sum up every account's debits and credits; they are equal.",
    needs: .capability(.fundsRead), effect: .read, returns: .list(trialBalanceStatement.columns),
    example: "report run trial-balance fund=PUR-2008", fund,
    Parameter<Filter<Currency>?>(filter: "currency", "the currency"), day
  ) { (context, options, fund, currency, day) async throws(DomainError) in
    try await context.readPage(
      trialBalanceStatement, (fund, currency, day, options.after, Int64(options.limit + 1)))
  }

  private static let trialBalanceStatement = TableStatement(
    "grants.report-trial-balance",
    """
    WITH sums AS (
      SELECT p.fund_id, p.currency, p.account, sum(p.amount) FILTER (WHERE p.amount > 0) AS debit,
        -sum(p.amount) FILTER (WHERE p.amount < 0) AS credit
      FROM grants.posting p
      WHERE ($3::date IS NULL OR p.entry_id IN (
          SELECT e.id FROM grants.entry e WHERE e.effective_on <= $3))
      GROUP BY GROUPING SETS ((p.fund_id, p.currency, p.account), (p.fund_id, p.currency))
    )
    SELECT f.code, s.currency, coalesce(s.account, 'total'),
      service.money_text(coalesce(s.debit, 0)::bigint, s.currency),
      service.money_text(coalesce(s.credit, 0)::bigint, s.currency),
      service.money_text((coalesce(s.debit, 0) - coalesce(s.credit, 0))::bigint, s.currency)
    FROM sums s JOIN grants.fund f ON f.id = s.fund_id
    WHERE service.matches(f.code, $1) AND service.matches(s.currency, $2)
      AND f.code || ' ' || s.currency || ' ' || coalesce(s.account, 'total') > coalesce($4, '')
    ORDER BY f.code || ' ' || s.currency || ' ' || coalesce(s.account, 'total') LIMIT $5
    """, lane: .report, takes: Filter<Code>?.self, Filter<Currency>?.self, CalendarDate?.self,
    String?.self, Int64.self,
    columns: [
      .text("fund"), .text("currency"), .text("account"), .money("debit"), .money("credit"),
      .money("balance"),
    ], key: ["fund", "currency", "account"])

  private static let fundBalance = Command<CommandContext>(
    "report run fund-balance", "Show where each fund's money is, in each of its currencies.",
    needs: .capability(.fundsRead), effect: .read, returns: .list(fundBalanceStatement.columns),
    example: "report run fund-balance on=2008-12-31", fund,
    Parameter<Filter<String>?>(filter: "funder", "who gives the money"), day
  ) { (context, options, fund, funder, day) async throws(DomainError) in
    try await context.readPage(
      fundBalanceStatement, (fund, funder, day, options.after, Int64(options.limit + 1)))
  }

  private static let fundBalanceStatement = TableStatement(
    "grants.report-fund-balance",
    """
    SELECT f.code, f.funder, b.currency, service.money_text(s.received::bigint, b.currency),
      service.money_text(s.exchanged::bigint, b.currency),
      service.money_text(s.reserved::bigint, b.currency),
      service.money_text(s.committed::bigint, b.currency),
      service.money_text(s.spent::bigint, b.currency),
      service.money_text(
        (s.received + s.exchanged - s.reserved - s.committed - s.spent)::bigint, b.currency)
    FROM grants.fund_balance b JOIN grants.fund f ON f.id = b.fund_id
    CROSS JOIN LATERAL (
      SELECT b.received::numeric, b.exchanged::numeric, b.reserved::numeric, b.committed::numeric,
        b.spent::numeric
      WHERE $3::date IS NULL
      UNION ALL
      SELECT coalesce(sum(x.received), 0), coalesce(sum(x.exchanged), 0),
        coalesce(sum(x.reserved), 0), coalesce(sum(x.committed), 0), coalesce(sum(x.spent), 0)
      FROM grants.posting_effect x JOIN grants.entry e ON e.id = x.entry_id
      WHERE x.fund_id = b.fund_id AND x.currency = b.currency AND e.effective_on <= $3
      HAVING $3::date IS NOT NULL) AS s
    WHERE service.matches(f.code, $1) AND service.matches(f.funder, $2)
      AND f.code || ' ' || b.currency > coalesce($4, '')
    ORDER BY f.code || ' ' || b.currency LIMIT $5
    """, lane: .report, takes: Filter<Code>?.self, Filter<String>?.self, CalendarDate?.self,
    String?.self, Int64.self,
    columns: [
      .text("fund"), .text("funder"), .text("currency"), .money("received"),
      .money("exchanged"), .money("reserved"), .money("committed"), .money("spent"),
      .money("available"),
    ], key: ["fund", "currency"])
}
