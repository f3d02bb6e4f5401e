import Access
import CommandLanguage
import TestSupport
import Testing

@testable import Grants

@Suite("Money of several funds and currencies")
struct FundTests {
  @Test("a grant draws on its funds in their order, and gives back in the reverse")
  func splits() async throws {
    let service = try await TestService.withFund(received: "6000")
    try await service.run("fund create B Second Ford")
    try await service.run("fund receive B 5000 on=2008-01-05")
    let offered = try await service.run(
      "grant offer SDWI PG:6000,B:3500 kansas-city 9500 title=PUR starts=2008-02-01 on=2008-01-10")
    #expect(offered["available"] == "1500.00 USD")
    try await service.activate()
    try await service.pay("7000")
    #expect(try await service.counters("PG") == ["600000", "0", "0", "600000"])
    #expect(try await service.counters("B") == ["500000", "0", "250000", "100000"])
    try await service.run("payment refund G-2008-0001-P01 1500", as: .finance)
    #expect(try await service.counters("PG") == ["600000", "0", "50000", "550000"])
    #expect(try await service.counters("B") == ["500000", "0", "350000", "0"])
    try await service.run("grant start-closeout G-2008-0001")
    try await service.closeOut(on: nil)
    #expect(try await service.counters("PG") == ["600000", "0", "0", "550000"])
    #expect(try await service.counters("B") == ["500000", "0", "0", "0"])
    #expect(try await service.run("ledger verify").rows.isEmpty)
    #expect(try await service.run("grant list fund=B").rows.first?["funds"] == .text("PG,B"))
  }

  @Test("each fund of a grant must allow it and have its part")
  func eachFund() async throws {
    let service = try await TestService.withFund()
    try await service.run("fund create B Second Ford area=youth-education")
    try await service.run("fund create C Third Ford")
    let expected: [(String, ErrorCode)] = [
      ("PG:1,B:1", .restricted), ("PG:1,C:1", .overAward), ("PG:1,QQ:1", .missingFund),
      ("PG:1,C:2", .badValue), ("PG,C", .badValue),
    ]
    for (funds, code) in expected {
      let line = "grant offer SDWI \(funds) kansas-city 2 title=x"
      #expect(await service.failure(line)?.code == code, "\(funds)")
    }
  }

  @Test("a fund for an initiative pays for it and its pilots, and for nothing else")
  func initiative() async throws {
    let service = try await TestService.withFund()
    try await service.run("initiative create PILOT Pilot humanitarian parent=SDWI")
    try await service.run("initiative create OTHER Other humanitarian")
    try await service.run("fund create B Second Ford initiative=SDWI")
    try await service.run("fund receive B 5000 on=2008-01-05")
    try await service.run("grant offer PILOT B kansas-city 1 title=x")
    try await service.run("grant offer SDWI B kansas-city 1 title=x")
    #expect(
      await service.failure("grant offer OTHER B kansas-city 1 title=x")?.code == .restricted)
  }

  @Test("money changes its currency by two legs, and no balance mixes them")
  func exchange() async throws {
    let service = try await TestService.withFund()
    let offer = "grant offer SDWI PG kansas-city \"1000 EUR\" title=PUR starts=2008-02-01"
    let none = await service.failure(offer)
    #expect(none?.code == .currencyMismatch)
    #expect(none?.suggestion == "fund exchange PG \"… USD\" \"1000.00 EUR\"")
    let changed = try await service.run(
      "fund exchange PG 1500 \"1000 EUR\" on=2008-01-06", as: .finance)
    #expect(changed["available"] == "1000.00 EUR")
    #expect(
      await service.failure("fund exchange PG \"20000 USD\" \"1 EUR\"")?.code == .overAward)
    #expect(
      await service.failure("fund exchange PG \"1 USD\" \"1 USD\"")?.code == .currencyMismatch)
    #expect(
      await service.failure("fund exchange PG \"1 CHF\" \"1 USD\"")?.code == .currencyMismatch)
    try await service.run(offer + " on=2008-01-10")
    #expect(await service.failure(offer)?.code == .overAward)
    let balance = try await service.run("report run fund-balance").rows
    #expect(balance.map { $0["available"] } == [.text("0.00 EUR"), .text("10500.00 USD")])
    let trial = try await service.run("report run trial-balance").rows
    for row in trial where row["account"] == .text("total") {
      #expect(row["debit"] == row["credit"])
    }
    #expect(trial.count { $0["account"] == .text("total") } == 2)
    #expect(try await service.run("ledger show PG currency=EUR").rows.count == 4)
    #expect(try await service.run("ledger verify").rows.isEmpty)
  }

  @Test("an exchange is reversed while what was bought is still there")
  func reverseExchange() async throws {
    let service = try await TestService.withFund()
    try await service.run("fund exchange PG 1500 \"1000 EUR\" on=2008-01-06")
    let entry = try await service.sql("SELECT max(id) FROM grants.entry").first?.first ?? nil
    try await service.run(
      "grant offer SDWI PG kansas-city \"1 EUR\" title=PUR starts=2008-02-01")
    let line = "ledger reverse \(entry ?? "") reason=\"wrong rate\""
    #expect(await service.failure(line)?.code == .overAward)
    try await service.run("grant decline G-2008-0001 reason=x")
    try await service.run(line)
    let balance = try await service.run("report run fund-balance").rows
    #expect(balance.map { $0["available"] } == [.text("0.00 EUR"), .text("12000.00 USD")])
    #expect(try await service.run("ledger verify").rows.isEmpty)
  }

  @Test("balances are as they were on a day")
  func asOf() async throws {
    let service = try await TestService.withFund()
    _ = try await service.offer("1000")
    func available(_ day: String) async throws -> Value? {
      try await service.run("report run fund-balance on=\(day)").rows.first?["available"]
    }
    #expect(try await available("2008-01-04") == .text("0.00 USD"))
    #expect(try await available("2008-01-09") == .text("12000.00 USD"))
    #expect(try await available("2008-01-10") == .text("11000.00 USD"))
  }
}
