import Access
import CommandLanguage
import Postgres
import TestSupport
import Testing

@testable import Initiatives

@Suite("What actuals say: amounts, parts, whose they are, and when")
struct ActualValueTests {
  private let report = "indicator report I packets 40 on=2020-05-01"
  private let parts = "parts=country:ET:30,country:NG:10"

  @Test("what is handed in is whole: its parts add up, unless it says that they do not")
  func breakdown() async throws {
    let service = try await TestService.withPackets()
    let short = await service.failure("\(report) parts=country:ET:30 submit=yes")
    #expect(short?.code == .breakdown)
    #expect(short?.message == "the parts of A-1 by country come to 30, and it is 40")
    #expect(short?.suggestion == "actual update A-1 incomplete=yes")
    #expect(await service.failure("\(report) submit=yes")?.code == .breakdown)
    let more = await service.failure(
      "\(report) parts=country:ET:30,country:NG:11 incomplete=yes submit=yes")
    #expect(more?.code == .breakdown, "incomplete is less, never more")
    #expect(
      await service.failure("\(report) parts=country:XX:30")?.code == .missingDimension)
    #expect(
      await service.failure("\(report) parts=country:ET:1,country:ET:2")?.code == .duplicate)
    try await service.run("\(report) parts=country:ET:30 incomplete=yes submit=yes")
    try await service.run("\(report) \(parts) submit=yes")
    let rows = try await service.run("report run indicator-breakdown indicator=packets").rows
    #expect(rows.map { $0["actual"] } == [.text("60"), .text("10")])
    #expect(rows.map { $0["part"] } == [.text("75.0"), .text("12.5")])
    for sql in [
      "UPDATE initiatives.part SET amount = 1", "DELETE FROM initiatives.part",
      "UPDATE initiatives.part p SET actual_id = p.actual_id",
    ] {
      #expect(await service.ownerRefusal(sql) == "conflict.state", "\(sql)")
    }
    let sql = """
      WITH a AS (UPDATE initiatives.actual SET is_incomplete = false WHERE is_incomplete RETURNING 1)
      SELECT count(*) FROM a
      """
    #expect(await service.ownerRefusal(sql) == "conflict.state")
  }

  @Test("a percentage keeps of how many; everything else is one number, and none is below nothing")
  func measures() async throws {
    let service = try await TestService.withPackets()
    try await service.run(
      "indicator create I safe \"Safe water\" % measure=percentage target=70 "
        + "starts=2020-01-01 ends=2020-12-31")
    let percentage = "indicator report I safe"
    #expect(await service.failure("\(percentage) 34 on=2020-05-01")?.code == .measure)
    #expect(await service.failure("\(percentage) 34/0 on=2020-05-01")?.code == .invalid)
    #expect(await service.failure("\(report)/50")?.code == .badValue)
    #expect(
      await service.failure("indicator report I packets 40/50 on=2020-05-01")?.code == .measure)
    #expect(
      await service.failure("indicator report I packets -4 on=2020-05-01")?.code == .badValue)
    for amount in ["NaN", "Infinity", "-1"] {
      #expect(
        await service.serviceRefusal(
          """
          SELECT initiatives.report('I', 'packets', '\(amount)', '2020-05-01', NULL, NULL, NULL,
            NULL, '{}', false, false)
          """) == "actual_amount_positive", "\(amount)")
    }
    for amount in ["1/10", "80/90"] {
      try await service.run("\(percentage) \(amount) on=2020-05-01 submit=yes")
    }
    let shown = try await service.run("indicator show I safe").rows[0]
    #expect(shown["actual"] == .text("81"), "81 of 100, and no average of 10 % and 88.89 %")
  }

  @Test("a contributor is a community or a name; a merge moves it, even in an approved period")
  func contributors() async throws {
    let service = try await TestService.withPackets()
    try await service.run("community create kiev Kiev UA")
    try await service.run("community create kyiv Kyiv UA")
    let both = await service.failure("\(report) community=kiev contributor=x")
    #expect(both?.code == .invalid)
    let reply = try await service.run(
      "\(report) community=kiev incomplete=yes submit=yes", as: Office.reporter)
    let number = reply["number"] ?? ""
    try await service.run("actual approve \(number)", as: Office.officer)
    try await service.run("indicator approve-period I packets 2020-05-01", as: Office.officer)
    let move = """
      UPDATE initiatives.actual SET community_id =
        (SELECT id FROM directory.community WHERE code = 'kyiv')
      """
    #expect(await service.ownerRefusal(move) == "conflict.period-approved", "no merge says so")
    func community() async throws -> Value? {
      try await service.run("actual show \(number)").rows[0]["community"]
    }
    try await service.run("community merge kiev kyiv reason=x")
    #expect(try await community() == .text("kyiv"))
    #expect(await service.ownerRefusal("UPDATE initiatives.actual SET amount = 1") != nil)
    try await service.run("community unmerge kiev")
    #expect(try await community() == .text("kiev"))
    #expect(try await service.run("actual list contributor=kiev").rows.count == 1)
    let other = try await service.run("indicator report I packets 1 on=2021-01-01 community=kiev")
    try await service.run("actual update \(other["number"] ?? "") contributor=\"A school\"")
    let changed = try await service.run("actual show \(other["number"] ?? "")").rows[0]
    #expect(changed["community"] == .null && changed["contributor"] == .text("A school"))
  }

  @Test("moved to another day, a draft is of that day's period")
  func moved() async throws {
    let service = try await TestService.withPackets()
    try await service.run(report)
    try await service.run("actual update A-1 on=2022-03-01 incomplete=yes")
    try await service.run("actual submit A-1")
    let periods = try await service.table("indicator show I packets", "periods")
    #expect(periods.map { $0["actual"] } == [.null, .null, .text("40")])
    #expect(await service.failure("actual submit A-9")?.code == .missingActual)
  }
}
