import Access
import CommandLanguage

/// A place of a gazetteer.
struct GazetteerPlace: Sendable {
  static let columns = [
    "geonames", "name", "country", "region", "subdivision", "latitude", "longitude",
    "population", "time-zone", "names",
  ]
  static let required = ["geonames", "name", "country", "latitude", "longitude"]

  let geonames: String
  let name: String
  let country: String
  let region: String?
  let subdivision: String?
  let latitude: String
  let longitude: String
  let population: String?
  let timeZone: String?
  /// Other names, with | between them.
  let names: String?

  /// The place that a row is about; throws what is wrong with it, in words.
  init(_ record: RecordReader.Record) throws(InvalidRow) {
    guard let geonames = record("geonames"), ImportedPlace.isGeonames(geonames) else {
      throw InvalidRow("geonames is the place's number")
    }
    guard let name = record("name"), name.contains(where: \.isLetter),
      name.unicodeScalars.count <= 200
    else { throw InvalidRow("name is the place's, of at most 200 characters") }
    guard let country = record("country"), (try? CountryCode(argument: country)) != nil else {
      throw InvalidRow("country is \(CountryCode.accepts)")
    }
    guard let latitude = record("latitude"), let longitude = record("longitude"),
      Coordinates.degrees(latitude, upTo: 90) != nil,
      Coordinates.degrees(longitude, upTo: 180) != nil
    else { throw InvalidRow("latitude and longitude are degrees") }
    population = record("population")
    guard population.map({ (Int64($0) ?? -1) >= 0 }) != false else {
      throw InvalidRow("population is a whole number")
    }
    region = record("region")
    guard (region?.unicodeScalars.count ?? 0) <= 100 else {
      throw InvalidRow("region has at most 100 characters")
    }
    subdivision = record("subdivision")
    let codes = subdivision?.split(separator: "-", omittingEmptySubsequences: false)
    guard
      codes.map({
        $0.count == 2 && $0[0] == country && (1...3).contains($0[1].utf8.count)
          && $0[1].allSatisfy { $0.isASCII && ($0.isUppercase || $0.isNumber) }
      }) != false
    else { throw InvalidRow("subdivision is as ISO 3166-2 has it: US-IL") }
    self.geonames = geonames
    self.name = name
    self.country = country
    self.latitude = latitude
    self.longitude = longitude
    timeZone = record("time-zone")
    names = record("names")
  }

  /// Places as the columns that the statement takes.
  static func columns(of places: [GazetteerPlace]) -> (
    [String], [String], [String], [String?], [String?], [String], [String], [String?], [String?],
    [String?]
  ) {
    (
      places.map(\.geonames), places.map(\.name), places.map(\.country), places.map(\.region),
      places.map(\.subdivision), places.map(\.latitude), places.map(\.longitude),
      places.map(\.population), places.map(\.timeZone), places.map(\.names)
    )
  }
}

/// What came of the places of a gazetteer.
struct GazetteerCounts: Sendable {
  let added: Int64
  let matched: Int64
  let names: Int64

  var pairs: [Reply.Pair] {
    [.init("added", added), .init("matched", matched), .init("names", names)]
  }

  static func + (one: Self, other: Self) -> Self {
    Self(
      added: one.added + other.added, matched: one.matched + other.matched,
      names: one.names + other.names)
  }
}
