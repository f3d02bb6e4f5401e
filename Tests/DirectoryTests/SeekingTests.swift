import Access
import CommandLanguage
import TestSupport
import Testing

@testable import Directory

@Suite("Communities that seek a partner, and who suits them")
struct SeekingTests {
  private static func service() async throws -> TestService {
    let service = try await TestService.make()
    for (code, country, population) in [
      ("denver", "US", 700_000), ("urbana", "US", 40_000), ("axum", "ET", 66_000),
      ("lagos", "NG", 15_000_000), ("kunming", "CN", 6_000_000), ("turin", "IT", 850_000),
      ("lyon", "FR", 520_000),
    ] {
      try await service.run("community create \(code) \(code) \(country) population=\(population)")
    }
    return service
  }

  private func ranking(_ service: TestService, _ code: String) async throws -> [String] {
    try await service.run("directory candidates \(code)").rows.map { row in
      ["code", "fit"].map { name in
        if case .text(let text)? = row[name] { text } else { "-" }
      }.joined(separator: ": ")
    }
  }

  @Test("both ways before one way before neither; then themes, likeness of size, fewest partners")
  func ranks() async throws {
    let service = try await Self.service()
    for line in [
      "community seek denver continents=AF,EU themes=water,music",
      "community seek axum countries=US themes=water", "community seek lagos continents=NA",
      "community seek turin continents=NA themes=music,water",
      "community seek lyon continents=NA themes=music,water",
      "community seek kunming continents=NA themes=water,music", "community seek urbana",
    ] { try await service.run(line) }
    // Turin is nearer in size than Lyon is; Kunming is not where Denver looks.
    #expect(
      try await ranking(service, "denver") == [
        "turin: both ways", "lyon: both ways", "axum: both ways", "lagos: both ways",
        "kunming: seeks such",
      ])
    try await service.run("community seek axum countries=US themes=water min-population=800000")
    try await service.run("community seek lagos continents=EU")
    #expect(
      try await ranking(service, "denver") == [
        "turin: both ways", "lyon: both ways", "axum: is sought", "lagos: is sought",
        "kunming: seeks such",
      ])
    // Who is a partner already, or is about to be, is none.
    try await service.run("partnership create denver turin")
    try await service.run("community stop-seeking lyon")
    #expect(try await ranking(service, "denver").first == "axum: is sought")
    // Whoever seeks nothing in particular suits everybody's wishes by what they are.
    #expect(
      try await ranking(service, "kunming").prefix(2) == ["urbana: both ways", "denver: is sought"])
    #expect(await service.failure("community stop-seeking lyon")?.code == .notSeeking)
    #expect(await service.failure("directory candidates nowhere")?.code == .missingCommunity)
    #expect(
      await service.failure("community seek lyon min-population=5 max-population=4")?.code
        == .invalid)
    #expect(try await service.run("directory seeking theme=music").rows.count == 3)
  }

  @Test("what cannot be is not sought, by a command or by raw SQL")
  func impossible() async throws {
    let service = try await TestService.make()
    try await service.run("community create houston Houston US")
    for rest in ["countries=ZZ", "min-population=-5", "min-population=9 max-population=8"] {
      #expect(await service.failure("community seek houston \(rest)")?.code == .invalid, "\(rest)")
    }
    for cells in [
      "countries) SELECT id, '{zz}'", "continents) SELECT id, '{XX}'", "themes) SELECT id, '{A B}'",
    ] {
      await #expect(throws: RawSQLError.self) {
        try await service.serviceSQL(
          "INSERT INTO directory.seeking (community_id, \(cells) FROM directory.community")
      }
    }
    try await service.run("community seek houston countries=CN themes=water")
  }

  @Test("a population that is not known meets no bound, and is no reason against a community")
  func unknown() async throws {
    let service = try await Self.service()
    try await service.run("community create nowhere Nowhere GH")
    try await service.run("community seek nowhere")
    try await service.run("community seek axum")
    try await service.run("community seek denver continents=AF")
    #expect(
      try await ranking(service, "denver") == ["axum: both ways", "nowhere: both ways"])
    try await service.run("community seek denver continents=AF min-population=1")
    #expect(
      try await ranking(service, "denver") == ["axum: both ways", "nowhere: seeks such"])
  }
}
