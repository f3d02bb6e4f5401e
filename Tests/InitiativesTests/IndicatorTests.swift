import Access
import CommandLanguage
import Postgres
import TestSupport
import Testing

@testable import Initiatives

@Suite("Indicators, their periods and dimensions")
struct IndicatorTests {
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
}
