import Access
import CommandLanguage
import Foundations
import SeededInputs
import TestSupport
import Testing

@testable import Directory

@Suite("Members, their dues, and how they stand")
struct MembershipTests {
  /// Denver with its people, and a schedule of two tiers.
  private static func service() async throws -> TestService {
    let service = try await TestService.make()
    for line in [
      "community create denver Denver US region=Colorado",
      "community update denver population=700000",
      "dues create small min=1 max=99999 amount=500 from=2000-01-01",
      "dues create large min=100000 amount=1000 from=2000-01-01",
      "membership create denver on=2020-01-01",
    ] { try await service.run(line) }
    return service
  }

  private func state(_ service: TestService, _ day: String) async throws -> String {
    let rows = try await service.run("membership list on=\(day)").rows
    guard case .text(let state)? = rows.first?["state"] else { return "none" }
    return state
  }

  @Test("a state follows from the days, and from nothing else")
  func states() async throws {
    let service = try await Self.service()
    try await service.run("membership invoice denver")
    try await service.run("membership pay D-1 600 on=2020-01-20")
    try await service.run("membership pay D-1 400 on=2020-02-01")
    try await service.run("membership invoice denver")
    try await service.run("membership pay D-2 1000 on=2021-05-01")
    try await service.run("membership resign denver on=2023-01-01 reason=left")
    try await service.run("membership create denver on=2024-01-01")
    for (day, expected) in [
      ("2019-12-31", "none"), ("2020-01-31", "grace"), ("2020-02-01", "new"),
      ("2020-03-31", "new"), ("2020-04-01", "current"), ("2020-12-31", "current"),
      ("2021-01-01", "grace"), ("2021-03-31", "grace"), ("2021-04-01", "lapsed"),
      ("2021-05-01", "current"), ("2021-12-31", "current"), ("2022-03-31", "grace"),
      ("2022-04-01", "lapsed"), ("2022-12-31", "lapsed"), ("2023-01-01", "resigned"),
      ("2023-12-31", "resigned"), ("2024-01-01", "grace"), ("2024-04-01", "lapsed"),
    ] { #expect(try await state(service, day) == expected, "\(day)") }
    let then = try await service.run("membership show denver on=2020-05-01").rows[0]
    #expect(then["state"] == .text("current"))
    #expect(then["paid-until"] == .text("2021-01-01"))
    for then in ["on=2019-01-01", "known=2019-01-01"] {
      let none = await service.failure("membership show denver \(then)")
      #expect(none?.code == .missingMembership, "\(then)")
    }
  }

  @Test("what was known of dues on a day is what is answered for that day")
  func known() async throws {
    let service = try await Self.service()
    try await service.run("membership invoice denver")
    try await service.run("membership pay D-1 1000 on=2020-01-01")
    try await service.auditedSQL(
      """
      UPDATE directory.membership SET joined_at = '2020-01-01';
      UPDATE directory.dues_invoice SET issued_at = '2020-01-01';
      UPDATE directory.dues_payment SET recorded_at = '2020-09-01'
      """)
    for (known, expected) in [
      ("2019-12-01", "none"), ("2020-06-01", "lapsed"), ("2020-08-31", "lapsed"),
      ("2020-09-01", "current"),
    ] {
      #expect(try await state(service, "2020-05-01 known=\(known)") == expected, "\(known)")
    }
  }

  @Test("an invoice keeps its tier, whatever becomes of the community and the schedule")
  func frozen() async throws {
    let service = try await Self.service()
    try await service.run("membership invoice denver")
    try await service.run("community update denver population=50000")
    try await service.run("dues end large on=2022-01-01")
    try await service.run("dues create huge min=100000 amount=2000 from=2022-01-01")
    let first = try await service.run("membership invoices").rows[0]
    #expect(first["tier"] == .text("large") && first["amount"] == .text("1000.00 USD"))
    #expect(first["population"] == .text("700000"))
    #expect(try await service.run("membership invoice denver")["amount"] == "500.00 USD")
    try await service.run("community update denver population=900000")
    #expect(
      try await service.run("membership invoice denver years=2")["amount"] == "4000.00 USD")
    let early = await service.failure("dues end huge on=2022-01-01")
    #expect(early?.code == .stateConflict)
    #expect(early?.suggestion == "dues end huge on=2022-01-02")
    #expect(await service.failure("membership invoice denver from=2023-06-01")?.code == .duplicate)
    #expect(await service.failure("membership invoice denver from=2019-06-01")?.code == .invalid)
  }

  @Test("tiers do not overlap: the command says so, and the database keeps it")
  func tiers() async throws {
    let service = try await Self.service()
    for overlapping in [
      "dues create x min=99999 max=100000 amount=1 from=2030-01-01",
      "dues create x min=5 max=6 amount=1 from=1999-01-01 until=2000-01-02",
    ] {
      let error = await service.failure(overlapping)
      #expect(error?.code == .duplicate && error?.message.contains("dues end") == true)
    }
    try await service.run("dues create x min=5 max=6 amount=1 from=1999-01-01 until=2000-01-01")
    for wrong in [
      "min=0 amount=1", "min=5 max=4 amount=1", "min=5 amount=0",
      "min=5 max=9223372036854775807 amount=1",
    ] {
      let error = await service.failure("dues create y \(wrong) from=1990-01-01 until=1991-01-01")
      #expect([.invalid, .badValue].contains(error?.code), "\(wrong)")
    }
    let insert = "INSERT INTO directory.dues_tier (code, population, amount, currency, valid)"
    await #expect(throws: RawSQLError.self) {
      try await service.serviceSQL(
        "\(insert) VALUES ('y', '[1,2)', 1, 'USD', '[2010-01-01,2011-01-01)')")
    }
    for write in [
      "UPDATE directory.dues_tier SET amount = 1",
      "UPDATE directory.dues_invoice SET paid = amount",
      "INSERT INTO directory.dues_payment (invoice_id, amount, paid_on) VALUES (1, 1, now())",
      "UPDATE directory.membership SET joined_on = '1990-01-01'",
    ] {
      await #expect(throws: RawSQLError.self, "\(write)") { try await service.serviceSQL(write) }
    }
  }

  @Test("no more is paid than was asked for, none goes back that did not come")
  func money() async throws {
    let service = try await Self.service()
    try await service.run("membership invoice denver")
    for wrong in ["pay D-1 1000.01", "pay D-1 -5", "pay D-1 5 on=2090-01-01", "pay D-1 5 EUR"] {
      #expect(await service.failure("membership \(wrong)") != nil, "\(wrong)")
    }
    #expect(
      await service.failure("membership pay D-1 \"5 EUR\"")?.message.contains("is in USD") == true)
    #expect(await service.failure("membership refund D-1 1 reason=r")?.code == .overpaid)
    try await service.run("membership pay D-1 300")
    #expect(await service.failure("membership void D-1 reason=r")?.code == .stateConflict)
    try await service.run("membership refund D-1 300 reason=bounced")
    try await service.run("membership void D-1 reason=\"the wrong year\"")
    #expect(await service.failure("membership pay D-1 5")?.code == .stateConflict)
    try await service.run("membership invoice denver")
    #expect(try await service.run("membership invoices state=void").rows.count == 1)
    try await service.run("membership pay D-2 100 on=2021-03-01")
    #expect(
      await service.failure("membership refund D-2 100 reason=r on=2021-02-28")?.code == .overpaid)
    try await service.run("membership refund D-2 100 reason=r on=2021-03-01")
    // Ten at once, and room for four.
    await withDiscardingTaskGroup { group in
      for _ in 0..<10 { group.addTask { _ = await service.failure("membership pay D-2 250") } }
    }
    #expect(
      try await service.sql("SELECT paid, amount FROM directory.dues_invoice WHERE id = 2")
        == [["100000", "100000"]])
  }

  @Test("renewing asks each member once, and those that have left not at all")
  func renewal() async throws {
    let service = try await Self.service()
    for (code, population) in [("axum", 5), ("lagos", 7), ("urbana", 0)] {
      try await service.run("community create \(code) \(code) US region=\(code)")
      if population > 0 {
        try await service.run("community update \(code) population=\(population)")
      }
      try await service.run("membership create \(code) on=2021-01-01")
    }
    try await service.run("membership resign lagos on=2022-01-01 reason=r")
    try await service.run("membership invoice denver years=2")
    #expect(try await service.run("membership renew by=2021-06-01")["invoices"] == "2")
    #expect(try await service.run("membership renew by=2021-06-01")["invoices"] == "0")
    #expect(try await service.run("membership renew by=2022-01-01")["invoices"] == "2")
    #expect(await service.failure("membership invoice urbana")?.code == .noTier)
    let owed = try await service.run("report run dues-outstanding").rows
    #expect(
      owed.map { $0["outstanding"] } == [
        .text("1000.00 USD"), .text("3000.00 USD"), .text("500.00 USD"),
      ])
  }

  @Test("who renews at the same time asks nobody twice")
  func renewalAtOnce() async throws {
    let service = try await Self.service()
    for index in 0..<20 {
      try await service.run("community create c\(index) Town\(index) US population=\(index + 1)")
      try await service.run("membership create c\(index) on=2021-01-01")
    }
    try await service.run("membership invoice denver years=2")
    async let first = service.run("membership renew by=2021-06-01")
    async let second = service.run("membership renew by=2021-06-01")
    let counts = try await [first, second].compactMap { $0["invoices"].flatMap { Int($0) } }
    #expect(counts.reduce(0, +) == 20)
    #expect(
      try await service.sql(
        "SELECT count(*), count(DISTINCT membership_id) FROM directory.dues_invoice")
        == [["21", "21"]])
  }

  @Test("lapsed dues hide recognition, refuse a new one, and alter nothing")
  func recognition() async throws {
    let service = try await PartnershipTests.signedService()
    try await service.run("partnership resolve PS-1 R on=2020-01-01")
    let early = await service.failure("partnership recognise PS-1 since=2028-06-01")
    #expect(early?.code == .standing)
    #expect(early?.suggestion == "membership show denver on=2028-06-01")
    try await service.run("partnership recognise PS-1 since=2021-01-01")
    for (day, count) in [
      ("2020-12-31", 0), ("2021-01-01", 1), ("2028-03-31", 1), ("2028-04-01", 0),
    ] {
      #expect(try await service.run("directory list on=\(day)").rows.count == count, "\(day)")
    }
    let facts = try await service.run("partnership facts PS-1 on=2029-01-01").rows
    #expect(facts.map { $0["fact"] } == [.text("existence"), .text("recognition")])
  }

  @Test(
    "after any invoices and payments every day is as a naive model has it", arguments: [1, 2, 3])
  func model(_ seed: UInt64) async throws {
    struct Invoice { var from: Int, until: Int, paidOn: Int? }
    let service = try await Self.service()
    var random = Seeded(seed)
    var invoices: [Invoice] = []
    var next = 0
    for index in 0..<8 {
      next += [0, 0, 6, 18].randomElement(using: &random) ?? 0
      let years = Int.random(in: 1...2, using: &random)
      var invoice = Invoice(from: next, until: next + 12 * years, paidOn: nil)
      try await service.run("membership invoice denver from=\(Self.day(next)) years=\(years)")
      next = invoice.until
      let paid = invoice.from + Int.random(in: -3...15, using: &random)
      if paid >= 0, Self.day(paid) < "2026-01-01" {
        try await service.run(
          "membership pay D-\(index + 1) \(1_000 * years) on=\(Self.day(paid))")
        invoice.paidOn = paid
      }
      invoices.append(invoice)
    }
    for month in 0..<150 {
      let covering = invoices.filter {
        $0.from <= month && $0.paidOn.map { $0 <= month } ?? false
      }
      let end = covering.map(\.until).max() ?? 0
      let expected =
        month < end ? (month < 3 ? "new" : "current") : month < end + 3 ? "grace" : "lapsed"
      #expect(try await state(service, Self.day(month)) == expected, "\(Self.day(month))")
    }
  }

  /// The first day of a month, counted from the one in which Denver joined.
  private static func day(_ month: Int) -> String {
    "\(2020 + month / 12)-\(month % 12 < 9 ? "0" : "")\(month % 12 + 1)-01"
  }
}
