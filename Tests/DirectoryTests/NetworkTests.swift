import Access
import CommandLanguage
import SeededInputs
import TestSupport
import Testing

@testable import Directory

@Suite("The network as a graph, as brute force sees it")
struct NetworkTests {
  /// A graph of communities in four countries.
  private struct Graph {
    let countries: [String]
    var edges: Set<Set<Int>> = []

    func code(_ community: Int) -> String { "c\(community)" }

    func areLinked(_ a: Int, _ b: Int) -> Bool { edges.contains([a, b]) }

    func sisters(_ community: Int) -> Set<Int> {
      Set(edges.filter { $0.contains(community) }.flatMap(\.self)).subtracting([community])
    }

    /// How many communities the shortest chain has; nil where there is none.
    func chain(_ origin: Int, _ destination: Int) -> Int? {
      var seen: Set<Int> = [origin]
      var frontier: Set<Int> = [origin]
      var length = 1
      while !frontier.isEmpty {
        if frontier.contains(destination) { return length }
        frontier = Set(frontier.flatMap(sisters)).subtracting(seen)
        seen.formUnion(frontier)
        length += 1
      }
      return nil
    }
  }

  private func graph(
    _ service: TestService, seed: UInt64, communities: Int, links: Int
  ) async throws -> Graph {
    var random = Seeded(seed)
    let countries = (0..<communities).map { _ in
      ["US", "CN", "GH", "KE", "FR"].randomElement(using: &random) ?? "US"
    }
    var graph = Graph(countries: countries)
    while graph.edges.count < links {
      let pair: Set = [
        Int.random(in: 0..<communities, using: &random),
        Int.random(in: 0..<communities, using: &random),
      ]
      if pair.count == 2 { graph.edges.insert(pair) }
    }
    let places = countries.enumerated().map { "('c\($0)', 'Town \($0)', '\($1)')" }
    let pairs = graph.edges.map { $0.sorted() }.map { "('c\($0[0])', 'c\($0[1])')" }
    try await service.auditedSQL(
      """
      INSERT INTO directory.community (code, name, country)
      VALUES \(places.joined(separator: ","));
      INSERT INTO directory.partnership (lo_id, hi_id, state, themes)
      SELECT least(a.id, b.id), greatest(a.id, b.id), 'asserted', '{}'
      FROM (VALUES \(pairs.joined(separator: ","))) AS p (a, b)
      JOIN directory.community a ON a.code = p.a JOIN directory.community b ON b.code = p.b
      """)
    return graph
  }

  @Test("common sisters and the shortest chain", arguments: [1, 2])
  func chains(_ seed: UInt64) async throws {
    let service = try await TestService.make()
    let graph = try await graph(service, seed: seed, communities: 40, links: 44)
    var none = 0
    for a in 0..<12 {
      for b in 12..<24 {
        let common = try await service.run("directory common c\(a) c\(b) limit=100").rows
        let expected = graph.sisters(a).intersection(graph.sisters(b)).map(graph.code).sorted()
        #expect(common.map { $0["code"] } == expected.map { .text($0) }, "c\(a) c\(b)")
        let chain = try await service.run("directory path c\(a) c\(b)").rows
        #expect(chain.count == graph.chain(a, b) ?? 0, "c\(a) c\(b)")
        let steps = chain.compactMap { row -> Int? in
          guard case .text(let code)? = row["code"] else { return nil }
          return Int(code.dropFirst())
        }
        #expect(zip(steps, steps.dropFirst()).allSatisfy { graph.areLinked($0, $1) })
        if chain.isEmpty { none += 1 } else { #expect(steps.first == a && steps.last == b) }
      }
    }
    #expect(none > 0, "some are not linked at all")
    #expect(try await service.run("directory path c1 c1").rows.count == 1)
  }

  @Test("threes, closed and open, with the link that is missing", arguments: [1, 2, 3])
  func threes(_ seed: UInt64) async throws {
    let service = try await TestService.make()
    let graph = try await graph(service, seed: seed, communities: 60, links: 280)
    let africa: Set = ["GH", "KE"]
    var closed: Set<[String]> = []
    var open: [[String]: [String]] = [:]
    let of = { (test: (String) -> Bool) in
      graph.countries.indices.filter { test(graph.countries[$0]) }
    }
    for a in of({ $0 == "US" }) {
      for b in of({ $0 == "CN" }) {
        for c in of({ africa.contains($0) }) {
          let ends = [(a, b, c), (a, c, b), (b, c, a)]
          let lacking = ends.filter { !graph.areLinked($0.0, $0.1) }
          let codes = [a, b, c].map(graph.code)
          if lacking.isEmpty { closed.insert(codes) }
          if lacking.count == 1 {
            open[codes] = [
              "\(graph.code(lacking[0].0)):\(graph.code(lacking[0].1))",
              graph.code(lacking[0].2),
            ]
          }
        }
      }
    }
    #expect(!closed.isEmpty && open.count > 20)
    let line = "directory trilateral countries=US,CN continents=AF limit=1000"
    let rows = try await service.run(line).rows
    func cells(_ row: [String: Value], _ names: [String]) -> [String] {
      names.map { name in
        guard case .text(let text)? = row[name] else { return "" }
        return text
      }
    }
    let found = rows.map { cells($0, ["shape", "a", "b", "c", "missing", "hub", "shared"]) }
    let closedFound = found.filter { $0[0] == "closed" }
    #expect(Set(closedFound.map { Array($0[1...3]) }) == closed)
    #expect(closedFound.count == closed.count)
    let openFound = found.filter { $0[0] == "open" }
    #expect(openFound.count == open.count)
    for row in openFound {
      #expect(open[Array(row[1...3])] == [row[4], row[5]])
      #expect(row[6] == "\(open.values.count { $0[0] == row[4] })")
    }
    #expect(found.map { $0[0] } == closedFound.map { $0[0] } + openFound.map { $0[0] })
    let shared = openFound.compactMap { Int($0[6]) }
    #expect(shared == shared.sorted(by: >), "those that many hubs join come first")
    #expect(try await service.run("directory trilateral limit=1000").rows == rows, "the default")
    #expect(try await service.run("\(line) shape=closed").rows.count == closed.count)
    #expect(try await service.run("\(line) theme=water").rows.isEmpty)
    try await service.auditedSQL("UPDATE directory.partnership SET themes = '{health,water}'")
    #expect(try await service.run("\(line) theme=water").rows == rows)
    try await service.auditedSQL("UPDATE directory.partnership SET state = 'withdrawn'")
    #expect(try await service.run(line).rows.isEmpty, "there are none any more")
    for wrong in ["countries=US,CN", "countries=US,CN continents=AF,EU"] {
      #expect(await service.failure("directory trilateral \(wrong)")?.code == .badValue)
    }
  }

  @Test("a link about something else is no missing link; a three of like places is there once")
  func themesAndLikePlaces() async throws {
    let service = try await TestService.make()
    for line in [
      "community create urbana Urbana US", "community create kunming Kunming CN",
      "community create lagos Lagos NG", "community create lyon Lyon FR",
      "community create bonn Bonn DE", "community create turin Turin IT",
      "source create files Files",
      "partnership assert lagos kunming source=files themes=water",
      "partnership assert urbana kunming source=files themes=water",
      "partnership assert urbana lagos source=files themes=trade",
      "partnership assert lyon bonn source=files", "partnership assert lyon turin source=files",
    ] { try await service.run(line) }
    func shapes(_ filter: String) async throws -> [Value?] {
      try await service.run("directory trilateral \(filter)").rows.map { $0["shape"] }
    }
    #expect(try await shapes("theme=water") == [.text("closed")])
    #expect(try await shapes("theme=trade") == [])
    #expect(try await shapes("continents=EU,EU,EU") == [.text("open")])
    // Where a community may be in two places, a three is there once too.
    for line in [
      "community create toledo Toledo US", "community create york York US",
      "partnership assert toledo york source=files", "partnership assert toledo bonn source=files",
    ] { try await service.run(line) }
    #expect(try await shapes("countries=US,DE continents=NA") == [.text("open")])
    try await service.run("partnership withdraw urbana:lagos")
    #expect(try await shapes("theme=water") == [.text("open")])
    #expect(await service.failure("directory trilateral countries=US,ZZ,CN")?.code == .invalid)
  }

  @Test("a three becomes a planned initiative; one that is not linked does not")
  func planned() async throws {
    let service = try await TestService.make()
    for line in [
      "source create s S", "community create urbana Urbana US",
      "community create zomba Zomba MW", "community create haizhu Haizhu CN",
      "partnership assert urbana zomba source=s",
    ] { try await service.run(line) }
    let plan =
      "initiative plan-trilateral TRI Three humanitarian us:urbana african:zomba "
      + "chinese:haizhu"
    let refusal = await service.failure(plan)
    #expect(refusal?.code.description == "data.not-linked")
    try await service.run("partnership assert urbana haizhu source=s")
    try await service.run(plan)
    let initiative = try await service.run("initiative show TRI").rows[0]
    #expect(initiative["state"] == .text("planned"))
    guard case .table(let partners)? = initiative["partners"] else {
      Issue.record("no partners")
      return
    }
    #expect(partners.rows.count == 3)
    let pilot = await service.failure(
      "initiative create P Pilot humanitarian parent=TRI partners=us:urbana")
    #expect(pilot?.code.description == "data.pilot-roles")
  }
}
