import Access
import CommandLanguage
import TestSupport
import Testing

@testable import Directory

@Suite("The network as a picture")
struct MapTests {
  private func point(_ latitude: Double, _ longitude: Double) -> GlobePoint {
    GlobePoint(latitude: latitude, longitude: longitude)
  }

  private func degrees(_ radians: Double) -> Double { radians * 180 / .pi }

  @Test("an arc is the shortest way, over the pole if that is shorter, and ends where it should")
  func arcs() {
    // From Tokyo to Washington it goes over Alaska.
    let arc = point(35.68, 139.69).arc(to: point(38.91, -77.04))
    #expect(abs(degrees(arc[0].latitude) - 35.68) < 1e-6)
    #expect(abs(degrees(arc[arc.count - 1].longitude) + 77.04) < 1e-6)
    #expect(arc.map { degrees($0.latitude) }.max().map { $0 > 64 && $0 < 72 } == true)
    // Along the equator it stays there; a quarter of it is 23 steps.
    let quarter = point(0, 0).arc(to: point(0, 90))
    #expect(quarter.count == 24 && quarter.allSatisfy { abs($0.latitude) < 1e-9 })
    // Each step is as long as every other.
    let steps = zip(arc, arc.dropFirst()).map { $0.angle(to: $1) }
    #expect(steps.allSatisfy { abs($0 - steps[0]) < 1e-9 })
    let parts = arc.cutAtTheEdge()
    #expect(parts.count == 2 && parts.map(\.count).reduce(0, +) == arc.count + 2)
    #expect(abs(degrees(parts[0].last?.longitude ?? 0) - 180) < 1e-9)
    #expect(abs(degrees(parts[1][0].longitude) + 180) < 1e-9)
    #expect(parts[0].last?.latitude == parts[1][0].latitude)
    #expect(point(10, 10).arc(to: point(10, 10)).count == 2)
    #expect(point(0, 0).arc(to: point(0, 180)).count == 2)
  }

  @Test("the projection has the corners and the areas that it should have")
  func projection() {
    let map = EqualEarth(width: 1_000, north: 90, south: -90)
    // Its authors: twice as wide as 0.4867 is high.
    #expect(abs(map.height / map.width - 0.48666) < 1e-4)
    #expect(map.place(point(0, -180)).x == 0)
    #expect(abs(map.place(point(0, 180)).x - 1_000) < 1e-9)
    #expect(abs(map.place(point(0, 0)).y - map.height / 2) < 1e-9)
    // A degree by a degree in Iceland and on the equator: as the cosine of the latitude.
    func area(_ latitude: Double) -> Double {
      let corners = [(0.0, 0.0), (0.1, 0.0), (0.1, 0.1), (0.0, 0.1)]
        .map { map.place(point(latitude - 0.05 + $0.0, 40 + $0.1)) }
      return abs(
        (0..<4).reduce(0) { sum, i in
          let (a, b) = (corners[i], corners[(i + 1) % 4])
          return sum + a.x * b.y - b.x * a.y
        } / 2)
    }
    #expect(abs(area(65) / area(0) - 0.42262) < 1e-3)
  }

  @Test("a number has the digits that it needs, and no more")
  func digits() {
    for (value, digits, text) in [
      (0.0, 1, "0"), (1.04, 1, "1"), (-0.04, 1, "0"), (-0.75, 2, "-0.75"), (0.3, 2, "0.3"),
      (12.0305, 4, "12.0305"), (-179.99996, 4, "-180"), (5.002, 4, "5.002"),
    ] { #expect(Digits.text(value, digits) == text) }
  }

  @Test("land is where there is land")
  func land() {
    let rings = WorldLand.encoded.split(separator: ";").map { ring in
      var (x, y) = (0, 0)
      return ring.split(separator: " ").map { step in
        let parts = step.split(separator: ",").compactMap { Int($0) }
        #expect(parts.count == 2)
        x += parts[0]
        y += parts[1]
        return (x: Double(x) / 10, y: Double(y) / 10)
      }
    }
    func isLand(_ latitude: Double, _ longitude: Double) -> Bool {
      rings.contains { ring in
        var isInside = false
        var before = ring[ring.count - 1]
        for now in ring {
          if (now.y > latitude) != (before.y > latitude),
            longitude < (before.x - now.x) * (latitude - now.y) / (before.y - now.y) + now.x
          {
            isInside.toggle()
          }
          before = now
        }
        return isInside
      }
    }
    for (latitude, longitude) in [
      (41.5, -89.0), (51.0, 10.0), (-25.0, 134.0), (36.2, 138.2), (0.0, 25.0), (64.8, -18.5),
    ] { #expect(isLand(latitude, longitude), "\(latitude),\(longitude)") }
    for (latitude, longitude) in [(40.0, -40.0), (0.0, -150.0), (-30.0, 80.0)] {
      #expect(!isLand(latitude, longitude), "\(latitude),\(longitude)")
    }
  }

  @Test("the picture in the README is the demo's map")
  func kept() async throws {
    let service = try await TestService.makeWithDemo()
    guard
      case .page(let lines) = try await service.run(
        "directory map title=\"The demo's partnerships\"")
    else { return }
    let difference = Golden.difference(
      lines.joined(separator: "\n"), "../../Sources/Pictures/network.svg")
    #expect(difference == nil)
  }

  @Test("the demo's map is well-formed, shows what it counts, and keeps names apart")
  func picture() async throws {
    let service = try await TestService.makeWithDemo()
    try await service.run("community update accra name=\"Accra <&> Tema\"")
    guard case .page(let lines) = try await service.run("directory map") else {
      Issue.record("no picture")
      return
    }
    let svg = lines.joined(separator: "\n")
    #expect(lines.first?.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=") == true)
    #expect(lines.last == "</svg>")
    #expect(svg.contains("Accra &lt;&amp;&gt; Tema") && !svg.contains("<&>"))
    let arcs = lines.count { $0.hasPrefix("<path d=") && $0.contains("<title>PS-") }
    #expect(arcs > 20 && svg.contains("<title>\(arcs) partnerships</title>"))
    // Every element is closed, and none is left open.
    var open: [Substring] = []
    for tag in svg.matches(of: /<(\/?)([a-zA-Z]+)[^>]*?(\/?)>/) {
      if !tag.1.isEmpty {
        #expect(open.popLast() == tag.2)
      } else if tag.3.isEmpty {
        open.append(tag.2)
      }
    }
    #expect(open.isEmpty)
    #expect(!svg.contains("nan") && !svg.contains("inf"))
    guard case .page(let some) = try await service.run("directory map community=washington") else {
      return
    }
    let few = some.count { $0.hasPrefix("<path d=") && $0.contains("<title>PS-") }
    #expect(few > 0 && few < arcs)
    guard case .page(let none) = try await service.run("directory map country=AQ title=Nobody")
    else { return }
    #expect(none.contains { $0.contains(">Nobody</text>") } && none.last == "</svg>")
  }
}
