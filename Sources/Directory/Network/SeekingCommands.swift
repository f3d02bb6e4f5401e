import Access
import CommandLanguage
import Foundations
import Postgres

/// Communities that seek a partner, and who suits them.
enum SeekingCommands {
  static let all = [seek, stop, list, candidates]
  static let statements = [
    seekStatement.description, stopStatement.description, listStatement.description,
    candidatesStatement.description,
  ]

  private static let community = Parameter<Code>("community", "the community's code")

  private static let seek = Command<CommandContext>(
    "community seek", "Note that a community seeks a partner, and what one.",
    needs: .capability(.communitiesManage), effect: .write, returns: .done(["code", "name"]),
    errors: [.missingCommunity],
    example: "community seek houston continents=AF,AS themes=water min-population=500000",
    community,
    Parameter<[CountryCode]>(list: "countries", "where it is to be; anywhere, if not given"),
    Parameter<[Continent]>(list: "continents", "or on which continents"),
    Parameter<Int64?>(optional: "min-population", "how many people are to live there, at least"),
    Parameter<Int64?>(optional: "max-population", "and at most"),
    Parameter<[Theme]>(list: "themes", "what it is to be about"),
    Parameter<String?>(optional: "note", "anything else")
  ) {
    (context, _, community, countries, continents, min, max, themes, note)
      async throws(DomainError) in
    try await context.write(
      seekStatement, (community, countries, continents, min, max, themes, note)
    ) { $0.pairs }
  }

  private static let stop = Command<CommandContext>(
    "community stop-seeking", "Note that a community seeks no partner any more.",
    needs: .capability(.communitiesManage), effect: .write, returns: .done(["code", "name"]),
    errors: [.missingCommunity, .notSeeking], example: "community stop-seeking urbana", community
  ) { (context, _, community) async throws(DomainError) in
    try await context.write(stopStatement, community) { $0.pairs }
  }

  private static let list = Command<CommandContext>(
    "directory seeking", "List the communities that seek a partner, and what one.",
    needs: .capability(.communitiesRead), effect: .read, returns: .list(listStatement.columns),
    example: "directory seeking country=US",
    Parameter<Filter<CountryCode>?>(filter: "country", "where they are"),
    Parameter<Theme?>(optional: "theme", "what it is to be about")
  ) { (context, options, country, theme) async throws(DomainError) in
    try await context.readPage(
      listStatement, (country, theme, options.after, Int64(options.limit + 1)))
  }

  private static let candidates = Command<CommandContext>(
    "directory candidates", "Rank those that seek a partner by how they suit a community.",
    needs: .capability(.communitiesRead), effect: .read,
    returns: .list(candidatesStatement.columns), errors: [.missingCommunity],
    example: "directory candidates urbana", community
  ) { (context, options, community) async throws(DomainError) in
    try await context.readPage(
      candidatesStatement, (community, options.after, Int64(options.limit + 1)), of: community,
      orRefuse: CommunityStatements.find)
  }

  private static let seekStatement = Statement(
    "directory.community-seek",
    """
    WITH c AS (
      SELECT id, code, name FROM directory.community WHERE id = directory.find_community($1)
    ), new AS (
      INSERT INTO directory.seeking (community_id, countries, continents, min_population,
        max_population, themes, note)
      SELECT c.id, $2, $3, $4, $5, $6, $7 FROM c
      ON CONFLICT ON CONSTRAINT seeking_pkey DO UPDATE SET countries = EXCLUDED.countries,
        continents = EXCLUDED.continents, min_population = EXCLUDED.min_population,
        max_population = EXCLUDED.max_population, themes = EXCLUDED.themes, note = EXCLUDED.note
      RETURNING community_id
    )
    SELECT c.code, c.name FROM c, new
    """, takes: Code.self, [CountryCode].self, [Continent].self, Int64?.self, Int64?.self,
    [Theme].self, String?.self, row: CommunityChange.init)

  private static let stopStatement = Statement(
    "directory.community-stop-seeking", "SELECT code, name FROM directory.stop_seeking($1)",
    takes: Code.self, row: CommunityChange.init)

  private static let listStatement = TableStatement(
    "directory.seeking",
    """
    SELECT c.code, c.name, c.country, c.population, s.since,
      nullif(array_to_string(s.countries || s.continents, ','), ''), s.min_population,
      s.max_population, nullif(array_to_string(s.themes, ','), ''), s.note
    FROM directory.seeking s JOIN directory.community c ON c.id = s.community_id
    WHERE service.matches(c.country, $1) AND ($2::text IS NULL OR $2 = ANY (s.themes))
      AND c.code > coalesce($3, '')
    ORDER BY c.code LIMIT $4
    """, takes: Filter<CountryCode>?.self, Theme?.self, String?.self, Int64.self,
    columns: [
      .text("code"), .text("name"), .text("country"), .integer("population"), .date("since"),
      .text("places"), .integer("min-population"), .integer("max-population"), .text("themes"),
      .text("note"),
    ])

  /// Those in other countries that are no partners yet. First come those of which each is what the
  /// other seeks, then those that the community seeks, then those that seek such a one; among them
  /// those with the most themes in common, of the likest size, with the fewest partners.
  private static let candidatesStatement = TableStatement(
    "directory.candidates",
    """
    WITH own AS (
      SELECT c.id, c.country, c.population, t.continent, w AS wish
      FROM directory.community c JOIN directory.country t ON t.code = c.country
      LEFT JOIN directory.seeking w ON w.community_id = c.id
      WHERE c.id = directory.id_of($1)
    ), candidate AS (
      SELECT c.code, c.name, c.country, c.region, c.population, o.population AS own_population,
        (o.wish).community_id IS NOT NULL
          AND directory.suits(o.wish, c.country, t.continent, c.population) AS is_sought,
        directory.suits(s, o.country, o.continent, o.population) AS seeks_such,
        ARRAY(SELECT unnest((o.wish).themes) INTERSECT SELECT unnest(s.themes) ORDER BY 1)
          AS shared,
        (SELECT count(*) FROM directory.link l WHERE l.community_id = c.id) AS partners
      FROM own o JOIN directory.seeking s ON s.community_id <> o.id
      JOIN directory.community c ON c.id = s.community_id AND c.country <> o.country
      JOIN directory.country t ON t.code = c.country
      WHERE NOT EXISTS (SELECT FROM directory.partnership p
        WHERE p.lo_id = least(o.id, c.id) AND p.hi_id = greatest(o.id, c.id)
          AND p.state NOT IN ('terminated', 'withdrawn') AND p.merged_into_id IS NULL)
    ), ranked AS (
      SELECT *, row_number() OVER (ORDER BY is_sought AND seeks_such DESC, is_sought DESC,
        seeks_such DESC, cardinality(shared) DESC,
        abs(ln(population::numeric / own_population)) NULLS LAST, partners, code) AS rank
      FROM candidate
    )
    SELECT rank, code, name, country, region, population,
      CASE WHEN is_sought AND seeks_such THEN 'both ways' WHEN is_sought THEN 'is sought'
        WHEN seeks_such THEN 'seeks such' ELSE 'neither' END,
      nullif(array_to_string(shared, ','), ''), partners
    FROM ranked WHERE rank > CASE WHEN $2 ~ '^[0-9]{1,9}$' THEN $2::bigint ELSE 0 END
    ORDER BY rank LIMIT $3
    """, takes: Code.self, String?.self, Int64.self,
    columns: [
      .integer("rank"), .text("code"), .text("name"), .text("country"), .text("region"),
      .integer("population"), .text("fit"), .text("themes"), .integer("partners"),
    ])
}
