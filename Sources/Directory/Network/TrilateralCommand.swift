import Access
import CommandLanguage
import Postgres

/// How three communities are linked.
enum TrilateralShape: String, CaseIterable, ParameterValue, PostgresEncodable {
  /// Each with each.
  case closed
  /// One with the two others, which are not linked yet.
  case open

  static let typeName = "shape"
}

/// Three communities of three places, of which one at least is a sister of both others: candidates for
/// an initiative of three.
enum TrilateralCommand {
  static let statements = [statement.description]

  static let trilateral = Command<CommandContext>(
    "directory trilateral", "List threes of communities that are linked, of three places.",
    needs: .capability(.communitiesRead), effect: .read, returns: .list(statement.columns),
    example: "directory trilateral countries=US,CN continents=AF shape=open",
    Parameter<[CountryCode]>(
      list: "countries", "places that are countries; US,CN with continents=AF, if none is given"),
    Parameter<[Continent]>(
      list: "continents", "places that are continents; with the countries they are three"),
    Parameter<TrilateralShape?>(optional: "shape", "whether the third link is there"),
    Parameter<Theme?>(optional: "theme", "what the partnerships are about")
  ) { (context, options, countries, continents, shape, theme) async throws(DomainError) in
    // What the Sino-African Initiative looks for.
    let isDefault = countries.isEmpty && continents.isEmpty
    guard isDefault || countries.count + continents.count == 3 else {
      throw DomainError(
        .badValue,
        "a three has three places, and \(countries.count + continents.count) are given: "
          + "name countries, continents or both, as countries=US,CN continents=AF",
        argument: "countries")
    }
    return try await context.readPage(
      statement,
      (
        isDefault ? [.unitedStates, .china] : countries, isDefault ? [.africa] : continents, shape,
        theme, options.after, Int64(options.limit + 1)
      ))
  }

  /// Every pair of links that meet in one community (the hub) makes a three. An open three has one hub,
  /// a closed one is found from each of its three. Where two links are about a theme, the third is there
  /// whatever it is about. Closed ones come first, then those whose missing link
  /// would join two that have many hubs in common.
  private static let statement = TableStatement(
    "directory.trilateral",
    """
    WITH place AS (
      SELECT g.n, g.code AS country
      FROM unnest(directory.known_countries($1)) WITH ORDINALITY AS g (code, n)
      UNION ALL
      SELECT cardinality($1) + g.n, t.code
      FROM unnest($2) WITH ORDINALITY AS g (continent, n)
      JOIN directory.country t ON t.continent = g.continent
    ), pair AS MATERIALIZED (
      SELECT p.lo_id AS x, x.n AS xn, p.hi_id AS y, y.n AS yn
      FROM directory.current_partnership p
      JOIN place x ON x.country = p.lo_country
      JOIN place y ON y.country = p.hi_country AND y.n <> x.n
      WHERE $4::text IS NULL OR $4 = ANY (p.themes)
    ), edge AS MATERIALIZED (
      SELECT x, xn, y, yn FROM pair UNION ALL SELECT y, yn, x, xn FROM pair
    ), three AS (
      SELECT count(*) AS hubs, max(e.x) AS hub,
        CASE 1 WHEN e.xn THEN e.x WHEN e.yn THEN e.y ELSE f.y END AS a,
        CASE 2 WHEN e.xn THEN e.x WHEN e.yn THEN e.y ELSE f.y END AS b,
        CASE 3 WHEN e.xn THEN e.x WHEN e.yn THEN e.y ELSE f.y END AS c
      FROM edge e JOIN edge f ON f.x = e.x AND f.xn = e.xn AND f.yn > e.yn AND f.y <> e.y
      GROUP BY 3, 4, 5
    ), told AS (
      -- Once, where each of two may be in the place of the other.
      SELECT DISTINCT ON (least(a, b, c), greatest(a, b, c), a + b + c)
        a, b, c, hub, hubs = 3 AS is_closed, CASE hub WHEN a THEN b ELSE a END AS first,
        CASE hub WHEN c THEN b ELSE c END AS last
      FROM three
      ORDER BY least(a, b, c), greatest(a, b, c), a + b + c, a, b
    ), linked AS (
      SELECT a, b, c, hub, first, last, is_closed OR $4::text IS NOT NULL AND EXISTS (
          SELECT FROM directory.current_partnership p
          WHERE p.lo_id = least(first, last) AND p.hi_id = greatest(first, last)) AS is_closed
      FROM told
    ), counted AS (
      SELECT a, b, c, is_closed, CASE WHEN NOT is_closed THEN hub END AS hub,
        CASE WHEN NOT is_closed THEN first END AS first,
        CASE WHEN NOT is_closed THEN last END AS last,
        CASE WHEN NOT is_closed THEN count(*) OVER (PARTITION BY is_closed, first, last) END
          AS shared
      FROM linked
    ), ranked AS (
      SELECT *,
        row_number() OVER (ORDER BY is_closed DESC, shared DESC, a, b, c) AS rank
      FROM counted WHERE $3::text IS NULL OR is_closed = ($3 = 'closed')
    ), page AS (
      SELECT * FROM ranked
      WHERE rank > CASE WHEN $5 ~ '^[0-9]{1,9}$' THEN $5::bigint ELSE 0 END
      ORDER BY rank LIMIT $6
    )
    SELECT p.rank, CASE WHEN p.is_closed THEN 'closed' ELSE 'open' END,
      directory.code_of(p.a), directory.code_of(p.b), directory.code_of(p.c),
      directory.code_of(p.hub), directory.code_of(p.first) || ':' || directory.code_of(p.last),
      p.shared
    FROM page p ORDER BY p.rank
    """, takes: [CountryCode].self, [Continent].self, TrilateralShape?.self, Theme?.self,
    String?.self, Int64.self,
    columns: [
      .integer("rank"), .text("shape"), .text("a"), .text("b"), .text("c"), .text("hub"),
      .text("missing"), .integer("shared"),
    ])
}
