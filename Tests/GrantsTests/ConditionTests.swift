import Access
import CommandLanguage
import TestSupport
import Testing

@testable import Grants

@Suite("Conditions and reports")
struct ConditionTests {
  @Test("a grant is active when its precedents are met or waived")
  func precedents() async throws {
    let service = try await TestService.withFund()
    _ = try await service.offer("1000")
    try await service.run("grant rate-risk G-2008-0001 high reason=new")
    for text in ["signed", "insured"] {
      try await service.run("condition add G-2008-0001 precedent \(text)")
    }
    try await service.run("condition add G-2008-0001 special \"keep receipts\"")
    let activate = "grant activate G-2008-0001 Ann on=2008-02-01"
    #expect(await service.failure(activate)?.suggestion == "condition meet G-2008-0001-C01")
    try await service.run("condition meet G-2008-0001-C01 on=2008-01-20")
    #expect(await service.failure(activate)?.code == .conditionOpen)
    #expect(
      await service.failure(
        "condition waive G-2008-0001-C02 reason=x", as: .programOfficer)?.code == .commandDenied)
    try await service.run("condition waive G-2008-0001-C02 reason=public", as: .director)
    #expect(await service.failure("condition meet G-2008-0001-C02")?.code == .stateConflict)
    try await service.run(activate)
    #expect(
      await service.failure("condition add G-2008-0001 precedent late")?.code == .stateConflict)
    #expect(
      try await service.run("grant show G-2008-0001").rows.first?["open-conditions"] == .text("1"))
    // The special one holds up the close-out.
    try await service.run("grant start-closeout G-2008-0001")
    #expect(await service.failure("grant settle G-2008-0001")?.code == .conditionOpen)
  }

  @Test("a condition of a payment names one of its own grant's")
  func paymentOfGrant() async throws {
    let service = try await TestService.withFund()
    _ = try await service.offer("1000")
    _ = try await service.offer("1000")
    try await service.run("payment schedule G-2008-0002 1 due=2008-03-01")
    let expected: [(String, ErrorCode)] = [
      ("payment x payment=G-2008-0002-P01", .invalid), ("payment x", .invalid),
      ("special x payment=G-2008-0001-P01", .missingPayment),
    ]
    for (arguments, code) in expected {
      let error = await service.failure("condition add G-2008-0001 \(arguments)")
      #expect(error?.code == code, "\(arguments)")
    }
  }

  @Test("a report is filled in line by line, whole when it is submitted, and then fixed")
  func report() async throws {
    let service = try await TestService.withFund()
    _ = try await service.offer("1000")
    try await service.activate()
    try await service.run(
      "grantee-report schedule G-2008-0001 financial 2008-02-01 2008-06-30 due=2008-07-31")
    let report = "G-2008-0001-R01"
    func code(_ line: String, as role: Role = .programOfficer) async -> ErrorCode? {
      await service.failure("grantee-report \(line)", as: role)?.code
    }
    #expect(await code("fill \(report)") == .required)
    #expect(await code("submit \(report)") == .reportIncomplete)
    #expect(await code("fill \(report) expenditures=\"5 EUR\"") == .currencyMismatch)
    #expect(await code("fill \(report) expenditures=-5") == .badValue)
    try await service.run("grantee-report fill \(report) expenditures=500", as: .programOfficer)
    let lacking = await service.failure("grantee-report submit \(report)")
    #expect(
      lacking?.message
        == "report \(report) lacks cash-receipts, cash-disbursements, unliquidated")
    try await service.run(
      "grantee-report fill \(report) cash-receipts=600 cash-disbursements=500 unliquidated=0",
      as: .programOfficer)
    try await service.run("grantee-report submit \(report) on=2008-07-20", as: .programOfficer)
    #expect(await code("fill \(report) expenditures=501") == .stateConflict)
    #expect(await code("accept \(report)") == .fourEyes)
    #expect(await code("return \(report) reason=x", as: .finance) == .commandDenied)
    try await service.run("grantee-report return \(report) reason=\"check 10e\"", as: .director)
    try await service.run("grantee-report fill \(report) expenditures=510", as: .programOfficer)
    try await service.run("grantee-report submit \(report)", as: .programOfficer)
    try await service.run("grantee-report accept \(report)", as: .director)
    #expect(await code("fill \(report) expenditures=1") == .stateConflict)
    #expect(await code("waive \(report) reason=x", as: .director) == .stateConflict)
    let row = try await service.run("grantee-report show \(report)").rows[0]
    #expect(row["cash-on-hand"] == .text("100.00 USD"))
    #expect(row["authorized"] == .text("1000.00 USD"))
    #expect(row["unobligated"] == .text("490.00 USD"))
  }

  @Test("a report is overdue by the day alone, and not on a grant that never began")
  func overdue() async throws {
    let service = try await TestService.withFund()
    _ = try await service.offer("1000")
    for (starts, due) in [("2008-02-01", "2008-07-31"), ("2008-07-01", "2999-01-31")] {
      try await service.run(
        "grantee-report schedule G-2008-0001 narrative \(starts) 2008-07-30 due=\(due)")
    }
    func overdue() async throws -> [Value?] {
      try await service.run("report run reports-overdue").rows.map { $0["number"] }
    }
    #expect(try await overdue() == [])
    try await service.activate()
    #expect(try await overdue() == [.text("G-2008-0001-R01")])
    #expect(try await service.run("grantee-report list overdue=no").rows.count == 1)
  }
}
