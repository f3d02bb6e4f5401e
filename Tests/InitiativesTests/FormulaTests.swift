import Access
import CommandLanguage
import Postgres
import TestSupport
import Testing

@testable import Initiatives

@Suite("Indicators that are computed from others")
struct FormulaTests {
  @Test("a formula follows what it stands on, through other formulas too")
  func formulas() async throws {
    let service = try await TestService.withPackets()
    for line in [
      "indicator create I buckets Buckets bucket starts=2020-01-01 ends=2022-12-31 target=50",
      "indicator create I litres Litres L result=outcome formula=packets*10,buckets*12.5",
      "indicator create I people People person result=impact formula=litres*0.1,packets*-1",
      "indicator report I packets 40 on=2020-05-01 incomplete=yes submit=yes",
      "indicator report I buckets 8 on=2021-05-01 submit=yes",
    ] { try await service.run(line) }
    let list = try await service.run("indicator list I").rows
    #expect(
      list.map { $0["code"] } == ["buckets", "litres", "packets", "people"].map { .text($0) })
    #expect(list.map { $0["actual"] } == ["8", "500", "40", "10"].map { .text($0) })
    #expect(list[1]["formula"] == .text("buckets × 12.5 + packets × 10"))
    let refusal = await service.failure("indicator report I litres 5 on=2020-05-01")
    #expect(refusal?.code == .missingPeriod)
    try await service.run("indicator add-period I litres 2020-01-01 2020-12-31 1000")
    let computed = await service.failure("indicator report I litres 5 on=2020-05-01")
    #expect(computed?.code == .formulaConflict)
    #expect(computed?.message.contains("packets × 10") == true)
    let periods = try await service.table("indicator show I litres", "periods")
    #expect(periods.map { $0["actual"] } == [.text("400")], "only what is of those days")
    #expect(
      await service.failure("indicator approve-period I litres 2020-01-01")?.code
        == .formulaConflict)
  }

  @Test("no formula stands on itself, on percentages, or on what is counted in another way")
  func formulaRules() async throws {
    let service = try await TestService.withPackets()
    for line in [
      "indicator create I a A x formula=packets*1", "indicator create I b B x formula=a*2",
      "indicator create I c C x formula=b*3",
      "indicator create I share Share % measure=percentage",
      "indicator create I total Total x aggregation=cumulative",
    ] { try await service.run(line) }
    for (line, code) in [
      ("indicator change-formula I a a*1", ErrorCode.circle),
      ("indicator change-formula I a c*1", .circle),
      ("indicator change-formula I a packets*1 plus=c*1", .circle),
      ("indicator change-formula I a share*1", .formulaConflict),
      ("indicator change-formula I a total*1", .formulaConflict),
      ("indicator change-formula I a packets*0", .invalid),
      ("indicator change-formula I a packets*1 plus=packets*2", .duplicate),
      ("indicator change-formula I packets a*1", .formulaConflict),
      ("indicator create I d D % measure=percentage formula=packets*1", .formulaConflict),
      ("indicator add-dimension I a sex f", .formulaConflict),
      ("indicator change-formula I a nothing*1", .missingIndicator),
    ] {
      #expect(await service.failure(line)?.code == code, "\(line)")
    }
    try await service.run(
      "indicator create I empty Empty x target=1 starts=2020-01-01 ends=2020-12-31")
    try await service.run("indicator approve-period I empty 2020-01-01")
    let approved = await service.failure("indicator change-formula I empty packets*1")
    #expect(approved?.code == .formulaConflict)
    try await service.run("indicator change-formula I a packets*4")
    let shown = try await service.run("indicator show I a").rows[0]
    #expect(shown["formula"] == .text("packets × 4"))
    // As the owner, in one statement and in two: the database keeps it.
    let close = """
      INSERT INTO initiatives.term SELECT initiative_id, id,
        initiatives.find_indicator('I', 'c'), 1 FROM initiatives.indicator
      WHERE code = 'a'
      """
    #expect(await service.ownerRefusal(close) == "conflict.circle")
    #expect(await service.serviceRefusal(close) == "42501")
    let other = """
      UPDATE initiatives.term SET initiative_id = initiatives.find('J')
      WHERE indicator_id = initiatives.find_indicator('I', 'a')
      """
    try await service.run("initiative create J Other humanitarian")
    #expect(await service.ownerRefusal(other) == "term_indicator_fkey")
  }

  @Test("two formulas that would close a circle at once: one is refused", arguments: 0..<4)
  func circleTogether(round: Int) async throws {
    let service = try await TestService.withPackets()
    for code in ["a", "b"] {
      try await service.run("indicator create I \(code) A x formula=packets*1")
    }
    async let first = service.failure("indicator change-formula I a b*1")
    async let second = service.failure("indicator change-formula I b a*1")
    let codes = await [first?.code, second?.code]
    #expect(Set(codes) == [nil, .circle], "\(codes)")
  }

  @Test("formulas whose ways down would multiply without end are refused")
  func ways() async throws {
    let service = try await TestService.withPackets()
    try await service.run("indicator create I l0 L x formula=packets*1")
    try await service.run("indicator create I r0 R x formula=packets*1")
    var refused: ErrorCode?
    for level in 1...12 where refused == nil {
      let terms = "formula=l\(level - 1)*1,r\(level - 1)*1"
      refused = await service.failure("indicator create I l\(level) L x \(terms)")?.code
      if refused == nil {
        refused = await service.failure("indicator create I r\(level) R x \(terms)")?.code
      }
    }
    #expect(refused == .formulaConflict)
    #expect(try await service.run("indicator list I").rows.count > 6, "a few are possible")
  }
}
