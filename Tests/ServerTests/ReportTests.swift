import Access
import Catalog
import CommandLanguage
import EventLoop
import Postgres
import TestSupport
import Testing

@testable import Server

@Suite("Reports, and requests that have names")
struct ReportTests {
  @Test("A report as CSV is byte for byte what psql copies of the same query")
  func identical() async throws {
    let service = try await TestService.makeWithDemo()
    let token = try await service.makeToken(user: "script.bot", role: .reporter)
    let server = try await TestServer.start(service)
    let line = "report run awards-by-country year>=2000 limit=all format=csv"
    let answer = try await Shell.run(
      "printf 'auth %s\n\(line)\n' \"$TOKEN\" | nc -N 127.0.0.1 \"$PORT\" | sed -n 's/^[|:] //p'",
      server, token: token)
    let query = """
      SELECT g.year, c.country, g.currency, count(*), count(*) FILTER (WHERE g.state = 'closed'), \
      service.money_text(sum(b.awarded - b.deobligated)::bigint, g.currency), \
      service.money_text(sum(b.disbursed - b.refunded)::bigint, g.currency) \
      FROM grants.grant g JOIN grants.grant_balance b ON b.grant_id = g.id \
      JOIN directory.community c ON c.id = g.community_id \
      WHERE g.state <> 'declined' AND g.year >= 2000 \
      GROUP BY g.year, c.country, g.currency ORDER BY 1, 2, 3
      """
    let copied = try await Shell.run(
      "psql -X \"\(service.connectionString(.service))\" -c \"\\copy (\(query)) TO STDOUT (FORMAT csv)\"",
      server)
    #expect(answer == copied)
    #expect(answer.split(separator: "\n").count > 1)
  }

  @Test("The list of reports says what they take, and who may run them")
  func list() async throws {
    let service = try await TestService.make()
    let rows = try await service.run("report list", as: .desk).rows
    let permitted = rows.filter { $0["permitted"] == .text("yes") }.map { $0["report"] }
    #expect(permitted == [.text("registrations-by-day")])
    #expect(rows.count >= 4)
    #expect(await service.failure("report run payments-due", as: .desk)?.code == .commandDenied)
    let wrong = await service.failure("report run payments-dew")
    #expect(wrong?.suggestion == "report run payments-due")
    #expect(await service.failure("report run")?.message.contains("payments-due") == true)
  }

  @Test("A report is read where reports are, and never decides anything")
  func elsewhere() async throws {
    let (main, replica) = (try await TestService.make(), try await TestService.makeWithDemo())
    let database = await Database(
      main.connectionString(.service), reports: replica.connectionString(.service))
    let service = await Service(
      areas: Catalog.areas, database: database)
    let session = await Session(principal: Principal(name: "ann", roles: [.admin]))
    func rows(_ line: String) async throws -> Int {
      let request = try #require(try RequestParser.parse(line))
      return try await service.run(request, session).0.rows.count
    }
    #expect(try await rows("community list") == 0)
    #expect(try await rows("report run awards-by-country") > 0)
    await database.close()
  }

  @Test("A saved request is its user's own, runs with what is added, and reads only")
  func saved() async throws {
    let service = try await TestService.makeWithDemo()
    let ann = Principal(name: "ann", roles: [.admin])
    let ben = Principal(name: "ben", roles: [.desk])
    try await service.run(
      #"saved create us request="community list country=US limit=2""#, as: ann)
    #expect(try await service.run("saved run us", as: ann).rows.count == 2)
    #expect(try await service.run("saved run us limit=1", as: ann).rows.count == 1)
    let named = try await service.run("saved run us limit=100 name~ouston", as: ann).rows
    #expect(named.allSatisfy { $0["country"] == .text("US") } && named.count == 1)
    func failure(_ line: String, _ who: Principal) async -> DomainError? {
      do throws(DomainError) {
        _ = try await service.run(line, as: who)
        return nil
      } catch { return error }
    }
    #expect(await failure("saved run us", ben)?.code.description == "missing.saved")
    #expect(await failure("saved run su", ann)?.code.description == "missing.saved")
    for request in ["community create a A US", "saved run us", "whoami x", "auth x", "begin"] {
      #expect(await failure("saved create bad request=\"\(request)\"", ann) != nil, "\(request)")
    }
    // What it names, one must still be allowed to run.
    try await service.run("saved create g request=\"grant list\"", as: ben)
    #expect(await failure("saved run g", ben)?.code == .commandDenied)
    #expect(try await service.run("saved list", as: ann).rows.count == 1)
    #expect(try await service.run("saved delete us", as: ann)["name"] == "us")
    #expect(try await service.run("saved list", as: ann).rows.isEmpty)
  }
}
