import Access
import CommandLanguage
import Foundations
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@testable import Directory

/// A real list of pairs; nil where there is none beside the repository.
private let realList: [UInt8]? = {
  guard let file = fopen("../shared/data/twin_cities.csv", "r") else { return nil }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = fread(&buffer, 1, buffer.count, file)
    if count == 0 { return bytes }
    bytes += buffer[..<count]
  }
}()

@Suite("A real list of 25,917 pairs", .enabled(if: realList != nil))
struct FullListTests {
  /// Imports the list, which comes as one piece.
  private func load(_ service: TestService) async throws -> [String: String] {
    let list = try #require(realList)
    let text = String(decoding: list, as: UTF8.self)
    let reply = try await service.run("directory import list data=\(JSON.string(text))")
    guard case .outcome(_, let pairs, nil) = reply else { return [:] }
    return Dictionary(uniqueKeysWithValues: pairs.map { ($0.name, $0.value) })
  }

  @Test("every row has one outcome; again is a no-op; threes are what brute force finds")
  func whole() async throws {
    let service = try await TestService.make()
    for line in [
      "source create list List",
      "community create portland-or Portland US region=Oregon at=45.52,-122.68",
      "community create portland-me Portland US region=Maine at=43.66,-70.26",
    ] { try await service.run(line) }
    let first = try await load(service)
    let numbers = ["added", "matched", "ambiguous", "rejected"].map { Int(first[$0] ?? "") ?? -1 }
    #expect(numbers.reduce(0, +) == 25_917 && first["read"] == "25917")
    #expect(numbers[0] > 20_000)
    let lines = try await service.sql(
      """
      SELECT line FROM directory.import_row
      WHERE reason = 'a community is no partner of itself' ORDER BY line
      """)
    #expect(lines.map { $0[0] } == ["12069", "24153", "24482"])
    let portland = try await service.sql(
      """
      SELECT DISTINCT r.outcome FROM directory.import_row r JOIN directory.import_place p
        ON p.number IN (r.place1, r.place2) WHERE p.city = 'Portland' AND p.label = 'United States'
      """)
    #expect(portland == [["ambiguous"]])
    let state =
      "SELECT (SELECT count(*) FROM directory.community), count(*), "
      + "(SELECT count(*) FROM directory.assertion), (SELECT max(id) FROM audit.change) "
      + "FROM directory.partnership"
    let before = try await service.sql(state)
    let second = try await load(service)
    #expect(second["added"] == "0" && second["matched"] == "\(numbers[0] + numbers[1])")
    #expect(second["ambiguous"] == first["ambiguous"] && second["rejected"] == first["rejected"])
    #expect(try await service.sql(state) == before)
    try await threes(service)
  }

  /// Compares `directory trilateral` with every three of the database's pairs.
  private func threes(_ service: TestService) async throws {
    let rows = try await service.sql(
      """
      SELECT a.code, x.continent, b.code, y.continent FROM directory.partnership p
      JOIN directory.community a ON a.id = p.lo_id JOIN directory.community b ON b.id = p.hi_id
      JOIN directory.country x ON x.code = a.country JOIN directory.country y ON y.code = b.country
      """)
    var sisters: [String: [String: Set<String>]] = [:]
    for row in rows {
      let cells = row.map { $0 ?? "" }
      sisters[cells[0], default: [:]][cells[3], default: []].insert(cells[2])
      sisters[cells[2], default: [:]][cells[1], default: []].insert(cells[0])
    }
    var expected: Set<[String]> = []
    let places = ["NA", "AS", "AF"]
    for (hub, byPlace) in sisters {
      for place in 0..<3 {
        // Where the hub itself is, its sisters say.
        let others = [0, 1, 2].filter { $0 != place }
        for one in byPlace[places[others[0]]] ?? [] {
          guard sisters[one]?[places[place]]?.contains(hub) == true else { continue }
          for other in byPlace[places[others[1]]] ?? [] {
            var three = ["", "", ""]
            three[place] = hub
            three[others[0]] = one
            three[others[1]] = other
            expected.insert(three)
          }
        }
      }
    }
    let found = try await service.run("directory trilateral continents=NA,AS,AF limit=10000").rows
    let threes = found.map { row in
      ["a", "b", "c"].map { name -> String in
        guard case .text(let text)? = row[name] else { return "" }
        return text
      }
    }
    #expect(expected.count > 500)
    #expect(threes.count == expected.count && Set(threes) == expected)
  }
}
