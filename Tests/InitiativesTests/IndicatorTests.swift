import Access
import CommandLanguage
import Postgres
import TestSupport
import Testing

@testable import Initiatives

@Suite("Indicators, their formulas, periods and dimensions")
struct IndicatorTests {
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

  @Test("periods of one indicator never overlap, and keep what was reported for them")
  func periods() async throws {
    let service = try await TestService.withPackets()
    for line in [
      "indicator add-period I packets 2020-12-31 2021-01-01 5",
      "indicator change-period I packets 2020-06-01 ends=2021-01-01",
    ] {
      #expect(await service.failure(line)?.code == .duplicate, "\(line)")
    }
    let order = await service.failure("indicator add-period I packets 2025-01-02 2025-01-01 5")
    #expect(order?.code == .invalid)
    try await service.run("indicator add-period I packets 2023-01-01 2023-01-01 5")
    try await service.run("indicator report I packets 4 on=2020-11-30")
    let outside = await service.failure(
      "indicator change-period I packets 2020-06-01 ends=2020-11-29")
    #expect(outside?.code == .stateConflict)
    #expect(outside?.message.contains("A-1") == true)
    let full = await service.failure("indicator remove-period I packets 2020-06-01")
    #expect(full?.code == .stateConflict)
    try await service.run("indicator change-period I packets 2020-06-01 ends=2020-11-30 target=9")
    let gap = await service.failure("indicator report I packets 4 on=2020-12-01")
    #expect(gap?.code == .missingPeriod)
    #expect(gap?.message.contains("2020-01-01 to 2020-11-30") == true)
    try await service.run("indicator remove-period I packets 2023-01-01")
    let shown = try await service.table("indicator show I packets", "periods")
    #expect(shown.map { $0["target"] } == ["9", "200", "300"].map { .text($0) })
    let overlap = """
      INSERT INTO initiatives.period (indicator_id, starts, ends, target)
      SELECT indicator_id, ends, ends + 5, 1 FROM initiatives.period
      """
    #expect(await service.serviceRefusal(overlap) == "42501")
    #expect(await service.ownerRefusal(overlap) == "period_no_overlap")
    #expect(
      await service.ownerRefusal("UPDATE initiatives.period SET ends = 'infinity'")
        == "period_order")
    #expect(
      await service.ownerRefusal("UPDATE initiatives.period SET ends = '2020-06-01' WHERE id = 1")
        == "conflict.state")
  }

  @Test("an indicator is removed while nothing was reported on it and no other stands on it")
  func removal() async throws {
    let service = try await TestService.withPackets()
    try await service.run("indicator create I litres Litres L formula=packets*10 target=5")
    let base = await service.failure("indicator remove I packets")
    #expect(base?.code == .formulaConflict)
    #expect(base?.suggestion == "indicator change-formula I litres")
    try await service.run("indicator remove I litres")
    try await service.run("indicator report I packets 1 on=2020-05-01")
    #expect(await service.failure("indicator remove I packets")?.code == .stateConflict)
    try await service.run("actual remove A-1")
    try await service.run("indicator remove I packets")
    #expect(try await service.run("indicator list I").rows.isEmpty)
  }

  @Test("a target needs days, what descends a baseline, and a baseline a day")
  func wholes() async throws {
    let service = try await TestService.make()
    try await service.run("initiative create N None humanitarian")
    for line in [
      "indicator create N a A x target=5", "indicator create N a A x starts=2020-01-01",
      "indicator create N a A x direction=descending",
      "indicator create N a A x baseline=5", "indicator create N a A x baseline-note=x",
      "indicator create N a A x baseline=-5 baseline-on=2020-01-01",
    ] {
      #expect(await service.failure(line)?.code == .invalid, "\(line)")
    }
    try await service.run(
      "indicator create N a A x direction=descending baseline=9 baseline-on=2020-01-01")
    #expect(
      await service.serviceRefusal(
        "UPDATE initiatives.indicator SET baseline = NULL, baseline_on = NULL")
        == "indicator_descends_from")
    #expect(
      await service.serviceRefusal("UPDATE initiatives.indicator SET baseline = 'NaN'")
        == "indicator_baseline_positive")
    for sql in [
      "UPDATE initiatives.indicator SET aggregation = 'cumulative'",
      "UPDATE initiatives.indicator SET measure = 'percentage'",
    ] {
      #expect(await service.serviceRefusal(sql) == "42501", "\(sql)")
    }
  }

  @Test("what was handed in is not asked for parts by another dimension, nor loses one")
  func dimensions() async throws {
    let service = try await TestService.withPackets()
    let report = "indicator report I packets 40 on=2020-05-01"
    try await service.run("\(report) parts=country:ET:30,country:NG:10 submit=yes")
    let late = await service.failure("indicator add-dimension I packets sex f categories=m")
    #expect(late?.code == .stateConflict)
    #expect(late?.suggestion == "actual return A-1")
    let used = await service.failure("indicator remove-dimension I packets country")
    #expect(used?.code == .dimensionInUse)
    try await service.run("indicator add-dimension I packets country KE")
    try await service.run("actual return A-1 reason=x", as: Office.officer)
    try await service.run("indicator add-dimension I packets sex f categories=m")
    let lacking = await service.failure("actual submit A-1")
    #expect(lacking?.code == .breakdown)
    try await service.run("indicator remove-dimension I packets sex")
    try await service.run("actual submit A-1")
    #expect(
      await service.failure("indicator remove-dimension I packets sex")?.code == .missingDimension)
  }

  @Test("how it goes is told by the target, the days, and the way from the baseline")
  func progress() async throws {
    let service = try await TestService.make()
    let today = try await service.sql(
      "SELECT current_date - 50, current_date + 49, current_date - 1, current_date")[0]
      .map { $0 ?? "" }
    try await service.run("initiative create I Water humanitarian")
    let days = "starts=\(today[0]) ends=\(today[1])"
    let before = "baseline=400 baseline-on=2007-12-31"
    for line in [
      "indicator create I up Up x target=100 \(days)",
      "indicator create I down Down x target=100 aggregation=cumulative direction=descending "
        + "\(before) \(days)",
      "indicator create I cases Cases x target=100 direction=descending \(before) \(days)",
      "indicator create I past Cases x target=100 direction=descending \(before) "
        + "starts=2008-01-01 ends=\(today[2])",
      "indicator create I level Level x target=500 aggregation=cumulative \(before) \(days)",
      "indicator create I old Old x target=5 starts=2008-01-01 ends=\(today[2])",
      "indicator create I new New x target=5 starts=2990-01-01 ends=2990-12-31",
      "indicator create I none None x target=5 \(days)",
    ] { try await service.run(line) }
    func report(_ code: String, _ amount: String, on day: Int = 3) async throws {
      try await service.run(
        "indicator report I \(code) \(amount) on=\(today[day]) submit=yes contributor=x")
    }
    func row(_ code: String) async throws -> [Value?] {
      let row = try await service.run("indicator show I \(code)").rows[0]
      return [row["share"], row["status"]]
    }
    for (code, amount, share, progress) in [
      ("up", "30", "30.0", "behind"), ("up", "30", "60.0", "on-track"),
      ("up", "40", "100.0", "reached"), ("down", "325", "25.0", "behind"),
      ("level", "440", "40.0", "behind"), ("level", "455", "55.0", "on-track"),
      ("level", "500", "100.0", "reached"),
    ] {
      try await report(code, amount)
      #expect(try await row(code) == [.text(share), .text(progress)], "\(code) \(amount)")
    }
    // What is counted, and is to stay small, has not reached it before the days are over.
    #expect(try await row("cases") == [.null, .text("unreported")])
    for (amount, status) in [("40", "on-track"), ("40", "behind"), ("40", "missed")] {
      try await report("cases", amount)
      #expect(try await row("cases") == [.null, .text(status)], "\(amount)")
    }
    try await report("past", "70", on: 2)
    #expect(try await row("past") == [.text("110.0"), .text("reached")])
    try await report("past", "105", on: 2)
    #expect(try await row("past") == [.text("75.0"), .text("missed")])
    #expect(try await row("old") == [.null, .text("missed")])
    #expect(try await row("new") == [.null, .text("upcoming")])
    #expect(try await row("none") == [.null, .text("unreported")])
    let found = try await service.run("report run indicator-progress status=reached").rows
    #expect(found.map { $0["indicator"] } == [.text("level"), .text("up")])
    let page = try await service.run("report run indicator-progress limit=3 after=\"I level\"")
    #expect(page.rows.map { $0["indicator"] } == ["new", "none", "old"].map { .text($0) })
  }

  @Test("the trend is a block for each period that has begun, a dot where nothing was reported")
  func trend() async throws {
    let service = try await TestService.withPackets()
    try await service.run("indicator add-period I packets 2990-01-01 2990-12-31 400")
    for (year, amount) in [(2020, 400), (2022, 100)] {
      try await service.run(
        "indicator report I packets \(amount) on=\(year)-05-01 incomplete=yes submit=yes")
    }
    let rows = try await service.run("report run indicator-progress").rows
    #expect(rows.map { $0["trend"] } == [.text("█·▃")])
  }
}
