import Access
import CommandLanguage
import Postgres

/// A community as an answer to a write names it.
struct CommunityChange: Sendable {
  let code: String
  let name: String

  var pairs: [Reply.Pair] { [.init("code", code), .init("name", name)] }
}

/// What taking a merge back answers: whose code it is again, how many rows are what they were, and how
/// many have been changed since, and stay.
struct UnmergeChange: Sendable {
  let code: String
  let name: String
  let changes: Int64
  let remaining: Int64

  static let names = ["code", "name", "changes", "left"]

  var pairs: [Reply.Pair] {
    [
      .init("code", code), .init("name", name), .init("changes", changes),
      .init("left", remaining),
    ]
  }
}

/// What merging two communities answers: the one that its code is of now, and how many rows changed.
struct MergeChange: Sendable {
  let code: String
  let name: String
  let changes: Int64

  static let names = ["code", "name", "changes"]

  var pairs: [Reply.Pair] {
    [.init("code", code), .init("name", name), .init("changes", changes)]
  }
}

/// What a community is.
enum CommunityKind: String, CaseIterable, ParameterValue, PostgresEncodable {
  case city, town, village, district, county, state, province, prefecture, oblast, region, island
  case other

  static let typeName = "kind"
}

/// What may turn out not to be known of a community.
enum CommunityDetail: String, CaseIterable, ParameterValue, PostgresEncodable,
  PostgresArrayElement
{
  case region, subdivision, parent, at, population
  case timeZone = "time-zone"

  static let typeName = "detail"
  static var postgresArrayType: PostgresType { .textArray }
}

/// How a community comes by a name.
enum NameKind: String, CaseIterable, ParameterValue, PostgresEncodable {
  case official, exonym, former, alias

  static let typeName = "kind"
}

/// A list in which communities have numbers.
enum NumberScheme: String, CaseIterable, ParameterValue, PostgresEncodable {
  case geonames, wikidata
  case unLocode = "un-locode"

  static let typeName = "scheme"
}

/// A continent, as GeoNames abbreviates them.
enum Continent: String, CaseIterable, ParameterValue, PostgresEncodable, PostgresArrayElement {
  case africa = "AF"
  case antarctica = "AN"
  case asia = "AS"
  case europe = "EU"
  case northAmerica = "NA"
  case oceania = "OC"
  case southAmerica = "SA"

  static let typeName = "continent"
  static let accepts =
    "a continent: AF Africa, AN Antarctica, AS Asia, EU Europe, NA North America, OC Oceania, "
    + "SA South America"
  static var postgresArrayType: PostgresType { .textArray }
}

/// A place on the globe as typed: degrees of latitude and longitude.
struct Coordinates: ParameterValue {
  static let typeName = "coordinates"
  static let accepts = "latitude and longitude in degrees, for example at=41.88,-87.63"
  let latitude: Decimal
  let longitude: Decimal

  init(argument: String) throws(InvalidValue) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 2, let latitude = Self.degrees(parts[0], upTo: 90),
      let longitude = Self.degrees(parts[1], upTo: 180)
    else { throw InvalidValue(Self.accepts) }
    self.latitude = latitude
    self.longitude = longitude
  }

  /// Degrees from a text that is a decimal number of at most `limit`, on either side of zero.
  static func degrees(_ text: some StringProtocol, upTo limit: Double) -> Decimal? {
    let trimmed = text.drop { $0 == " " }
    guard let number = try? Decimal(argument: String(trimmed)), let value = Double(number.digits),
      abs(value) <= limit
    else { return nil }
    return number
  }
}

/// A place as typed: a community's code, or coordinates.
struct Whereabouts: ParameterValue {
  static let typeName = "place"
  static let accepts =
    "a community's code, or latitude and longitude in degrees, for example 41.88,-87.63"
  let community: Code?
  let coordinates: Coordinates?

  init(argument: String) throws(InvalidValue) {
    community = try? Code(argument: argument)
    coordinates = try? Coordinates(argument: argument)
    guard (community == nil) != (coordinates == nil) else { throw InvalidValue(Self.accepts) }
  }
}

/// A language as BCP 47 writes it.
struct LanguageTag: ParameterValue, PostgresEncodable, PostgresArrayElement {
  static let typeName = "language"
  static let accepts = "a language as BCP 47 writes it, for example de or zh-Hans"
  static var postgresType: PostgresType { .text }
  static var postgresArrayType: PostgresType { .textArray }
  let postgresText: String?

  init(argument: String) throws(InvalidValue) {
    let parts = argument.split(separator: "-", omittingEmptySubsequences: false)
    guard let first = parts.first, (2...3).contains(first.utf8.count),
      first.utf8.allSatisfy({ (0x61...0x7A).contains($0) }),
      parts.dropFirst().allSatisfy({ part in
        (2...8).contains(part.utf8.count)
          && part.unicodeScalars.allSatisfy {
            $0.isASCII && $0.properties.isAlphabetic
              || ("0"..."9").contains($0)
          }
      })
    else { throw InvalidValue(Self.accepts) }
    postgresText = argument
  }
}
