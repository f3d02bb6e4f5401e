import Access
import CommandLanguage
import TestSupport
import Testing

@testable import Grants

@Suite("A payment takes three people, and is stopped where something is owed")
struct PaymentTests {
  private static let payment = "G-2008-0001-P01"

  /// A service with an active grant of 1000 and a scheduled payment of 600.
  private func scheduled() async throws -> TestService {
    let service = try await TestService.withFund()
    _ = try await service.offer("1000")
    try await service.activate()
    try await service.run("payment schedule G-2008-0001 600 due=2008-03-01", as: .programOfficer)
    return service
  }

  @Test("nobody takes two of the three steps, whatever roles they have")
  func threePeople() async throws {
    let service = try await scheduled()
    let (ann, bob, eve) = (
      Principal(name: "ann", roles: [.admin]), Principal(name: "bob", roles: [.admin]),
      Principal(name: "eve", roles: [.admin])
    )
    func code(_ step: String, as person: Principal) async -> ErrorCode? {
      do throws(DomainError) {
        try await service.run("payment \(step) \(Self.payment)", as: person)
        return nil
      } catch {
        return error.code
      }
    }
    #expect(await code("approve-program", as: bob) == .stateConflict)
    #expect(await code("request", as: ann) == nil)
    #expect(await code("approve-program", as: ann) == .fourEyes)
    #expect(await code("approve-finance", as: eve) == .stateConflict)
    #expect(await code("approve-program", as: bob) == nil)
    #expect(await code("approve-finance", as: ann) == .fourEyes)
    #expect(await code("approve-finance", as: bob) == .fourEyes)
    #expect(await code("pay", as: eve) == .stateConflict)
    #expect(await code("approve-finance", as: eve) == nil)
    #expect(await code("pay", as: eve) == nil)
    #expect(try await service.counters() == ["1200000", "0", "40000", "60000"])
    #expect(
      try await service.sql(
        "SELECT requested_by, program_approved_by, finance_approved_by FROM grants.payment")
        == [["ann", "bob", "eve"]])
  }

  @Test("finance approves no program, and the program no money")
  func capabilities() async throws {
    let service = try await scheduled()
    func code(_ step: String, as role: Role) async -> ErrorCode? {
      await service.failure("payment \(step) \(Self.payment)", as: role)?.code
    }
    #expect(await code("request", as: .finance) == .commandDenied)
    #expect(await code("approve-program", as: .finance) == .commandDenied)
    #expect(await code("approve-finance", as: .director) == .commandDenied)
    #expect(await code("pay", as: .programOfficer) == .commandDenied)
    #expect(await code("refund", as: .director) == .commandDenied)
  }

  @Test("an open condition of its own stops a payment at each step; others do not")
  func condition() async throws {
    let service = try await scheduled()
    try await service.run("condition add G-2008-0001 special \"keep the receipts\"")
    try await service.run("payment request \(Self.payment)", as: .programOfficer)
    try await service.run(
      "condition add G-2008-0001 payment \"the permit is there\" payment=\(Self.payment)")
    for (step, role) in [("approve-program", Role.director), ("cancel", .programOfficer)] {
      let error = await service.failure("payment \(step) \(Self.payment) preview=yes", as: role)
      #expect(error?.code == (step == "cancel" ? nil : .conditionOpen), "\(step)")
      if step != "cancel" { #expect(error?.suggestion == "condition meet G-2008-0001-C02") }
    }
    try await service.run("condition meet G-2008-0001-C02 on=2008-02-20")
    try await service.run("payment approve-program \(Self.payment)", as: .director)
    // One that comes late stops it too.
    try await service.run("condition add G-2008-0001 payment insured payment=\(Self.payment)")
    #expect(
      await service.failure("payment approve-finance \(Self.payment)", as: .finance)?.code
        == .conditionOpen)
    try await service.run(
      "condition waive G-2008-0001-C03 reason=\"the city insures\"", as: .director)
    try await service.run("payment approve-finance \(Self.payment)", as: .finance)
    try await service.run("payment pay \(Self.payment) on=2008-03-01", as: .finance)
  }

  @Test("a report that is late stops payments, until it is submitted")
  func lateReport() async throws {
    let service = try await scheduled()
    try await service.run(
      "grantee-report schedule G-2008-0001 narrative 2008-02-01 2008-06-30 due=2008-07-31")
    try await service.run(
      "grantee-report schedule G-2008-0001 narrative 2008-07-01 2008-12-31 due=2999-01-31")
    let error = await service.failure("payment request \(Self.payment)", as: .programOfficer)
    #expect(error?.code == .reportOverdue)
    #expect(error?.message.contains("report G-2008-0001-R01 is") == true)
    #expect(error?.suggestion == "grantee-report show G-2008-0001-R01")
    try await service.run("grantee-report fill G-2008-0001-R01 narrative=Done")
    #expect(await service.failure("payment request \(Self.payment)")?.code == .reportOverdue)
    try await service.run("grantee-report submit G-2008-0001-R01")
    try await service.run("payment request \(Self.payment)", as: .programOfficer)
    // Returned, it is owed again.
    try await service.run("grantee-report return G-2008-0001-R01 reason=thin", as: .director)
    #expect(
      await service.failure("payment approve-program \(Self.payment)", as: .director)?.code
        == .reportOverdue)
    try await service.run("grantee-report waive G-2008-0001-R01 reason=small", as: .director)
    try await service.run("payment approve-program \(Self.payment)", as: .director)
  }

  @Test("a suspended grant is not paid on, and reports are owed all the same")
  func suspended() async throws {
    let service = try await scheduled()
    try await service.approve(Self.payment)
    try await service.run("grant suspend G-2008-0001 reason=audit", as: .director)
    let error = await service.failure("payment pay \(Self.payment) on=2008-03-01", as: .finance)
    #expect(error?.code == .stateConflict)
    #expect(error?.suggestion == "grant resume G-2008-0001")
    try await service.run(
      "grantee-report schedule G-2008-0001 narrative 2008-02-01 2008-06-30 due=2008-07-31")
    #expect(try await service.run("grantee-report list overdue=yes").rows.count == 1)
    try await service.run("grantee-report waive G-2008-0001-R01 reason=none", as: .director)
    try await service.run("grant resume G-2008-0001 reason=cleared", as: .director)
    try await service.run("payment pay \(Self.payment) on=2008-03-01", as: .finance)
  }

  @Test("what the bank does not pay is free to be scheduled again")
  func failed() async throws {
    let service = try await scheduled()
    try await service.approve(Self.payment)
    try await service.run("payment fail \(Self.payment) reason=\"account closed\"", as: .finance)
    #expect(await service.failure("payment pay \(Self.payment)")?.code == .stateConflict)
    #expect(
      try await service.run("payment schedule G-2008-0001 1000 due=2008-04-01")["state"]
        == "scheduled")
    #expect(try await service.run("ledger verify").rows.isEmpty)
  }

  @Test("a refund goes back to the grant, in parts and never more than was paid")
  func refund() async throws {
    let service = try await scheduled()
    try await service.approve(Self.payment)
    #expect(
      await service.failure("payment refund \(Self.payment) 1", as: .finance)?.code
        == .stateConflict)
    try await service.run("payment pay \(Self.payment) on=2008-03-01", as: .finance)
    #expect(
      await service.failure("payment refund \(Self.payment) 600.01", as: .finance)?.code
        == .overRefunded)
    #expect(
      await service.failure("payment refund \(Self.payment) \"1 EUR\"", as: .finance)?.code
        == .currencyMismatch)
    #expect(
      await service.failure("payment refund \(Self.payment) 1 on=2008-02-29", as: .finance)?.code
        == .invalid)
    let part = try await service.run(
      "payment refund \(Self.payment) 250 reason=unspent on=2008-05-01", as: .finance)
    #expect(part["state"] == "paid")
    #expect(part["undisbursed"] == "650.00 USD")
    #expect(try await service.counters() == ["1200000", "0", "65000", "35000"])
    let rest = try await service.run("payment refund \(Self.payment)", as: .finance)
    #expect(rest["state"] == "refunded")
    #expect(try await service.counters() == ["1200000", "0", "100000", "0"])
    #expect(
      await service.failure("payment refund \(Self.payment) 1", as: .finance)?.code
        == .stateConflict)
    #expect(try await service.run("ledger verify").rows.isEmpty)
  }
}
