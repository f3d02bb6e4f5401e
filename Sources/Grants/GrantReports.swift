import Access
import CommandLanguage
import Foundations
import Postgres

/// What staff and scripts ask of grants again and again.
enum GrantReports {
  static let all = [awards, paymentsDue, reportsOverdue]
  static let statements = [
    awardsStatement.description, paymentsDueStatement.description,
    reportsOverdueStatement.description,
  ]

  private static let awards = Command<CommandContext>(
    "report run awards-by-country", "Sum up grants by year, country and currency.",
    needs: .capability(.grantsRead), effect: .read, returns: .list(awardsStatement.columns),
    example: "report run awards-by-country year>=2008",
    Parameter<Filter<Int64>?>(filter: "year", "the year they were offered"),
    Parameter<Filter<CountryCode>?>(filter: "country", "the recipient's country"),
    Parameter<Filter<Currency>?>(filter: "currency", "their currency")
  ) { (context, options, year, country, currency) async throws(DomainError) in
    try await context.readPage(
      awardsStatement, (year, country, currency, options.after, Int64(options.limit + 1)))
  }

  private static let awardsStatement = TableStatement(
    "grants.report-awards-by-country",
    """
    SELECT g.year::bigint, c.country, g.currency, count(*),
      count(*) FILTER (WHERE g.state = 'closed'),
      service.money_text(sum(b.awarded - b.deobligated)::bigint, g.currency),
      service.money_text(sum(b.disbursed - b.refunded)::bigint, g.currency)
    FROM grants.grant g JOIN grants.grant_balance b ON b.grant_id = g.id
    JOIN directory.community c ON c.id = g.community_id
    WHERE g.state NOT IN ('declined', 'lapsed') AND service.matches(g.year::numeric, $1)
      AND service.matches(c.country, $2) AND service.matches(g.currency, $3)
    GROUP BY g.year, c.country, g.currency
    HAVING g.year || ' ' || c.country || ' ' || g.currency > coalesce($4, '')
    ORDER BY g.year || ' ' || c.country || ' ' || g.currency LIMIT $5
    """, lane: .report, takes: Filter<Int64>?.self, Filter<CountryCode>?.self,
    Filter<Currency>?.self, String?.self, Int64.self,
    columns: [
      .integer("year"), .text("country"), .text("currency"), .integer("grants"),
      .integer("closed"), .money("awarded"), .money("disbursed"),
    ], key: ["year", "country", "currency"])

  private static let paymentsDue = Command<CommandContext>(
    "report run payments-due", "Sum up the payments that are still to be made, by month.",
    needs: .capability(.grantsRead), effect: .read, returns: .list(paymentsDueStatement.columns),
    example: "report run payments-due due<=2030-12-31",
    Parameter<Filter<CalendarDate>?>(filter: "due", "the day they are due"),
    Parameter<Filter<Code>?>(filter: "fund", "the code of a fund that pays")
  ) { (context, options, due, fund) async throws(DomainError) in
    try await context.readPage(
      paymentsDueStatement, (due, fund, options.after, Int64(options.limit + 1)))
  }

  private static let paymentsDueStatement = TableStatement(
    "grants.report-payments-due",
    """
    SELECT to_char(p.due, 'YYYY-MM'), p.currency, count(*),
      count(*) FILTER (WHERE p.due < current_date),
      service.money_text(sum(p.amount)::bigint, p.currency)
    FROM grants.payment p
    WHERE grants.is_open_payment(p.state) AND service.matches(p.due, $1)
      AND ($2::text[] IS NULL OR grants.matches_any(ARRAY(
        SELECT f.code FROM grants.split s JOIN grants.fund f ON f.id = s.fund_id
        WHERE s.grant_id = p.grant_id), $2))
    GROUP BY to_char(p.due, 'YYYY-MM'), p.currency
    HAVING to_char(p.due, 'YYYY-MM') || ' ' || p.currency > coalesce($3, '')
    ORDER BY to_char(p.due, 'YYYY-MM') || ' ' || p.currency LIMIT $4
    """, lane: .report, takes: Filter<CalendarDate>?.self, Filter<Code>?.self, String?.self,
    Int64.self,
    columns: [
      .text("month"), .text("currency"), .integer("payments"), .integer("overdue"),
      .money("amount"),
    ], key: ["month", "currency"])

  private static let reportsOverdue = Command<CommandContext>(
    "report run reports-overdue", "List the reports that recipients owe, the latest first.",
    needs: .capability(.grantsRead), effect: .read,
    returns: .list(reportsOverdueStatement.columns), example: "report run reports-overdue days>=30",
    Parameter<Filter<Int64>?>(filter: "days", "how late they are")
  ) { (context, options, days) async throws(DomainError) in
    try await context.readPage(
      reportsOverdueStatement, (days, options.after, Int64(options.limit + 1)))
  }

  private static let reportsOverdueStatement = TableStatement(
    "grants.report-reports-overdue",
    """
    SELECT due, number, grant_number, community, kind, state, days_late::bigint
    FROM grants.report_record
    WHERE is_overdue AND service.matches(days_late::numeric, $1)
      AND due || ' ' || number > coalesce($2, '')
    ORDER BY due || ' ' || number LIMIT $3
    """, lane: .report, takes: Filter<Int64>?.self, String?.self, Int64.self,
    columns: [
      .date("due"), .text("number"), .text("grant"), .text("community"), .text("kind"),
      .text("state"), .integer("days"),
    ], key: ["due", "number"])
}
