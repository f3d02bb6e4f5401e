import Access
import CommandLanguage
import Postgres

/// Finding communities: by what they are called, and by where they are.
enum CommunitySearch {
  static let all = [search, near]
  static let statements = [searchStatement.description, nearStatement.description]

  private static let search = Command<CommandContext>(
    "community search", "Find communities by any of their names, in any script, misspelt or not.",
    needs: .capability(.communitiesRead), effect: .read, returns: .list(searchStatement.columns),
    example: "community search sao paulo",
    Parameter<String>(
      words: "name", "a name, or the beginning of one; behind commas, the region, the country"),
    Parameter<CountryCode?>(optional: "country", "where it is"),
    Parameter<String?>(optional: "region", "its state, province or prefecture")
  ) { (context, options, name, country, region) async throws(DomainError) in
    try await context.readPage(
      searchStatement, (name, country, region, options.after, Int64(options.limit + 1)))
  }

  private static let near = Command<CommandContext>(
    "community near", "List communities by their distance from one, or from a place.",
    needs: .capability(.communitiesRead), effect: .read, returns: .list(nearStatement.columns),
    errors: [.missingCommunity, .noCoordinates], example: "community near chicago within=250",
    Parameter<Whereabouts>("place", "around which community or place"),
    Parameter<Int64>("within", "so many kilometres at most", default: 50, shown: "50")
  ) { (context, options, place, within) async throws(DomainError) in
    guard (1...20_020).contains(within) else {
      throw DomainError(
        .badValue, "within is from 1 km to 20020 km, which is everywhere, not \(within)",
        argument: "within")
    }
    return try await context.readPage(
      nearStatement,
      (
        place.community, place.coordinates?.latitude, place.coordinates?.longitude, within,
        options.after, Int64(options.limit + 1)
      ))
  }

  /// What has a comma is a name, or one with the places where it is: Suzhou, Jiangsu.
  ///
  /// Those that have the name, before those that have one that begins with it, before those with a
  /// similar one, which are looked for only where there are no others; large ones first, and those that
  /// go by the name before those ten times as large that are also called so. A name is
  /// similar by its trigrams (pg_trgm), which takes three characters: shorter ones, as most are in
  /// Chinese and Japanese, are found by the whole and by their beginning.
  private static let searchStatement = TableStatement(
    "directory.community-search",
    """
    WITH wanted AS (
      SELECT directory.name_key($1) AS key, NULL::text[] AS places,
        $2::text IS NULL AND $3::text IS NULL AS anywhere
      UNION ALL
      SELECT directory.name_key(split_part($1, ',', 1)), ARRAY(
        SELECT directory.name_key(p) FROM unnest((string_to_array($1, ','))[2:]) AS p), false
      WHERE strpos($1, ',') > 0
    ), whole AS MATERIALIZED (
      SELECT n.community_id, n.name, n.is_preferred, 1 AS class, 1::real AS likeness
      FROM wanted w JOIN directory.any_name n ON n.key = w.key
      WHERE w.anywhere OR directory.lies_in(n.community_id, $2, $3, w.places)
    ), begun AS MATERIALIZED (
      SELECT n.community_id, n.name, n.is_preferred, 2 AS class, 1::real AS likeness
      FROM wanted w JOIN directory.any_name n
        ON n.key OPERATOR(pg_catalog.~>~) w.key
        AND n.key OPERATOR(pg_catalog.~<~) (w.key || U&'\\+10FFFF')
      WHERE (length(w.key) > 2 OR w.key ~ '[^ -~]')
        AND (w.anywhere OR directory.lies_in(n.community_id, $2, $3, w.places))
    ), alike AS (
      SELECT n.community_id, n.name, n.is_preferred, 3 AS class,
        public.similarity(n.key, w.key) AS likeness
      FROM wanted w JOIN directory.any_name n ON n.key OPERATOR(public.%) w.key
      WHERE (w.anywhere OR directory.lies_in(n.community_id, $2, $3, w.places))
        AND (w.places IS NOT NULL OR strpos($1, ',') = 0)
        AND NOT EXISTS (SELECT FROM whole) AND NOT EXISTS (SELECT FROM begun)
    ), found AS (
      SELECT DISTINCT ON (community_id) community_id, name, is_preferred, class, likeness
      FROM (SELECT * FROM whole UNION ALL SELECT * FROM begun UNION ALL SELECT * FROM alike) AS f
      ORDER BY community_id, class, likeness DESC, is_preferred DESC, name
    ), ranked AS (
      SELECT row_number() OVER (
          ORDER BY f.class, f.likeness DESC,
            c.population * CASE WHEN f.is_preferred THEN 10 ELSE 1 END DESC NULLS LAST,
            f.is_preferred DESC, c.code) AS rank,
        c.code, c.name, CASE WHEN NOT f.is_preferred THEN f.name END AS found_as, c.country,
        c.region, c.kind, c.population
      FROM found f JOIN directory.community c ON c.id = f.community_id
    )
    SELECT rank, code, name, found_as, country, region, kind, population
    FROM ranked
    WHERE rank > CASE WHEN $4 ~ '^[0-9]{1,9}$' THEN $4::bigint ELSE 0 END
    ORDER BY rank LIMIT $5
    """, takes: String.self, CountryCode?.self, String?.self, String?.self, Int64.self,
    columns: [
      .integer("rank"), .text("code"), .text("name"), .text("found-as"), .text("country"),
      .text("region"), .text("kind"), .integer("population"),
    ])

  /// A kilometre is 0.009 degrees of latitude: a band of them is looked through.
  private static let nearStatement = TableStatement(
    "directory.community-near",
    """
    WITH origin AS (
      SELECT o.id, o.latitude, o.longitude FROM directory.locate($1, $2::float8, $3::float8) AS o
    ), ranked AS (
      SELECT row_number() OVER (ORDER BY d.away, c.code) AS rank, c.code, c.name, c.country,
        c.region, c.population, d.away
      FROM origin o
      JOIN directory.community c ON c.latitude BETWEEN o.latitude - $4 * 0.009
        AND o.latitude + $4 * 0.009
      CROSS JOIN LATERAL (
        SELECT directory.arc(o.latitude, o.longitude, c.latitude, c.longitude) AS away OFFSET 0
      ) AS d
      WHERE d.away <= $4 AND c.id IS DISTINCT FROM o.id AND c.merged_into_id IS NULL
    )
    SELECT rank, code, name, country, region, population, round(away::numeric, 1)
    FROM ranked
    WHERE rank > CASE WHEN $5 ~ '^[0-9]{1,9}$' THEN $5::bigint ELSE 0 END
    ORDER BY rank LIMIT $6
    """, takes: Code?.self, Decimal?.self, Decimal?.self, Int64.self, String?.self, Int64.self,
    columns: [
      .integer("rank"), .text("code"), .text("name"), .text("country"), .text("region"),
      .integer("population"), .number("km"),
    ])
}
