import Foundations

/// Partnerships as GeoJSON (RFC 7946): each a feature along its great circle, cut where it crosses the
/// antimeridian.
enum GeoJSON {
  /// A collection of features, each of which is a line of its own.
  static func collection(_ features: [String]) -> [String] {
    let head = #"{"type":"FeatureCollection","features":["#
    guard let last = features.last else { return [head + "]}"] }
    return [head] + features.dropLast().map { $0 + "," } + [last, "]}"]
  }

  /// A partnership as a feature.
  static func feature(_ arc: WorldMap.Arc) -> String {
    let parts = arc.from.point.arc(to: arc.to.point).cutAtTheEdge().map(line)
    let geometry =
      parts.count == 1
      ? #"{"type":"LineString","coordinates":\#(parts[0])}"#
      : #"{"type":"MultiLineString","coordinates":[\#(parts.joined(separator: ","))]}"#
    return #"{"type":"Feature","id":\#(JSON.string(arc.number)),"geometry":\#(geometry),"#
      + #""properties":{"kind":\#(JSON.string(arc.kind.rawValue)),"signed":\#(arc.isSigned),"#
      + #""a":\#(JSON.string(arc.from.code)),"a-name":\#(JSON.string(arc.from.name)),"#
      + #""b":\#(JSON.string(arc.to.code)),"b-name":\#(JSON.string(arc.to.name))}}"#
  }

  /// Degrees with four digits, some ten metres.
  private static func line(_ points: [GlobePoint]) -> String {
    let pairs = points.map { point in
      "[\(Digits.text(point.longitude * 180 / .pi, 4)),\(Digits.text(point.latitude * 180 / .pi, 4))]"
    }
    return "[" + pairs.joined(separator: ",") + "]"
  }
}
