import Access
import CommandLanguage
import Postgres
import Foundations
import TestSupport
import Testing

@testable import Grants

@Suite("Each refusal says what is wrong")
struct GrantRefusalTests {
  @Test("what is not there is missing, with what was probably meant")
  func missing() async throws {
    let service = try await TestService.withFund()
    _ = try await service.offer("100")
    let expected: [(String, ErrorCode, String?)] = [
      ("grant offer SDW PG kansas-city 1 title=x", .missingInitiative, "SDWI"),
      ("grant offer SDWI PGG kansas-city 1 title=x", .missingFund, "PG"),
      ("grant offer SDWI PG kansas-cty 1 title=x", .missingCommunity, "kansas-city"),
      ("grant show G-2008-0002", .missingGrant, "G-2008-0001"),
      ("grant activate G-2009-0001 signatory=Ann", .missingGrant, "G-2008-0001"),
      ("payment pay G-2008-0001-P01", .missingPayment, nil),
      ("ledger show QQ", .missingFund, nil),
    ]
    for (line, code, suggestion) in expected {
      let error = await service.failure(line)
      #expect(error?.code == code, "\(line)")
      #expect(error?.suggestion == suggestion, "\(line)")
    }
  }

  @Test("more than a fund has available is refused, with what it has")
  func overAward() async throws {
    let service = try await TestService.withFund(received: "1200")
    let error = await service.failure(
      "grant offer SDWI PG kansas-city 9500 title=x")
    #expect(error?.code == .overAward)
    #expect(error?.message == "fund PG has 1200.00 USD available; 9500.00 USD were asked for")
    #expect(try await service.counters() == ["120000", "0", "0", "0"])
  }

  @Test("another currency is refused, and so is money for what the funder excludes")
  func currencyAndRestriction() async throws {
    let service = try await TestService.withFund()
    try await service.run(
      "fund create CN China Ford countries=CN starts=2012-01-01 ends=2013-12-31")
    try await service.run("fund create YE Youth Ford area=youth-education")
    try await service.run("fund create WIN Window Ford ends=2009-12-31")
    let expected: [(String, ErrorCode)] = [
      ("fund receive PG \"5 EUR\"", .currencyMismatch),
      ("grant offer SDWI PG kansas-city \"5 EUR\" title=x", .currencyMismatch),
      ("grant offer SDWI PG kansas-city 5 title=x in-kind=\"5 JPY\"", .currencyMismatch),
      ("grant offer SDWI CN kansas-city 5 title=x", .restricted),
      ("grant offer SDWI YE kansas-city 5 title=x", .restricted),
      ("grant offer SDWI WIN kansas-city 5 title=x starts=2010-01-01", .restricted),
      ("grant offer SDWI PG kansas-city 5 title=x starts=2010-01-01 ends=2009-01-01", .invalid),
    ]
    for (line, code) in expected {
      #expect(await service.failure(line, as: .admin)?.code == code, "\(line)")
    }
  }

  @Test("steps out of order, or without the right, are refused")
  func steps() async throws {
    let service = try await TestService.withFund()
    _ = try await service.offer("1000")
    let number = "G-2008-0001"
    func code(_ line: String, as role: Role = .admin) async -> ErrorCode? {
      await service.failure(line, as: role)?.code
    }
    #expect(await code("grant close \(number)") == .stateConflict)
    #expect(await code("grant start-closeout \(number)") == .stateConflict)
    #expect(await code("grant resume \(number) reason=x") == .stateConflict)
    #expect(await code("grant activate \(number) signatory=A on=2008-02-01") == .riskUnrated)
    try await service.run("grant rate-risk \(number) low reason=known")
    #expect(await code("grant activate \(number) signatory=A on=2007-01-01") == .invalid)
    #expect(await code("grant activate \(number) signatory=A on=2999-01-01") == .invalid)
    #expect(
      await code("grant activate \(number) signatory=A", as: .programOfficer) == .commandDenied)
    try await service.run("payment schedule \(number) 600 due=2008-03-01")
    #expect(await code("payment request \(number)-P01") == .stateConflict)
    #expect(await code("payment schedule \(number) 500 due=2008-04-01") == .overDisbursed)
    try await service.run("grant activate \(number) signatory=Ann")
    #expect(await code("grant decline \(number) reason=x") == .stateConflict)
    #expect(await code("payment pay \(number)-P01") == .stateConflict)
    #expect(await code("payment pay \(number)-P01", as: .director) == .commandDenied)
    try await service.run("grant start-closeout \(number)")
    #expect(await code("payment request \(number)-P01") == .stateConflict)
    #expect(await code("payment schedule \(number) 1 due=2008-04-01") == .stateConflict)
    let open = await service.failure("grant settle \(number)")
    #expect(open?.code == .openPayments)
    #expect(open?.suggestion == "payment cancel \(number)-P01")
    try await service.run("payment cancel \(number)-P01")
    #expect(await code("payment cancel \(number)-P01") == .stateConflict)
    #expect(await code("grant close \(number)") == .unsettled)
    try await service.closeOut(on: nil)
    #expect(try await service.counters() == ["1200000", "0", "0", "0"])
  }

  @Test("the officer who offered cannot sign for the recipient")
  func fourEyes() async throws {
    let service = try await TestService.withFund()
    _ = try await service.offer("1000")
    try await service.run("grant rate-risk G-2008-0001 low reason=known")
    let officer = try await service.sql("SELECT offered_by FROM grants.grant").first?.first
    let name = (officer ?? nil) ?? ""
    for signatory in [name, name + " ", " " + name.uppercased(), name + "\u{3000}"] {
      let line = "grant activate G-2008-0001 signatory=\"\(signatory)\""
      #expect(await service.failure(line, as: .admin)?.code == .fourEyes, "\(signatory)")
    }
  }

  @Test("an office of one offers and activates, with the recipient's signatory")
  func officeOfOne() async throws {
    let service = try await TestService.withFund()
    _ = try await service.offer("1000")
    try await service.run("grant rate-risk G-2008-0001 low reason=known")
    try await service.run("grant activate G-2008-0001 signatory=\" Ann Mayor \"")
    #expect(
      try await service.sql("SELECT signatory, activated_by, offered_by FROM grants.grant")
        == [["Ann Mayor", "test-admin", "test-admin"]])
  }

  @Test("nothing is paid on a grant before its activation")
  func paidBeforeActivation() async throws {
    let service = try await TestService.withFund()
    _ = try await service.offer("1000")
    try await service.activate()
    try await service.run("payment schedule G-2008-0001 600 due=2008-01-20")
    try await service.approve("G-2008-0001-P01")
    let error = await service.failure("payment pay G-2008-0001-P01 on=2008-01-31")
    #expect(error?.code == .invalid)
    #expect(error?.message.contains("activated on 2008-02-01") == true)
    try await service.run("payment pay G-2008-0001-P01 on=2008-02-01")
  }

  @Test("a page of the ledger starts after a line, and after nothing else")
  func pageOfLedger() async throws {
    let service = try await TestService.withFund()
    #expect(try await service.run("ledger show PG after=1").rows.count == 1)
    let error = await service.failure("ledger show PG after=abc")
    #expect(error?.code == .badValue)
    #expect(error?.message == "after is a whole number")
  }

  @Test("an initiative is not cancelled while a grant is offered for it, nor the reverse")
  func cancelledMeanwhile() async throws {
    let service = try await TestService.withFund()
    let connectionString = service.connectionString(.owner)
    let other = try await blocking {
      let connection = try RawConnection(connectionString)
      try connection.exec(
        """
        BEGIN; SELECT access.begin_command('ann', '{}', 'test', 'test', NULL);
        UPDATE initiatives.initiative SET state = 'cancelled', reason = 'x'
        """)
      return connection
    }
    async let error = service.failure("grant offer SDWI PG kansas-city 1 title=x")
    // Time enough for the offer to commit, if it did not wait.
    try await Task.sleep(for: .milliseconds(500))
    _ = try await blocking { try other.exec("COMMIT") }
    #expect(await error?.code == .stateConflict)
  }
}
