import Access
import CommandLanguage
import Foundations
import Postgres

/// Partnerships that somebody should see to.
enum PartnershipReports {
  static let all = [dormant, unconfirmed, unsigned]
  static let statements = [
    dormantStatement.description, unconfirmedStatement.description, unsignedStatement.description,
  ]

  private static let dormant = Command<CommandContext>(
    "report run partnerships-dormant", "List partnerships without any contact for so many years.",
    needs: .capability(.communitiesRead), effect: .read, returns: .list(dormantStatement.columns),
    example: "report run partnerships-dormant years=2",
    Parameter<Int64>("years", "for how many years", default: 5, shown: "5"),
    Parameter<Filter<CountryCode>?>(filter: "country", "where either of the two is"),
    Parameter<Filter<PartnershipState>?>(filter: "state", "how far they have come")
  ) { (context, options, years, country, state) async throws(DomainError) in
    guard (1...1_000).contains(years) else {
      throw DomainError(.badValue, "years is from 1 to 1000, not \(years)", argument: "years")
    }
    return try await context.readPage(
      dormantStatement, (years, country, state, options.after, Int64(options.limit + 1)))
  }

  private static let dormantStatement = TableStatement(
    "directory.report-dormant",
    """
    SELECT p.number, p.lo, p.lo_country, p.hi, p.hi_country, p.state, p.starts, e.last,
      directory.fact_on(p.id, 'activity', current_date)
    FROM directory.current_partnership x JOIN directory.partnership_record p ON p.id = x.id
    CROSS JOIN LATERAL (SELECT max(v.happened_on) AS last FROM directory.partnership_event v
      WHERE v.partnership_id = p.id) AS e
    WHERE coalesce(e.last, p.starts, '-infinity') < current_date - make_interval(years => $1::int)
      AND ($2::text[] IS NULL OR directory.matches_either(p.lo_country, p.hi_country, $2))
      AND service.matches(p.state, $3)
      AND p.id > coalesce(substring($4 from '^PS-([0-9]{1,15})$')::bigint, 0)
    ORDER BY p.id LIMIT $5
    """, lane: .report, takes: Int64.self, Filter<CountryCode>?.self,
    Filter<PartnershipState>?.self, String?.self, Int64.self,
    columns: [
      .text("number"), .text("a"), .text("a-country"), .text("b"), .text("b-country"),
      .text("state"), .date("starts"), .date("last-contact"), .text("activity"),
    ])

  private static let unconfirmed = Command<CommandContext>(
    "report run partnerships-unconfirmed", "List partnerships that not both ends have confirmed.",
    needs: .capability(.communitiesRead), effect: .read,
    returns: .list(unconfirmedStatement.columns),
    example: "report run partnerships-unconfirmed country=JP",
    Parameter<Filter<CountryCode>?>(filter: "country", "where either of the two is"),
    Parameter<Filter<Code>?>(filter: "awaiting", "a community that has not said it")
  ) { (context, options, country, awaiting) async throws(DomainError) in
    try await context.readPage(
      unconfirmedStatement, (country, awaiting, options.after, Int64(options.limit + 1)))
  }

  private static let unconfirmedStatement = TableStatement(
    "directory.report-unconfirmed",
    """
    SELECT p.number, p.lo, p.lo_country, p.hi, p.hi_country, p.state, w.awaiting, w.sources
    FROM directory.current_partnership x JOIN directory.partnership_record p ON p.id = x.id
    CROSS JOIN LATERAL (
      SELECT concat_ws(',', CASE WHEN NOT coalesce(bool_or(a.community_id = p.lo_id), false)
          THEN p.lo END, CASE WHEN NOT coalesce(bool_or(a.community_id = p.hi_id), false)
          THEN p.hi END) AS awaiting,
        count(a.source_id) AS sources
      FROM directory.assertion a WHERE a.partnership_id = p.id AND a.stance = 'exists'
    ) AS w
    CROSS JOIN (SELECT directory.follow($2) OFFSET 0) AS wanted (codes)
    WHERE w.awaiting <> ''
      AND ($1::text[] IS NULL OR directory.matches_either(p.lo_country, p.hi_country, $1))
      AND ($2::text[] IS NULL OR directory.matches_either(split_part(w.awaiting, ',', 1),
        nullif(split_part(w.awaiting, ',', 2), ''), wanted.codes))
      AND p.id > coalesce(substring($3 from '^PS-([0-9]{1,15})$')::bigint, 0)
    ORDER BY p.id LIMIT $4
    """, lane: .report, takes: Filter<CountryCode>?.self, Filter<Code>?.self, String?.self,
    Int64.self,
    columns: [
      .text("number"), .text("a"), .text("a-country"), .text("b"), .text("b-country"),
      .text("state"), .text("awaiting"), .integer("sources"),
    ])

  private static let unsigned = Command<CommandContext>(
    "report run partnerships-unsigned", "List partnerships whose second signature is awaited.",
    needs: .capability(.communitiesRead), effect: .read,
    returns: .list(unsignedStatement.columns), example: "report run partnerships-unsigned",
    Parameter<Bool?>(optional: "overdue", "only those whose day has passed, or the others")
  ) { (context, options, isOverdue) async throws(DomainError) in
    try await context.readPage(
      unsignedStatement, (isOverdue, options.after, Int64(options.limit + 1)))
  }

  private static let unsignedStatement = TableStatement(
    "directory.report-unsigned",
    """
    SELECT p.number, p.lo, p.hi, p.state, a.title, CASE s.community_id WHEN p.lo_id THEN p.hi
      ELSE p.lo END, a.pending_until, CASE WHEN o.is_overdue THEN 'yes' ELSE 'no' END
    FROM directory.partnership_record p
    JOIN directory.agreement a ON a.id = (SELECT max(x.id) FROM directory.agreement x
      WHERE x.partnership_id = p.id)
    JOIN LATERAL (SELECT min(x.community_id) AS community_id FROM directory.signature x
      WHERE x.agreement_id = a.id AND x.is_highest HAVING count(*) = 1) AS s ON true
    CROSS JOIN LATERAL (SELECT coalesce(a.pending_until < current_date, false))
      AS o (is_overdue)
    WHERE p.state NOT IN ('terminated', 'withdrawn') AND p.merged_into_id IS NULL
      AND ($1::boolean IS NULL OR o.is_overdue = $1)
      AND p.id > coalesce(substring($2 from '^PS-([0-9]{1,15})$')::bigint, 0)
    ORDER BY p.id LIMIT $3
    """, lane: .report, takes: Bool?.self, String?.self, Int64.self,
    columns: [
      .text("number"), .text("a"), .text("b"), .text("state"), .text("agreement"),
      .text("awaits"), .date("until"), .text("overdue"),
    ])
}
