/// A picture of partnerships on the globe, as SVG: land, arcs of great circles, and the communities at
/// their ends, the ones with the most arcs named.
struct WorldMap {
  /// A community on the map.
  struct Place {
    let code: String
    let name: String
    let country: String
    let point: GlobePoint
  }

  /// A partnership on the map.
  struct Arc {
    let number: String
    let kind: PartnershipKind
    let isSigned: Bool
    let from: Place
    let to: Place
  }

  /// What stands above it.
  let title: String
  let arcs: [Arc]
  /// Whether there are more arcs than are shown.
  let isCut: Bool

  private static let north = 84.0
  private static let south = -57.0
  private let projection = EqualEarth(width: 1_600, north: north, south: south)
  /// What lies above and below the map.
  private let head = 64.0
  private let foot = 40.0

  /// The whole file, line by line.
  func lines() -> [String] {
    let places = rankedPlaces()
    return opening + [sea, land] + PartnershipKind.allCases.flatMap(lines(of:)) + dots(places)
      + labels(places) + closing
  }

  /// Whether so much is shown that each thing has to be small.
  private var isCrowded: Bool { arcs.count > 500 }

  // MARK: - The frame

  private var opening: [String] {
    let (width, height) = (projection.width, projection.height + head + foot)
    return [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Self.number(width)) "
        + "\(Self.number(height))\" font-family=\"Helvetica, Arial, sans-serif\">",
      "<title>\(Self.escaped(title))</title>",
      "<rect width=\"100%\" height=\"100%\" fill=\"#fbfcfd\"/>",
      "<text x=\"28\" y=\"42\" font-size=\"26\" font-weight=\"bold\" fill=\"#1f2d3d\">"
        + "\(Self.escaped(title))</text>",
      legend,
      // Everything that follows is below the title.
      "<g transform=\"translate(0 \(Self.number(head)))\" clip-path=\"url(#globe)\">",
    ]
  }

  private var closing: [String] {
    let more = isCut ? " There are more than these: narrow them down, as by country=." : ""
    return [
      "</g>",
      "<text x=\"28\" y=\"\(Self.number(projection.height + head + 26))\" font-size=\"13\" "
        + "fill=\"#6b7a89\">Equal Earth projection. Land: Natural Earth.\(more)</text>",
      "</svg>",
    ]
  }

  /// The kinds that there are, in their colours, with how many of each there are.
  private var legend: String {
    var text = ""
    var right = projection.width - 28
    for kind in PartnershipKind.allCases.reversed() {
      let count = arcs.count { $0.kind == kind }
      guard count > 0 else { continue }
      let label = "\(kind.rawValue) \(count)"
      right -= Self.width(of: label, size: 16)
      text +=
        "<text x=\"\(Self.number(right))\" y=\"40\" font-size=\"16\" fill=\"#1f2d3d\">\(label)</text>"
      text +=
        "<line x1=\"\(Self.number(right - 40))\" y1=\"35\" x2=\"\(Self.number(right - 10))\" y2=\"35\" "
        + "stroke=\"\(Self.colour(kind))\" stroke-width=\"4\"/>"
      right -= 64
    }
    return text
  }

  // MARK: - What is on it

  /// The globe, from its western edge to its eastern one.
  private var sea: String {
    let west = stride(from: Self.south, through: Self.north, by: 3).map {
      GlobePoint(latitude: $0, longitude: -180)
    }
    let east = stride(from: Self.north, through: Self.south, by: -3).map {
      GlobePoint(latitude: $0, longitude: 180)
    }
    let outline = "\(path(west + east))Z"
    return "<clipPath id=\"globe\"><path d=\"\(outline)\"/></clipPath>"
      + "<path d=\"\(outline)\" fill=\"#e6eef5\"/>"
  }

  /// Every country, with a line between one and the next.
  private var land: String {
    var path = ""
    for ring in WorldLand.encoded.split(separator: ";") {
      var (x, y) = (0, 0)
      var isFirst = true
      for step in ring.split(separator: " ") {
        let parts = step.split(separator: ",")
        x += Int(parts[0]) ?? 0
        y += Int(parts[1]) ?? 0
        let place = projection.place(
          GlobePoint(latitude: Double(y) / 10, longitude: Double(x) / 10))
        path += "\(isFirst ? "M" : "L")\(Self.pair(place))"
        isFirst = false
      }
      path += "Z"
    }
    return "<path d=\"\(path)\" fill=\"#d5dde3\" stroke=\"#f7fafc\" stroke-width=\"0.8\"/>"
  }

  /// The arcs of a kind: the more there are in all, the fainter each is.
  private func lines(of kind: PartnershipKind) -> [String] {
    let own = arcs.filter { $0.kind == kind }
    guard !own.isEmpty else { return [] }
    let opacity = max(0.06, min(0.75, 9 / Double(arcs.count).squareRoot()))
    return [
      "<g fill=\"none\" stroke=\"\(Self.colour(kind))\" stroke-width=\"\(isCrowded ? "0.7" : "1.3")\" "
        + "stroke-opacity=\"\(Self.number(opacity, digits: 2))\">"
    ] + own.map(line) + ["</g>"]
  }

  private func line(_ arc: Arc) -> String {
    let points = arc.from.point.arc(to: arc.to.point, stepDegrees: isCrowded ? 8 : 4)
    return "<path d=\"\(points.cutAtTheEdge().map(path).joined())\""
      + (arc.isSigned ? " stroke-width=\"2.4\"" : "")
      + "><title>\(arc.number): \(Self.escaped(arc.from.name)) – \(Self.escaped(arc.to.name))"
      + "</title></path>"
  }

  private func path(_ points: [GlobePoint]) -> String {
    "M" + points.map { Self.pair(projection.place($0)) }.joined(separator: "L")
  }

  /// The communities, those with the most arcs first, and how many each has.
  private func rankedPlaces() -> [(place: Place, count: Int)] {
    var counts: [String: (place: Place, count: Int)] = [:]
    for arc in arcs {
      for place in [arc.from, arc.to] { counts[place.code, default: (place, 0)].count += 1 }
    }
    return counts.values.sorted { ($1.count, $0.place.code) < ($0.count, $1.place.code) }
  }

  private func dots(_ places: [(place: Place, count: Int)]) -> [String] {
    let circles = places.reversed().map { place, count in
      let (x, y) = projection.place(place.point)
      return "<circle cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" r=\""
        + "\(Self.number(radius(count)))\"><title>"
        + "\(Self.escaped(place.name)), \(place.country): \(count)</title></circle>"
    }
    return ["<g fill=\"#1f2d3d\" fill-opacity=\"\(isCrowded ? "0.6" : "0.85")\">"] + circles + [
      "</g>"
    ]
  }

  /// Names beside the dots, for as long as there is room: each keeps clear of the names before it, and of
  /// all dots.
  private func labels(_ places: [(place: Place, count: Int)]) -> [String] {
    // Where dots are everywhere, names stand on them.
    var taken = (isCrowded ? [] : places).map { place, count in
      let (x, y) = projection.place(place.point)
      let radius = radius(count)
      return LabelBox(left: x - radius, base: y + radius, width: 2 * radius, height: 2 * radius)
    }
    var lines: [String] = []
    for (place, count) in places.prefix(Self.labelCandidates(isCrowded)) {
      let size = count > 4 && !isCrowded ? 15.0 : 12.0
      let (x, y) = projection.place(place.point)
      let width = Self.width(of: place.name, size: size)
      let away = radius(count) + 3
      let corners = [
        (x + away, y + size / 3), (x - away - width, y + size / 3),
        (x - width / 2, y - away), (x - width / 2, y + away + size * 0.8),
      ]
      let boxes = corners.map { LabelBox(left: $0.0, base: $0.1, width: width, height: size) }
      guard
        let box = boxes.first(where: { box in
          box.left > 4 && box.left + width < projection.width - 4
            && !taken.contains { $0.overlaps(box) }
        })
      else { continue }
      taken.append(box)
      lines.append(
        "<text x=\"\(Self.number(box.left))\" y=\"\(Self.number(box.base))\" font-size=\""
          + "\(Self.number(size))\" fill=\"#1f2d3d\" stroke=\"#f7fafc\" stroke-width=\"3\" "
          + "paint-order=\"stroke\">\(Self.escaped(place.name))</text>")
    }
    return lines
  }

  /// How many communities are looked at for a name.
  private static func labelCandidates(_ isCrowded: Bool) -> Int { isCrowded ? 60 : 200 }

  /// The room that a name takes.
  private struct LabelBox {
    let left: Double
    let base: Double
    let width: Double
    let height: Double

    func overlaps(_ other: LabelBox) -> Bool {
      left < other.left + other.width && other.left < left + width
        && base - height < other.base && other.base - other.height < base
    }
  }

  // MARK: - Numbers and text

  private func radius(_ count: Int) -> Double {
    isCrowded
      ? min(5, 0.5 + Double(count).squareRoot() * 0.35)
      : min(9, 2 + Double(count).squareRoot() * 0.9)
  }

  private static func colour(_ kind: PartnershipKind) -> String {
    switch kind {
    case .sister: "#c2410c"
    case .friendship: "#0f766e"
    case .charter: "#7c3aed"
    }
  }

  /// About as wide as a text is in a sans-serif font.
  private static func width(of text: String, size: Double) -> Double {
    Double(text.count) * size * 0.56
  }

  private static func pair(_ place: (x: Double, y: Double)) -> String {
    "\(number(place.x)) \(number(place.y))"
  }

  private static func number(_ value: Double, digits: Int = 1) -> String {
    Digits.text(value, digits)
  }

  /// A text as XML writes it.
  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
