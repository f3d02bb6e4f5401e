import Access
import CommandLanguage
import Postgres
import TestSupport
import Testing

@testable import Initiatives

@Suite("How indicators stand")
struct StandingTests {
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
