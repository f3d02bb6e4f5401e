import Access
import CommandLanguage
import Foundations
import SeededInputs
import TestSupport
import Testing

@testable import Directory

@Suite("What held when, as it was known then")
struct FactTests {
  /// What was said of some days at some moment, one thing after the other: the last one that speaks of
  /// a day is what is known of it.
  private struct Model {
    struct Saying {
      let value: String?
      let from: Int
      let until: Int?
    }

    var sayings: [Saying] = []

    func value(on day: Int, after count: Int) -> String? {
      sayings.prefix(count).last { $0.from <= day && day < $0.until ?? .max }?.value
    }

    /// Whether every change from one day to the next is one that there may be.
    func isLegal(_ days: Range<Int>) -> Bool {
      var before = "none"
      for day in days {
        let now = value(on: day, after: sayings.count) ?? "none"
        if now != before, now != "none", !Self.legal.contains("\(before)>\(now)") { return false }
        before = now
      }
      return true
    }

    static let legal = Set(Recognition.lifecycle.pairs)
  }

  private static let days = 0..<60

  private static func date(_ day: Int) -> String {
    day < 30
      ? "2021-06-\(day < 9 ? "0" : "")\(day + 1)" : "2021-07-\(day < 39 ? "0" : "")\(day - 29)"
  }

  @Test(
    "after any corrections every question is answered as a naive model answers it",
    arguments: [1, 2, 3])
  func model(_ seed: UInt64) async throws {
    let service = try await PartnershipTests.signedService()
    try await service.run("partnership resolve PS-1 R on=2020-01-01")
    var random = Seeded(seed)
    var model = Model()
    var moments: [String] = []
    var refused = 0
    for _ in 0..<60 {
      let from = Int.random(in: Self.days, using: &random)
      let until =
        Bool.random(using: &random)
        ? nil : Int.random(in: (from + 1)...60, using: &random)
      let value =
        ["recognised", "recognised", "suspended", "emeritus", "withdrawn", "none"]
        .randomElement(using: &random) ?? "none"
      var next = model
      next.sayings.append(.init(value: value == "none" ? nil : value, from: from, until: until))
      let line =
        "partnership correct PS-1 recognition \(value) from=\(Self.date(from))"
        + (until.map { " until=\(Self.date($0))" } ?? "")
      let error = await service.failure(line)
      #expect((error == nil) == next.isLegal(Self.days), "\(line): \(error?.message ?? "accepted")")
      if error == nil { model = next } else { refused += 1 }
      if error == nil {
        moments.append(try await service.sql("SELECT clock_timestamp()")[0][0] ?? "")
      }
    }
    #expect(moments.count > 8 && refused > 8, "\(moments.count) said, \(refused) refused")
    for (index, moment) in moments.enumerated() {
      let known = try await service.sql(
        """
        SELECT d::date - '2021-06-01', f.value
        FROM generate_series('2021-06-01'::date, '2021-07-30', '1 day') AS d
        LEFT JOIN directory.partnership_fact f ON f.fact = 'recognition' AND f.valid @> d::date
          AND f.known @> '\(moment)'::timestamptz
        ORDER BY 1
        """)
      #expect(known.count == Self.days.count)
      let expected = Self.days.map { model.value(on: $0, after: index + 1) }
      #expect(known.map { $0[1] } == expected, "as known at \(moment)")
    }
  }

  @Test("the public list of a day, as it was known at the end of a day")
  func publicList() async throws {
    let service = try await PartnershipTests.signedService()
    try await service.run("partnership resolve PS-1 R on=2020-01-01")
    try await service.run("partnership recognise PS-1 since=2020-06-01")
    try await service.run(
      "partnership correct PS-1 recognition suspended from=2021-01-01 until=2021-03-01")
    // As if the correction had been made on 2 April 2022, and all else on the day it was about.
    try await service.sql(
      """
      ALTER TABLE directory.partnership_fact DISABLE TRIGGER USER;
      UPDATE directory.partnership_fact SET known = tstzrange(
        CASE WHEN fact = 'existence' OR id = (SELECT min(id) FROM directory.partnership_fact
          WHERE fact = 'recognition') THEN '2020-06-01 12:00Z'::timestamptz
          ELSE '2022-04-02 12:00Z' END,
        CASE WHEN upper_inf(known) THEN NULL ELSE '2022-04-02 12:00Z'::timestamptz END)
      WHERE fact = 'existence' OR upper_inf(known) OR id = (SELECT min(id)
        FROM directory.partnership_fact WHERE fact = 'recognition');
      """)
    try await service.auditedSQL(
      """
      UPDATE directory.membership SET joined_at = joined_on;
      UPDATE directory.dues_invoice SET issued_at = due_on;
      UPDATE directory.dues_payment SET recorded_at = paid_on
      """)
    for (day, known, count) in [
      ("2020-05-31", "", 0), ("2020-06-01", "", 1), ("2021-02-01", "", 0), ("2021-03-01", "", 1),
      ("2021-02-01", " known=2022-04-01", 1), ("2021-02-01", " known=2022-04-02", 0),
      ("2021-02-01", " known=2020-05-31", 0), ("2020-06-01", " known=2020-06-01", 1),
    ] {
      let rows = try await service.run("directory list on=\(day)\(known)").rows
      #expect(rows.count == count, "\(day)\(known)")
    }
    #expect(
      try await service.run("partnership facts PS-1 on=2021-02-01 known=2022-04-01").rows
        .map { $0["value"] } == [.text("in-force"), .text("recognised")])
  }

  @Test("recognition needs what was signed, the council's resolution, and a day in force")
  func recognition() async throws {
    let service = try await PartnershipTests.service()
    for line in PartnershipTests.negotiated { try await service.run(line) }
    let recognise = "partnership recognise PS-1 since=2020-06-01"
    #expect(await service.failure(recognise)?.code == .stateConflict)
    for line in PartnershipTests.signed { try await service.run(line) }
    #expect(await service.failure(recognise)?.code == .resolution)
    try await service.run("partnership resolve PS-1 R on=2020-01-01")
    #expect(
      await service.failure("partnership recognise PS-1 since=2019-06-01")?.code == .invalid)
    #expect(
      await service.failure("partnership honour PS-1 since=2020-06-01")?.code == .stateConflict)
    try await service.run(recognise)
    try await service.run(
      "partnership rest PS-1 since=2021-01-01".replacing("rest", with: "activate"))
    try await service.run("partnership rest PS-1 since=2022-01-01")
    try await service.run("partnership suspend PS-1 since=2022-06-01 reason=dues")
    let show = try await service.run("partnership show PS-1").rows[0]
    #expect(show["state"] == .text("signed"), "recognition and activity leave it as it is")
    #expect(show["recognition"] == .text("suspended"))
    #expect(show["activity"] == .text("dormant"))
  }
}
