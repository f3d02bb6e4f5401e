import Access
import CommandLanguage
import Foundations
import TestSupport
import Testing

@testable import Grants

@Suite("A grant's way, with every minor unit accounted for")
struct GrantJourneyTests {
  @Test("offer, activate, pay, close: the rest goes back to the fund")
  func wholeWay() async throws {
    let service = try await TestService.withFund()
    let offered = try await service.run(
      "grant offer SDWI PG kansas-city 9500 title=PUR starts=2008-02-01 ends=2009-01-31 "
        + "in-kind=7000 on=2008-01-10", as: .programOfficer)
    #expect(offered["number"] == "G-2008-0001")
    #expect(offered["state"] == "offered")
    #expect(offered["available"] == "2500.00 USD")
    #expect(try await service.counters() == ["1200000", "950000", "0", "0"])

    try await service.run("grant rate-risk G-2008-0001 low reason=known", as: .programOfficer)
    let activated = try await service.run(
      "grant activate G-2008-0001 signatory=\"Ann Mayor\" on=2008-02-01", as: .director)
    #expect(activated["state"] == "active")
    let scheduled = try await service.run(
      "payment schedule G-2008-0001 5000 due=2008-03-01", as: .programOfficer)
    #expect(scheduled["number"] == "G-2008-0001-P01")
    try await service.approve("G-2008-0001-P01")
    let paid = try await service.run("payment pay G-2008-0001-P01 on=2008-03-02", as: .finance)
    #expect(paid["state"] == "paid")
    #expect(paid["undisbursed"] == "4500.00 USD")
    #expect(try await service.counters() == ["1200000", "0", "450000", "500000"])

    try await service.run("grant start-closeout G-2008-0001 on=2009-02-01")
    try await service.run("cost-share record G-2008-0001 in-kind 7000 volunteers")
    let closed = try await service.closeOut(on: "2009-03-01")
    #expect(closed["state"] == "closed")
    #expect(closed["available"] == "7000.00 USD")
    #expect(
      try await service.postings() == [
        "1 receipt available 1200000", "2 receipt received -1200000",
        "3 reservation reserved 950000", "4 reservation available -950000",
        "5 commitment committed 950000", "6 commitment reserved -950000",
        "7 disbursement spent 500000", "8 disbursement committed -500000",
        "9 de-obligation available 450000", "10 de-obligation committed -450000",
      ])
    #expect(try await service.run("ledger verify", as: .finance).rows.isEmpty)
  }

  @Test("a preview shows the money that would move, and no internal numbers")
  func preview() async throws {
    let service = try await TestService.withFund()
    func preview(_ line: String) async throws -> [[String: Value]] {
      try await service.run(line + " preview=yes").rows
    }
    func money(_ rows: [[String: Value]]) -> [[Value?]] {
      rows.filter { $0["table"] == .text("grants.posting") && $0["field"] == .text("amount") }
        .map { [$0["row"], $0["after"]] }
    }
    func posting(_ account: String, _ amount: String) -> [Value?] {
      [.text("PG/" + account), .text(amount)]
    }
    let received = try await preview("fund receive PG 30.50")
    #expect(
      money(received) == [posting("available", "30.50 USD"), posting("received", "-30.50 USD")])
    let offered = try await preview(
      "grant offer SDWI PG kansas-city 9500 title=PUR starts=2008-02-01")
    #expect(
      money(offered) == [posting("reserved", "9500.00 USD"), posting("available", "-9500.00 USD")])
    _ = try await service.offer("9500")
    try await service.activate()
    try await service.run("payment schedule G-2008-0001 4750 due=2008-03-01")
    try await service.approve("G-2008-0001-P01")
    let paid = try await preview("payment pay G-2008-0001-P01 on=2008-03-01")
    #expect(
      money(paid) == [posting("spent", "4750.00 USD"), posting("committed", "-4750.00 USD")])
    for row in received + offered + paid {
      guard case .text(let field) = row["field"] else { continue }
      #expect(field != "id" && !field.hasSuffix("_id"))
    }
    #expect(try await service.counters() == ["1200000", "0", "950000", "0"])
  }

  @Test("a list of funds fits a terminal, and one fund is shown whole")
  func funds() async throws {
    let service = try await TestService.withFund()
    let row = try await service.run("fund list").rows.first
    #expect(
      Set(row?.keys ?? [:].keys) == [
        "code", "title", "funder", "received", "reserved", "committed", "spent", "available",
      ])
    #expect(try await service.run("fund show PG").rows.first?["purpose"] == .null)
  }

  @Test("grant show has the facts and the figures in one row")
  func show() async throws {
    let service = try await TestService.withFund()
    _ = try await service.offer("9500.50")
    let reply = try await service.run("grant show G-2008-0001", as: .reporter)
    #expect(Set(reply.rows[0].keys) == Set(GrantStatements.show.columns.map(\.name)))
    #expect(
      reply.rows.first?["amount"] == .money(Money(amountMinor: 950_050, currency: .usd)))
    #expect(reply.rows.first?["community-name"] == .text("Kansas City"))
    #expect(reply.rows.first?["offered"] == .text("2008-01-10"))
    #expect(reply.rows.first?["signatory"] == .null)
  }

  @Test("declining voids the reservation by an entry that reverses it")
  func decline() async throws {
    let service = try await TestService.withFund()
    _ = try await service.offer("9500")
    try await service.run("payment schedule G-2008-0001 100 due=2008-03-01")
    let reply = try await service.run("grant decline G-2008-0001 reason=\"no staff\"")
    #expect(reply["available"] == "12000.00 USD")
    #expect(
      try await service.postings().suffix(2) == [
        "5 void available 950000", "6 void reserved -950000",
      ])
    #expect(
      try await service.sql("SELECT state FROM grants.payment") == [["cancelled"]])
    #expect(
      try await service.sql(
        "SELECT r.kind FROM grants.entry e JOIN grants.entry r ON r.id = e.reverses")
        == [["reservation"]])
  }

  @Test("numbers run without gaps within the year the grant starts in")
  func numbers() async throws {
    let service = try await TestService.withFund()
    #expect(try await service.offer("1", starts: "2012-01-01") == "G-2012-0001")
    #expect(await service.failureOfOffer("99999") == .overAward)
    #expect(try await service.offer("1", starts: "2012-12-31") == "G-2012-0002")
    #expect(try await service.offer("1", starts: "2013-01-01") == "G-2013-0001")
  }

  @Test("grants are found by code or name, and amounts only in their own currency")
  func list() async throws {
    let service = try await TestService.withFund()
    try await service.run("fund create EU Europe Brussels currency=EUR")
    try await service.run("fund receive EU \"9000 EUR\"")
    _ = try await service.offer("5000")
    try await service.run(
      "grant offer SDWI EU kansas-city \"8000 EUR\" title=Wells starts=2009-01-01")
    let expected: [(String, Int)] = [
      ("community=\"Kansas City\"", 2), ("community=kansas-city", 2), ("community!=kansas-city", 0),
      ("initiative~water", 2), ("fund=EU", 1), ("year=2009", 1), ("state=active", 0),
      ("amount>=1000", 1), ("amount>=\"1000 EUR\"", 1), ("amount>=\"8000.01 EUR\"", 0),
      ("amount>=1000 amount<=5000 amount!=1", 1), ("amount>1000 amount<5000", 0),
      ("amount>=1000 amount<=\"9000 EUR\"", 0), ("year>=2008 year<=2009", 2),
      ("year>2009 year<=2010", 0), ("starts>=2009-01-01 starts<2009-01-02", 1),
      ("starts>=2009-01-01 starts<2009-02-01 starts!=2009-01-01", 0),
      ("title~w title~ells", 1), ("title~ells title!=Wells", 0),
      ("community~kansas community~city", 2), ("community~kansas community!=kansas-city", 0),
    ]
    for (filter, count) in expected {
      let reply = try await service.run("grant list \(filter)", as: .reporter)
      #expect(reply.rows.count == count, "\(filter)")
    }
  }

  @Test("a wrong receipt is corrected once, by a reversing entry")
  func reverseReceipt() async throws {
    let service = try await TestService.withFund(received: "30000")
    let entry = try await service.sql("SELECT id FROM grants.entry").first?.first.flatMap { $0 }
    let command = "ledger reverse \(entry ?? "") reason=\"was 3000\""
    #expect(try await service.run(command, as: .finance)["available"] == "0.00 USD")
    #expect(await service.failure(command, as: .finance)?.code == .stateConflict)
    #expect(
      await service.failure("ledger reverse 999 reason=x", as: .finance)?.code == .missingEntry)
  }
}

extension TestService {
  /// The code with which an offer of `amount` is refused.
  func failureOfOffer(_ amount: String) async -> ErrorCode? {
    await failure("grant offer SDWI PG kansas-city \(amount) title=PUR", as: .admin)?.code
  }
}
