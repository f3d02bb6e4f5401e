import Access
import CommandLanguage
import Foundations
import Postgres

/// The network as a picture.
enum MapCommand {
  static let statements = [statement.description]

  static let map = Command<CommandContext>(
    "directory map", "Draw partnerships on a map of the world, as SVG.",
    needs: .capability(.communitiesRead), effect: .read, returns: .page,
    example: "directory map community=chicago",
    Parameter<Filter<Code>?>(filter: "community", "either of the two"),
    Parameter<Filter<CountryCode>?>(filter: "country", "where either of the two is"),
    Parameter<Continent?>(optional: "continent", "the continent where one of the two is"),
    Parameter<Filter<PartnershipKind>?>(filter: "kind", "what the two call it"),
    Parameter<Theme?>(optional: "theme", "what it is about"),
    Parameter<String?>(optional: "title", "what stands above it; how many they are, if not given")
  ) { (context, _, community, country, continent, kind, theme, title) async throws(DomainError) in
    var arcs = try await context.read(
      statement, (community, country, continent, kind, theme, Int64(Limits.mapArcs + 1)))
    let isCut = arcs.count > Limits.mapArcs
    if isCut { arcs.removeLast() }
    let map = WorldMap(title: title ?? "\(arcs.count) partnerships", arcs: arcs, isCut: isCut)
    return .page(map.lines())
  }

  /// Partnerships that there are, of communities of which it is known where they are. Coordinates come
  /// in ten-thousandths of a degree.
  static let statement = Statement(
    "directory.map",
    """
    SELECT 'PS-' || p.id, p.kind, s.state = 'signed', a.code, a.name, a.country,
      (a.latitude * 10000)::bigint, (a.longitude * 10000)::bigint, b.code, b.name, b.country,
      (b.latitude * 10000)::bigint, (b.longitude * 10000)::bigint
    FROM directory.current_partnership p
    JOIN directory.partnership s ON s.id = p.id
    JOIN directory.community a ON a.id = p.lo_id AND a.latitude IS NOT NULL
    JOIN directory.community b ON b.id = p.hi_id AND b.latitude IS NOT NULL
    CROSS JOIN (SELECT directory.follow($1) OFFSET 0) AS wanted (codes)
    WHERE ($1::text[] IS NULL OR directory.matches_either(a.code, b.code, wanted.codes))
      AND ($2::text[] IS NULL OR directory.matches_either(a.country, b.country, $2))
      AND ($3::text IS NULL OR EXISTS (SELECT FROM directory.country t
        WHERE t.code IN (a.country, b.country) AND t.continent = $3))
      AND service.matches(p.kind, $4) AND ($5::text IS NULL OR $5 = ANY (p.themes))
    ORDER BY p.id LIMIT $6
    """, lane: .report, takes: Filter<Code>?.self, Filter<CountryCode>?.self,
    Continent?.self, Filter<PartnershipKind>?.self, Theme?.self, Int64.self,
    row: {
      (
        number: String, kind: PartnershipKind, isSigned: Bool, a: String, aName: String,
        aCountry: String, aLatitude: Int64, aLongitude: Int64, b: String, bName: String,
        bCountry: String, bLatitude: Int64, bLongitude: Int64
      ) in
      WorldMap.Arc(
        number: number, kind: kind, isSigned: isSigned,
        from: place(a, aName, aCountry, aLatitude, aLongitude),
        to: place(b, bName, bCountry, bLatitude, bLongitude))
    })

  private static func place(
    _ code: String, _ name: String, _ country: String, _ latitude: Int64, _ longitude: Int64
  ) -> WorldMap.Place {
    WorldMap.Place(
      code: code, name: name, country: country,
      point: GlobePoint(
        latitude: Double(latitude) / 10_000, longitude: Double(longitude) / 10_000))
  }
}
