import Access
import CommandLanguage
import Foundations
import Postgres

/// What staff and the public count again and again.
enum DirectoryReports {
  static let all = [byCountry, byContinent, byState, byYear, network]
  static let statements = [
    byCountryStatement.description, byContinentStatement.description,
    byStateStatement.description, byYearStatement.description, networkStatement.description,
  ]

  private static let byCountry = Command<CommandContext>(
    "report run partnerships-by-country", "Count communities and partnerships by country.",
    needs: .capability(.communitiesRead), effect: .read,
    returns: .list(byCountryStatement.columns),
    example: "report run partnerships-by-country continent=AF",
    Parameter<Filter<CountryCode>?>(filter: "country", "the country"),
    Parameter<Filter<Continent>?>(filter: "continent", "its continent")
  ) { (context, options, country, continent) async throws(DomainError) in
    try await context.readPage(
      byCountryStatement, (country, continent, options.after, Int64(options.limit + 1)))
  }

  private static let byCountryStatement = TableStatement(
    "directory.report-by-country",
    """
    SELECT t.code, t.name, t.continent, count(DISTINCT c.id), count(DISTINCT m.community_id),
      count(DISTINCT l.community_id), count(DISTINCT l.partnership_id),
      count(DISTINCT l.partnership_id) FILTER (WHERE p.state = 'signed'),
      count(DISTINCT l.partnership_id) FILTER (WHERE f.value IS NOT NULL)
    FROM directory.country t
    JOIN directory.community c ON c.country = t.code AND c.merged_into_id IS NULL
    LEFT JOIN directory.memberships_on(current_date, NULL) AS m
      ON m.community_id = c.id AND directory.is_in_standing(m.state)
    LEFT JOIN directory.link l ON l.community_id = c.id
    LEFT JOIN directory.partnership p ON p.id = l.partnership_id
    LEFT JOIN directory.facts_on(current_date, NULL) AS f
      ON f.partnership_id = p.id AND f.fact = 'recognition' AND f.value = 'recognised'
    WHERE service.matches(t.code, $1) AND service.matches(t.continent, $2)
      AND t.code > coalesce($3, '')
    GROUP BY t.code ORDER BY t.code LIMIT $4
    """, lane: .report, takes: Filter<CountryCode>?.self, Filter<Continent>?.self, String?.self,
    Int64.self,
    columns: [
      .text("country"), .text("name"), .text("continent"), .integer("communities"),
      .integer("members"), .integer("with-partners"), .integer("partnerships"),
      .integer("signed"), .integer("recognised"),
    ])

  private static let byContinent = Command<CommandContext>(
    "report run partnerships-by-continent", "Count communities and partnerships by continent.",
    needs: .capability(.communitiesRead), effect: .read,
    returns: .list(byContinentStatement.columns),
    example: "report run partnerships-by-continent"
  ) { (context, options) async throws(DomainError) in
    try await context.readPage(byContinentStatement, (options.after, Int64(options.limit + 1)))
  }

  /// A partnership is counted on the continents of both, and within one where they are the same.
  private static let byContinentStatement = TableStatement(
    "directory.report-by-continent",
    """
    WITH place AS (
      SELECT t.continent, count(DISTINCT t.code) AS countries, count(*) AS communities
      FROM directory.community c JOIN directory.country t ON t.code = c.country
      WHERE c.merged_into_id IS NULL GROUP BY t.continent
    ), pair AS (
      SELECT a.continent AS one, b.continent AS other, count(*) AS n
      FROM directory.current_partnership p
      JOIN directory.country a ON a.code = p.lo_country
      JOIN directory.country b ON b.code = p.hi_country
      GROUP BY a.continent, b.continent
    )
    SELECT x.continent, x.countries, x.communities,
      (SELECT coalesce(sum(n), 0)::bigint FROM pair WHERE x.continent IN (one, other)),
      (SELECT coalesce(sum(n), 0)::bigint FROM pair WHERE x.continent = one AND one = other)
    FROM place x WHERE x.continent > coalesce($1, '') ORDER BY x.continent LIMIT $2
    """, lane: .report, takes: String?.self, Int64.self,
    columns: [
      .text("continent"), .integer("countries"), .integer("communities"),
      .integer("partnerships"), .integer("within-it"),
    ])

  private static let byState = Command<CommandContext>(
    "report run partnerships-by-state", "Count members and partnerships by state or province.",
    needs: .capability(.communitiesRead), effect: .read, returns: .list(byStateStatement.columns),
    example: "report run partnerships-by-state country=CN",
    Parameter<Filter<CountryCode>?>(filter: "country", "the country"),
    Parameter<Filter<String>?>(filter: "state", "the state, province or prefecture")
  ) { (context, options, country, state) async throws(DomainError) in
    try await context.readPage(
      byStateStatement, (country, state, options.after, Int64(options.limit + 1)))
  }

  private static let byStateStatement = TableStatement(
    "directory.report-by-state",
    """
    SELECT c.country, c.region, count(DISTINCT c.id), count(DISTINCT m.community_id),
      count(DISTINCT l.community_id), count(DISTINCT l.partnership_id)
    FROM directory.community c
    LEFT JOIN directory.memberships_on(current_date, NULL) AS m
      ON m.community_id = c.id AND directory.is_in_standing(m.state)
    LEFT JOIN directory.link l ON l.community_id = c.id
    WHERE c.region IS NOT NULL AND c.merged_into_id IS NULL AND service.matches(c.country, $1)
      AND service.matches(c.region, $2) AND c.country || ' ' || c.region > coalesce($3, '')
    GROUP BY c.country, c.region ORDER BY c.country || ' ' || c.region LIMIT $4
    """, lane: .report, takes: Filter<CountryCode>?.self, Filter<String>?.self, String?.self,
    Int64.self,
    columns: [
      .text("country"), .text("state"), .integer("communities"), .integer("members"),
      .integer("with-partners"), .integer("partnerships"),
    ], key: ["country", "state"])

  private static let byYear = Command<CommandContext>(
    "report run partnerships-by-year", "Count partnerships by the year they began or ended in.",
    needs: .capability(.communitiesRead), effect: .read, returns: .list(byYearStatement.columns),
    example: "report run partnerships-by-year year>=1990",
    Parameter<Filter<Int64>?>(filter: "year", "the year"),
    Parameter<Filter<CountryCode>?>(filter: "country", "where either of the two is"),
    Parameter<Filter<PartnershipKind>?>(filter: "kind", "what the two call it")
  ) { (context, options, year, country, kind) async throws(DomainError) in
    try await context.readPage(
      byYearStatement, (year, country, kind, options.after, Int64(options.limit + 1)))
  }

  /// What there is at the end of a year is summed up over all years before it, whichever are shown.
  private static let byYearStatement = TableStatement(
    "directory.report-by-year",
    """
    WITH known AS (
      SELECT extract(year FROM p.starts)::bigint AS began, extract(year FROM p.ends)::bigint AS ended
      FROM directory.partnership p
      WHERE p.starts IS NOT NULL AND p.state IN ('asserted', 'signed', 'terminated')
        AND p.merged_into_id IS NULL AND service.matches(p.kind, $3)
        AND ($2::text[] IS NULL OR directory.matches_either(p.lo_country, p.hi_country, $2))
    ), counted AS (
      SELECT year, sum(began) AS began, sum(ended) AS ended,
        (sum(sum(began) - sum(ended)) OVER (ORDER BY year))::bigint AS there
      FROM (SELECT began AS year, 1 AS began, 0 AS ended FROM known
        UNION ALL SELECT ended, 0, 1 FROM known WHERE ended IS NOT NULL) AS e
      GROUP BY year
    )
    SELECT year, began, ended, there FROM counted
    WHERE service.matches(year::numeric, $1)
      AND year > CASE WHEN $4 ~ '^[0-9]{1,4}$' THEN $4::bigint ELSE 0 END
    ORDER BY year LIMIT $5
    """, lane: .report, takes: Filter<Int64>?.self, Filter<CountryCode>?.self,
    Filter<PartnershipKind>?.self, String?.self, Int64.self,
    columns: [
      .integer("year"), .integer("began"), .integer("ended"), .integer("at-its-end"),
    ])

  private static let network = Command<CommandContext>(
    "report run network-statistics", "Say how the network hangs together: degrees, components.",
    needs: .capability(.communitiesRead), effect: .read, returns: .list(networkStatement.columns),
    example: "report run network-statistics"
  ) { (context, options) async throws(DomainError) in
    try await context.readPage(networkStatement, (options.after, Int64(options.limit + 1)))
  }

  private static let networkStatement = TableStatement(
    "directory.report-network",
    """
    WITH degree AS MATERIALIZED (
      SELECT community_id, count(*) AS degree FROM directory.link GROUP BY community_id
    ), component AS MATERIALIZED (
      SELECT component, count(*) AS size FROM directory.components() GROUP BY component
    ), figure (n, measure, value, note) AS (
      SELECT 1, 'communities', (SELECT count(*) FROM directory.community
        WHERE merged_into_id IS NULL)::numeric, NULL::text
      UNION ALL SELECT 2, 'partnerships', (SELECT count(*) FROM directory.current_partnership), NULL
      UNION ALL SELECT 3, 'communities with partners', (SELECT count(*) FROM degree), NULL
      UNION ALL SELECT 4, 'mean degree', (SELECT round(avg(degree), 2) FROM degree),
        'of those with partners'
      UNION ALL SELECT 5, 'median degree', (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY degree)
        FROM degree), 'of those with partners'
      UNION ALL (SELECT 6, 'highest degree', d.degree, directory.code_of(d.community_id)
        FROM degree d ORDER BY d.degree DESC, d.community_id LIMIT 1)
      UNION ALL SELECT 7, 'components', (SELECT count(*) FROM component), NULL
      UNION ALL SELECT 8, 'largest component', (SELECT max(size) FROM component), 'communities'
      UNION ALL SELECT 9, 'share of the largest component', (SELECT round(max(size) * 100.0 / sum(size), 1)
        FROM component), 'percent of those with partners'
      UNION ALL SELECT 10, 'components of two', (SELECT count(*) FROM component WHERE size = 2), NULL
    )
    SELECT measure, value, note FROM figure
    WHERE n > coalesce((SELECT f.n FROM figure f WHERE f.measure = $1), 0) ORDER BY n LIMIT $2
    """, lane: .report, takes: String?.self, Int64.self,
    columns: [.text("measure"), .number("value"), .text("note")])
}
