import Glibc

/// A place on the globe, in radians.
struct GlobePoint: Equatable {
  let latitude: Double
  let longitude: Double

  /// A place of so many degrees.
  init(latitude: Double, longitude: Double) {
    self.latitude = latitude * .pi / 180
    self.longitude = longitude * .pi / 180
  }

  fileprivate init(radians latitude: Double, _ longitude: Double) {
    self.latitude = latitude
    self.longitude = longitude
  }

  /// The place in the direction of a vector from the Earth's centre.
  private init(x: Double, y: Double, z: Double) {
    latitude = atan2(z, (x * x + y * y).squareRoot())
    longitude = atan2(y, x)
  }

  /// The angle between two places, seen from the Earth's centre, by the haversine formula.
  func angle(to other: GlobePoint) -> Double {
    let a = sin((other.latitude - latitude) / 2)
    let b = sin((other.longitude - longitude) / 2)
    return 2 * asin(min(1, (a * a + cos(latitude) * cos(other.latitude) * b * b).squareRoot()))
  }

  /// The great circle to another place, both ends included: a point for every so many degrees.
  func arc(to other: GlobePoint, stepDegrees: Double = 4) -> [GlobePoint] {
    let angle = angle(to: other)
    // Of two places on opposite sides every way is as long; any will do.
    guard angle > 1e-6, angle < .pi - 1e-6 else { return [self, other] }
    let steps = max(1, Int((angle / (stepDegrees * .pi / 180)).rounded(.up)))
    return (0...steps).map { step in
      let part = Double(step) / Double(steps)
      let a = sin((1 - part) * angle) / sin(angle)
      let b = sin(part * angle) / sin(angle)
      return GlobePoint(
        x: a * cos(latitude) * cos(longitude) + b * cos(other.latitude) * cos(other.longitude),
        y: a * cos(latitude) * sin(longitude) + b * cos(other.latitude) * sin(other.longitude),
        z: a * sin(latitude) + b * sin(other.latitude))
    }
  }
}

extension [GlobePoint] {
  /// The parts of a line that lie between the edges of a map, at 180 degrees: where it crosses them, one
  /// part ends on the one side and another begins on the other.
  func cutAtTheEdge() -> [[GlobePoint]] {
    var parts: [[GlobePoint]] = [[]]
    for point in self {
      if let before = parts[parts.count - 1].last,
        abs(point.longitude - before.longitude) > .pi
      {
        let edge: Double = before.longitude > 0 ? .pi : -.pi
        let ahead = abs(edge - before.longitude)
        let behind = abs(-edge - point.longitude)
        let share = ahead + behind > 0 ? ahead / (ahead + behind) : 0
        let latitude = before.latitude + (point.latitude - before.latitude) * share
        parts[parts.count - 1].append(GlobePoint(radians: latitude, edge))
        parts.append([GlobePoint(radians: latitude, -edge)])
      }
      parts[parts.count - 1].append(point)
    }
    return parts
  }
}

/// The Equal Earth projection (Šavrič, Patterson and Jenny 2018), on a picture of so many units in
/// width, cut off between two latitudes: areas keep their proportions, and the picture its calm.
struct EqualEarth {
  /// Of the picture, in its own units.
  let width: Double
  let height: Double
  private let scale: Double
  private let top: Double

  /// A picture from one latitude to another (degrees) around the prime meridian.
  init(width: Double, north: Double, south: Double) {
    let right = Self.project(latitude: 0, longitude: .pi).x
    scale = width / (2 * right)
    top = Self.project(latitude: north * .pi / 180, longitude: 0).y
    let bottom = Self.project(latitude: south * .pi / 180, longitude: 0).y
    self.width = width
    height = (top - bottom) * scale
  }

  /// Where a place is in the picture: from its left upper corner to the right and down.
  func place(_ point: GlobePoint) -> (x: Double, y: Double) {
    let (x, y) = Self.project(latitude: point.latitude, longitude: point.longitude)
    return (width / 2 + x * scale, (top - y) * scale)
  }

  private static func project(latitude: Double, longitude: Double) -> (x: Double, y: Double) {
    let (a1, a2, a3, a4) = (1.340264, -0.081106, 0.000893, 0.003796)
    let t = asin(3.0.squareRoot() / 2 * sin(latitude))
    let (t2, t6) = (t * t, t * t * t * t * t * t)
    let slope = a1 + 3 * a2 * t2 + t6 * (7 * a3 + 9 * a4 * t2)
    return (
      2 * 3.0.squareRoot() * longitude * cos(t) / (3 * slope),
      t * (a1 + a2 * t2 + t6 * (a3 + a4 * t2))
    )
  }
}
