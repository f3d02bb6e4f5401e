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
  /// a closed one is found from each of its three. Closed ones come first, then those whose missing link
  /// would join two that have many hubs in common.
  private static let statement = TableStatement(
    "directory.trilateral",
    """
    WITH place AS (
      SELECT g.n, g.code AS country FROM unnest($1) WITH ORDINALITY AS g (code, n)
      UNION ALL
      SELECT cardinality($1) + g.n, t.code
      FROM unnest($2) WITH ORDINALITY AS g (continent, n)
      JOIN directory.country t ON t.continent = g.continent
    ), member AS MATERIALIZED (
      SELECT c.id, p.n FROM directory.community c JOIN place p ON p.country = c.country
    ), edge AS MATERIALIZED (
      SELECT x.id AS x, x.n AS xn, y.id AS y, y.n AS yn
      FROM directory.link l
      JOIN member x ON x.id = l.community_id
      JOIN member y ON y.id = l.sister_id AND y.n <> x.n
      WHERE l.period @> current_date AND ($4::text IS NULL OR $4 = ANY (l.themes))
    ), three AS (
      SELECT count(*) AS hubs, max(e.x) AS hub,
        CASE 1 WHEN e.xn THEN e.x WHEN e.yn THEN e.y ELSE f.y END AS a,
        CASE 2 WHEN e.xn THEN e.x WHEN e.yn THEN e.y ELSE f.y END AS b,
        CASE 3 WHEN e.xn THEN e.x WHEN e.yn THEN e.y ELSE f.y END AS c
      FROM edge e JOIN edge f ON f.x = e.x AND f.xn = e.xn AND f.yn > e.yn AND f.y <> e.y
      GROUP BY 3, 4, 5
    ), told AS (
      SELECT t.*,
        CASE WHEN t.hubs < 3 AND t.hub = t.a THEN t.b WHEN t.hubs < 3 THEN t.a END AS first,
        CASE WHEN t.hubs < 3 AND t.hub = t.c THEN t.b WHEN t.hubs < 3 THEN t.c END AS last
      FROM three t
    ), counted AS (
      SELECT t.*, CASE WHEN t.hubs < 3 THEN count(*) OVER (PARTITION BY t.first, t.last) END
        AS shared
      FROM told t
    ), ranked AS (
      SELECT row_number() OVER (
          ORDER BY t.hubs DESC, t.shared DESC NULLS FIRST, a.code, b.code, c.code) AS rank,
        CASE t.hubs WHEN 3 THEN 'closed' ELSE 'open' END AS shape, a.code AS a, b.code AS b,
        c.code AS c, CASE WHEN t.hubs < 3 THEN h.code END AS hub,
        f.code || ':' || l.code AS missing, t.shared
      FROM counted t
      JOIN directory.community a ON a.id = t.a
      JOIN directory.community b ON b.id = t.b
      JOIN directory.community c ON c.id = t.c
      JOIN directory.community h ON h.id = t.hub
      LEFT JOIN directory.community f ON f.id = t.first
      LEFT JOIN directory.community l ON l.id = t.last
      WHERE $3::text IS NULL OR (t.hubs = 3) = ($3 = 'closed')
    )
    SELECT rank, shape, a, b, c, hub, missing, shared FROM ranked
    WHERE rank > CASE WHEN $5 ~ '^[0-9]{1,9}$' THEN $5::bigint ELSE 0 END
    ORDER BY rank LIMIT $6
    """, takes: [CountryCode].self, [Continent].self, TrilateralShape?.self, Theme?.self,
    String?.self, Int64.self,
    columns: [
      .integer("rank"), .text("shape"), .text("a"), .text("b"), .text("c"), .text("hub"),
      .text("missing"), .integer("shared"),
    ])
}
