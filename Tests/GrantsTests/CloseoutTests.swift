import Access
import CommandLanguage
import TestSupport
import Testing

@testable import Grants

@Suite("Nothing is closed that is not settled, and nobody closes alone")
struct CloseoutTests {
  private static let number = "G-2008-0001"

  /// A service with a grant of 1000 of which 600 were paid, and that is closing.
  private func closing(match: String = "") async throws -> TestService {
    let service = try await TestService.withFund()
    try await service.run(
      "grant offer SDWI PG kansas-city 1000 title=PUR starts=2008-02-01 ends=2009-01-31 "
        + "on=2008-01-10 \(match)")
    try await service.activate()
    try await service.pay("600")
    try await service.run("grant start-closeout \(Self.number) on=2009-02-01")
    return service
  }

  private func settled(_ service: TestService) async -> DomainError? {
    await service.failure("grant settle \(Self.number)", as: .finance)
  }

  @Test("who settles does not close, and only finance settles")
  func twoPeople() async throws {
    let service = try await closing()
    #expect(
      await service.failure("grant settle \(Self.number)", as: .director)?.code == .commandDenied)
    try await service.run("grant settle \(Self.number)", as: .admin)
    #expect(
      await service.failure("grant close \(Self.number)", as: .admin)?.code == .fourEyes)
    try await service.run("grant close \(Self.number)", as: .programOfficer)
    #expect(try await service.counters() == ["1200000", "0", "0", "60000"])
  }

  @Test("a report that is neither accepted nor waived holds the close-out up")
  func reports() async throws {
    let service = try await closing()
    try await service.run(
      "grantee-report schedule \(Self.number) narrative 2008-02-01 2009-01-31 due=2009-04-30")
    #expect(await settled(service)?.code == .unsettled)
    try await service.run("grantee-report fill \(Self.number)-R01 narrative=Done")
    try await service.run("grantee-report submit \(Self.number)-R01")
    #expect(await settled(service)?.suggestion == "grantee-report show \(Self.number)-R01")
    #expect(
      await service.failure("grantee-report accept \(Self.number)-R01")?.code == .fourEyes)
    try await service.run("grantee-report accept \(Self.number)-R01", as: .director)
    try await service.closeOut(on: "2009-03-01")
  }

  @Test("what was paid and not spent comes back first, and obligations are liquidated")
  func money() async throws {
    let service = try await closing()
    func report(_ ends: String, _ spent: String, _ owed: String) async throws {
      let scheduled = try await service.run(
        "grantee-report schedule \(Self.number) financial 2008-02-01 \(ends) due=2999-01-01")
      let report = scheduled["number"] ?? ""
      try await service.run(
        "grantee-report fill \(report) cash-receipts=600 cash-disbursements=\(spent) "
          + "expenditures=\(spent) unliquidated=\(owed)")
      try await service.run("grantee-report submit \(report)")
      try await service.run("grantee-report accept \(report)", as: .director)
    }
    try await report("2008-12-31", "500", "50")
    #expect(await settled(service)?.message.contains("obligations of 50.00 USD") == true)
    try await report("2009-01-31", "550", "0")
    let cash = await settled(service)
    #expect(cash?.message.contains("600.00 USD were paid") == true)
    #expect(cash?.suggestion == "payment refund \(Self.number)-P01")
    try await service.run("payment refund \(Self.number)-P01 50", as: .finance)
    #expect(
      try await service.closeOut(on: "2009-03-01")["amount"] == "550.00 USD",
      "the award is what was spent of it")
    #expect(try await service.counters() == ["1200000", "0", "0", "55000"])
  }

  @Test("a promised match is given, or waived by a director")
  func match() async throws {
    let service = try await closing(match: "in-kind=700 cash-match=50")
    let error = await settled(service)
    #expect(error?.message.contains("of the match in cash, 0.00 USD of 50.00 USD") == true)
    #expect(error?.message.contains("(and 1 more)") == true)
    try await service.run("cost-share record \(Self.number) cash 50 \"the mayor's fund\"")
    try await service.run("cost-share record \(Self.number) in-kind 700 vans")
    let struck = try await service.run("cost-share strike \(Self.number)-M02 reason=twice")
    #expect(struck["given"] == "0.00 USD")
    #expect(await settled(service)?.message.contains("0.00 USD of 700.00 USD") == true)
    #expect(
      await service.failure("cost-share waive \(Self.number) reason=x", as: .programOfficer)?.code
        == .commandDenied)
    try await service.run("cost-share waive \(Self.number) reason=\"the rains\"", as: .director)
    try await service.closeOut(on: "2009-03-01")
  }

  @Test("a refund after finance has settled has finance settle again")
  func settledAgain() async throws {
    let service = try await closing()
    try await service.run("grant settle \(Self.number)", as: .finance)
    try await service.run("payment refund \(Self.number)-P01 1", as: .finance)
    #expect(await service.failure("grant close \(Self.number)")?.code == .unsettled)
    try await service.closeOut(on: "2009-03-01")
  }

  @Test("a director asks and finance reopens; the refund of an audit goes back to the fund")
  func reopening() async throws {
    let service = try await closing()
    try await service.closeOut(on: "2009-03-01")
    #expect(
      await service.failure("payment refund \(Self.number)-P01 100", as: .finance)?.suggestion
        == "grant ask-reopening \(Self.number) reason=\"…\"")
    #expect(
      await service.failure("grant reopen \(Self.number)", as: .finance)?.code == .stateConflict)
    try await service.run("grant ask-reopening \(Self.number) reason=audit", as: .admin)
    #expect(await service.failure("grant reopen \(Self.number)", as: .admin)?.code == .fourEyes)
    try await service.run("grant reopen \(Self.number) on=2009-06-01", as: .finance)
    try await service.run("payment refund \(Self.number)-P01 100 on=2009-06-02", as: .finance)
    try await service.run("grant start-closeout \(Self.number) on=2009-06-03")
    try await service.closeOut(on: "2009-06-04")
    #expect(try await service.counters() == ["1200000", "0", "0", "50000"])
    let steps = try await service.run("grant history \(Self.number)").rows.map { $0["state"] }
    #expect(
      steps
        == ["offered", "active", "closing", "closed", "reopened", "closing", "closed"].map {
          .text($0)
        })
    #expect(try await service.run("ledger verify").rows.isEmpty)
  }

  @Test("a grant is not closed before its end, but terminated, when nothing is left to pay")
  func termination() async throws {
    let service = try await TestService.withFund()
    try await service.run(
      "grant offer SDWI PG kansas-city 1000 title=PUR starts=2008-02-01 ends=2009-01-31 "
        + "on=2008-01-10")
    try await service.activate()
    let early = await service.failure("grant start-closeout \(Self.number) on=2008-06-01")
    #expect(early?.code == .stateConflict)
    #expect(early?.suggestion == "grant terminate \(Self.number) reason=\"…\"")
    try await service.run("payment schedule \(Self.number) 600 due=2008-03-01")
    let open = await service.failure(
      "grant terminate \(Self.number) reason=flood on=2008-06-01", as: .director)
    #expect(open?.code == .openPayments)
    try await service.run("payment cancel \(Self.number)-P01 reason=flood")
    try await service.run(
      "grant terminate \(Self.number) reason=flood on=2008-06-01", as: .director)
    #expect(await service.failure("grant resume \(Self.number) reason=x")?.code == .stateConflict)
    try await service.run("grant start-closeout \(Self.number) on=2008-06-02")
    try await service.closeOut(on: "2008-06-03")
    #expect(try await service.counters() == ["1200000", "0", "0", "0"])
  }

  @Test("an offer lapses when its last day has passed, and not before; nor is it accepted then")
  func lapse() async throws {
    let service = try await TestService.withFund()
    try await service.run(
      "grant offer SDWI PG kansas-city 1000 title=PUR on=2008-01-10 respond-by=2008-02-10 "
        + "starts=2008-02-01")
    try await service.run("grant rate-risk \(Self.number) low reason=known")
    #expect(
      await service.failure("grant lapse \(Self.number) on=2008-02-10")?.code == .stateConflict)
    let late = await service.failure("grant activate \(Self.number) Ann on=2008-02-11")
    #expect(late?.code == .stateConflict)
    #expect(late?.suggestion == "grant lapse \(Self.number)")
    try await service.run("grant lapse \(Self.number) on=2008-02-11")
    #expect(try await service.counters() == ["1200000", "0", "0", "0"])
    #expect(try await service.run("ledger verify").rows.isEmpty)
  }
}
