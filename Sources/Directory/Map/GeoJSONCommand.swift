import Access
import CommandLanguage
import Foundations
import Postgres

/// What a file of geographic features is of.
enum GeographicKind: String, CaseIterable, ParameterValue {
  case communities, partnerships
  static let typeName = "what"
}

/// The directory for maps that others draw.
enum GeoJSONCommand {
  static let statements = [communities.description]

  static let geoJSON = Command<CommandContext>(
    "directory geojson", "Write communities or partnerships as GeoJSON, for maps of your own.",
    needs: .capability(.communitiesRead), effect: .read, returns: .page,
    errors: [.tooManyFeatures], example: "directory geojson partnerships country=US",
    Parameter<GeographicKind>("what", "points of communities, or arcs of partnerships"),
    Parameter<Filter<CountryCode>?>(filter: "country", "where it, or either of the two, is"),
    Parameter<Continent?>(optional: "continent", "the continent where it, or one of the two, is")
  ) { (context, _, what, country, continent) async throws(DomainError) in
    let most = Int64(Limits.mapFeatures + 1)
    let features: [String]
    switch what {
    case .communities: features = try await context.read(communities, (country, continent, most))
    case .partnerships:
      features = try await context.read(
        MapCommand.statement, (nil, country, continent, nil, nil, most)
      ).map(GeoJSON.feature)
    }
    guard features.count <= Limits.mapFeatures else {
      throw DomainError(
        .tooManyFeatures,
        "these are more than \(Limits.mapFeatures) \(what.rawValue); narrow them down: country= or "
          + "continent=", argument: "what")
    }
    return .page(GeoJSON.collection(features))
  }

  private static let communities = Statement(
    "directory.geojson-communities",
    """
    SELECT json_build_object('type', 'Feature', 'id', c.code, 'geometry', json_build_object(
        'type', 'Point', 'coordinates', json_build_array(round(c.longitude::numeric, 5),
          round(c.latitude::numeric, 5))),
      'properties', json_build_object('name', c.name, 'kind', c.kind, 'country', c.country,
        'region', c.region, 'population', c.population, 'sisters',
        (SELECT count(*) FROM directory.link l WHERE l.community_id = c.id)))::text
    FROM directory.community c JOIN directory.country t ON t.code = c.country
    WHERE c.latitude IS NOT NULL AND c.merged_into_id IS NULL
      AND service.matches(c.country, $1) AND ($2::text IS NULL OR t.continent = $2)
    ORDER BY c.code LIMIT $3
    """, lane: .report, takes: Filter<CountryCode>?.self, Continent?.self, Int64.self,
    row: { (feature: String) in feature })
}
