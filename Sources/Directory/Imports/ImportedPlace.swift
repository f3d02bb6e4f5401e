import CommandLanguage

/// A place as a row of a list names it, with everything that may tell it from others.
struct ImportedPlace: Hashable, Sendable {
  let city: String
  /// The country, as the list writes it.
  let country: String
  let region: String?
  let latitude: String?
  let longitude: String?
  let geonames: String?

  /// The place at one end of a row (`city1`, `country1`, …); throws what is wrong with it, in words.
  init(_ row: ImportCells, end: Int) throws(InvalidRow) {
    guard let city = row("city\(end)"), city.contains(where: \.isLetter) else {
      throw InvalidRow("city\(end) names no place")
    }
    let region = row("region\(end)")
    guard city.unicodeScalars.count <= 200, (region?.unicodeScalars.count ?? 0) <= 100 else {
      throw InvalidRow("city\(end) has at most 200 characters, and region\(end) 100")
    }
    self.city = city
    country = row("country\(end)") ?? ""
    self.region = region
    latitude = row("lat\(end)")
    longitude = row("lng\(end)")
    geonames = row("geonames\(end)")
    try Self.check(latitude, longitude, end: end)
    try Self.check(geonames, end: end)
  }

  private static func check(
    _ latitude: String?, _ longitude: String?, end: Int
  ) throws(InvalidRow) {
    if latitude == nil, longitude == nil { return }
    guard let latitude, let longitude, Coordinates.degrees(latitude, upTo: 90) != nil,
      Coordinates.degrees(longitude, upTo: 180) != nil
    else {
      throw InvalidRow(
        "lat\(end) and lng\(end) are degrees, not \(latitude ?? "nothing") and "
          + (longitude ?? "nothing"))
    }
  }

  private static func check(_ geonames: String?, end: Int) throws(InvalidRow) {
    guard let geonames, !isGeonames(geonames) else { return }
    throw InvalidRow("geonames\(end) is a number of GeoNames, not \(geonames)")
  }

  /// Whether a text is a number as GeoNames has them.
  static func isGeonames(_ text: String) -> Bool {
    (1...12).contains(text.utf8.count) && text.utf8.first != 0x30
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }
}

/// Gives a row's cells by their columns.
typealias ImportCells = (String) -> String?

/// What is wrong with a row of a list, in words.
struct InvalidRow: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}
