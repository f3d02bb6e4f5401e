import Access
import CommandLanguage
import SeededInputs
import TestSupport
import Testing

@testable import Directory

@Suite("Reports and exports of the directory")
struct DirectoryReportTests {
  private func cells(_ reply: Reply, _ names: [String]) -> [[String]] {
    reply.rows.map { row in
      names.map { name in
        if case .text(let text)? = row[name] { text } else { "-" }
      }
    }
  }

  @Test("components and degrees are what a naive search finds", arguments: [1, 2, 3])
  func network(_ seed: UInt64) async throws {
    let service = try await TestService.make()
    var random = Seeded(seed)
    let count = 60
    try await service.auditedSQL(
      """
      INSERT INTO directory.community (code, name, country)
      SELECT 'c' || i, 'Town ' || i, 'US' FROM generate_series(1, \(count)) AS i
      """)
    var neighbours: [Int: Set<Int>] = [:]
    for _ in 0..<40 {
      let a = Int.random(in: 1...count, using: &random)
      let b = Int.random(in: 1...count, using: &random)
      guard a != b, neighbours[a]?.contains(b) != true else { continue }
      neighbours[a, default: []].insert(b)
      neighbours[b, default: []].insert(a)
      try await service.auditedSQL(
        """
        INSERT INTO directory.partnership (lo_id, hi_id, state)
        SELECT least(a.id, b.id), greatest(a.id, b.id), 'asserted'
        FROM directory.community a, directory.community b WHERE a.code = 'c\(a)' AND b.code = 'c\(b)'
        """)
    }
    var sizes: [Int] = []
    var seen: Set<Int> = []
    for start in neighbours.keys where !seen.contains(start) {
      var queue = [start]
      var size = 0
      seen.insert(start)
      while let next = queue.popLast() {
        size += 1
        for other in neighbours[next] ?? [] where seen.insert(other).inserted {
          queue.append(other)
        }
      }
      sizes.append(size)
    }
    let figures = Dictionary(
      uniqueKeysWithValues: cells(
        try await service.run("report run network-statistics"), ["measure", "value"]
      ).map { ($0[0], $0[1]) })
    #expect(figures["communities"] == "\(count)")
    #expect(figures["communities with partners"] == "\(neighbours.count)")
    #expect(figures["components"] == "\(sizes.count)")
    #expect(figures["largest component"] == sizes.max().map(String.init))
    #expect(figures["components of two"] == "\(sizes.count { $0 == 2 })")
    #expect(figures["highest degree"] == neighbours.values.map(\.count).max().map(String.init))
  }

  @Test("an empty directory has a report too")
  func empty() async throws {
    let service = try await TestService.make()
    #expect(try await service.run("report run network-statistics").rows.count == 9)
    for report in [
      "partnerships-by-country", "partnerships-by-state", "partnerships-by-year",
      "partnerships-dormant", "partnerships-unconfirmed", "dues-outstanding",
    ] { #expect(try await service.run("report run \(report)").rows.isEmpty) }
  }

  @Test("each counts what it says")
  func counts() async throws {
    let service = try await PartnershipTests.signedService()
    for line in [
      "partnership resolve PS-1 R on=2020-01-01", "partnership recognise PS-1 since=2020-06-01",
      "community update denver region=Colorado", "partnership assert denver lagos source=files",
      "partnership assert axum lagos source=files since=2020",
      "partnership terminate axum:lagos on=2022-01-01 reason=r",
      "partnership confirm PS-1 by=denver", "partnership record PS-1 visit V on=2021-01-01",
    ] { try await service.run(line) }
    #expect(
      cells(
        try await service.run("report run partnerships-by-country"),
        ["country", "communities", "members", "partnerships", "signed", "recognised"]) == [
          ["ET", "1", "0", "1", "1", "1"], ["NG", "1", "0", "1", "0", "0"],
          ["US", "1", "1", "2", "1", "1"],
        ])
    #expect(
      cells(
        try await service.run("report run partnerships-by-state"),
        ["state", "members", "partnerships"]) == [["Colorado", "1", "2"]])
    #expect(
      cells(
        try await service.run("report run partnerships-by-year"),
        ["year", "began", "ended", "at-its-end"]) == [
          ["2020", "2", "0", "2"], ["2022", "0", "1", "1"],
        ])
    #expect(
      cells(try await service.run("report run partnerships-by-year year=2022"), ["at-its-end"])
        == [["1"]])
    #expect(
      cells(try await service.run("report run partnerships-dormant years=2"), ["number"])
        == [["PS-1"], ["PS-2"]])
    try await service.run("partnership record PS-1 visit W")
    #expect(
      cells(try await service.run("report run partnerships-dormant years=2"), ["number"])
        == [["PS-2"]])
    #expect(
      cells(try await service.run("report run partnerships-unconfirmed"), ["number", "awaiting"])
        == [["PS-1", "axum"], ["PS-2", "denver,lagos"]])
    #expect(
      cells(try await service.run("report run partnerships-unconfirmed awaiting=axum"), ["number"])
        == [["PS-1"]])
  }

  @Test("GeoJSON is JSON, of the features that there are, within the bounds of the globe")
  func geoJSON() async throws {
    let service = try await TestService.makeWithDemo()
    try await service.run("community update accra name=\"Accra \\\"A\\\" \\\\ B\"")
    for (what, count) in [
      ("communities", "SELECT count(*) FROM directory.community WHERE latitude IS NOT NULL"),
      (
        "partnerships",
        """
        SELECT count(*) FROM directory.current_partnership p
        JOIN directory.community a ON a.id = p.lo_id JOIN directory.community b ON b.id = p.hi_id
        WHERE a.latitude IS NOT NULL AND b.latitude IS NOT NULL
        """
      ),
    ] {
      guard case .page(let lines) = try await service.run("directory geojson \(what)") else {
        Issue.record("no file")
        return
      }
      let json = lines.joined(separator: "\n")
      let features = try await service.sql(
        """
        SELECT j ->> 'type', json_array_length(j -> 'features') FROM (SELECT $j$\(json)$j$::json) AS x (j)
        """)
      let expected = try await service.sql(count)
      #expect(features == [["FeatureCollection", expected[0][0]]])
      let outside = try await service.sql(
        """
        SELECT count(*) FROM jsonb_path_query($j$\(json)$j$::jsonb,
          '$.features[*].geometry.**{1 to last} ? (@.type() == "number" && (@ > 180 || @ < -180))')
        """)
      #expect(outside == [["0"]])
      // Across the Pacific they are cut.
      if what == "partnerships" { #expect(json.contains("MultiLineString")) }
    }
    guard case .page(let none) = try await service.run("directory geojson communities country=AQ")
    else { return }
    #expect(none == [#"{"type":"FeatureCollection","features":[]}"#])
  }
}
