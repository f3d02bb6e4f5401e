import Access
import CommandLanguage
import Postgres
import TestSupport
import Testing

@testable import Directory

@Suite("The right community is found first")
struct SearchTests {
  private static let communities = [
    "munich Munich DE population=1512491 names=\"München,Muenchen,慕尼黑,Мюнхен\"",
    "saint-petersburg-ru \"Saint Petersburg\" RU population=5351935 "
      + "names=\"Санкт-Петербург,Leningrad,St Petersburg\"",
    "st-petersburg-fl \"St. Petersburg\" US region=Florida population=257083",
    "portland-me Portland US region=Maine population=66881",
    "portland-or Portland US region=Oregon population=652503 subdivision=US-OR",
    "portland-tx Portland US region=Texas population=16116",
    "port-louis \"Port Louis\" MU population=155226",
    "sao-paulo \"São Paulo\" BR population=12400232",
    "toledo-es Toledo ES population=83226", "toledo-oh Toledo US region=Ohio population=279789",
    "nagoya Nagoya JP population=2191279 names=\"名古屋\"",
    "nagoya-village 名古 JP kind=village",
    "quebec Québec CA population=531902",
  ]

  private static func service() async throws -> TestService {
    let service = try await TestService.make()
    for community in communities { try await service.run("community create \(community)") }
    return service
  }

  @Test("in any script, misspelt or not, with the region or the country to tell namesakes apart")
  func first() async throws {
    let service = try await Self.service()
    let expected: [(String, [String])] = [
      ("Muenchn", ["munich"]), ("munchen", ["munich"]), ("慕尼黑", ["munich"]),
      ("慕尼", ["munich"]), ("Мюнхен", ["munich"]), ("мюнхн", ["munich"]),
      ("\"St Petersburg\"", ["saint-petersburg-ru", "st-petersburg-fl"]),
      ("saint petersburg", ["saint-petersburg-ru", "st-petersburg-fl"]),
      ("Leningrad", ["saint-petersburg-ru"]),
      ("Portland", ["portland-or", "portland-me", "portland-tx"]),
      ("portland, maine", ["portland-me"]), ("\"Portland, OR\"", ["portland-or"]),
      ("Portland region=Texas", ["portland-tx"]),
      ("port", ["portland-or", "port-louis", "portland-me", "portland-tx"]),
      ("sao paulo", ["sao-paulo"]), ("são pualo", ["sao-paulo"]),
      ("toledo", ["toledo-oh", "toledo-es"]), ("toledo, spain", ["toledo-es"]),
      ("toledo country=ES", ["toledo-es"]), ("munichn country=BR", []),
      // Nothing in Mauritius begins so; elsewhere something does.
      ("portl country=MU", ["port-louis"]), ("名古屋", ["nagoya"]),
      ("名古", ["nagoya-village", "nagoya"]), ("quebec", ["quebec"]),
      ("Xyzzyville", []), ("qu", []),
    ]
    for (query, codes) in expected {
      let found = try await service.run("community search \(query)").rows.map { $0["code"] }
      #expect(found == codes.map { .text($0) }, "\(query)")
    }
  }

  @Test("a comma is a part of a name, or comes before the places where it is")
  func commas() async throws {
    let service = try await TestService.make()
    for line in [
      "community create suzhou-js \"Suzhou, Jiangsu\" CN region=Jiangsu",
      "community create suzhou-ah Suzhou CN region=Anhui",
      "community create chicago Chicago US region=Illinois subdivision=US-IL",
      "community create chicago-oh Chicago US region=Ohio subdivision=US-OH",
    ] { try await service.run(line) }
    func found(_ text: String) async throws -> [Value?] {
      try await service.run("community search \"\(text)\"").rows.map { $0["code"] }
    }
    #expect(try await found("Suzhou, Jiangsu").first == .text("suzhou-js"))
    #expect(try await found("Suzhou, Anhui") == [.text("suzhou-ah")])
    #expect(try await found("Chicago, Illinois, USA") == [.text("chicago")])
    #expect(try await found("Chicago, OH, United States") == [.text("chicago-oh")])
    #expect(try await found("Chicago, Illinois, China").isEmpty)
  }

  @Test("a name that it was found by and does not go by is said; pages go on by rank")
  func pages() async throws {
    let service = try await Self.service()
    let found = try await service.run("community search 慕尼黑").rows
    #expect(found.first?["found-as"] == .text("慕尼黑"))
    #expect(try await service.run("community search munich").rows.first?["found-as"] == .null)
    var seen: [Value?] = []
    var after = ""
    for _ in 0..<3 {
      guard
        case .list(let table, let next) = try await service.run(
          "community search portland limit=1\(after)")
      else {
        Issue.record("no list")
        return
      }
      seen += table.rows.map { $0[1] }
      after = next.map { " after=\($0)" } ?? ""
    }
    #expect(seen == ["portland-or", "portland-me", "portland-tx"].map { .text($0) })
    #expect(after == "")
  }

  @Test("every way of finding a name has an index")
  func indexes() async throws {
    let service = try await TestService.make()
    let statement = try #require(
      CommunitySearch.statements.first { $0.name == "directory.community-search" })
    var sql = statement.sql
    for (index, value) in ["'Lyon'::text", "NULL::text", "NULL::text", "NULL::text", "21"]
      .enumerated()
    {
      sql = sql.replacing("$\(index + 1)", with: value)
    }
    let plan = try await service.sql("SET enable_seqscan = off; EXPLAIN \(sql)")
      .compactMap { $0[0] }
    #expect(!plan.contains { $0.contains("Seq Scan") }, "\(plan.joined(separator: "\n"))")
    for index in ["community_name_key", "community_likeness", "community_name_likeness"] {
      #expect(plan.contains { $0.contains(index) }, "\(index)")
    }
    // What is looked for is there to be found: without its index a scan is planned.
    let without = try await service.sql(
      "SET enable_seqscan = off; DROP INDEX directory.community_likeness; EXPLAIN \(sql)")
    #expect(without.compactMap { $0[0] }.contains { $0.contains("Seq Scan") })
  }
}
