import Access
import CommandLanguage
import SeededInputs
import TestSupport
import Testing

@testable import Initiatives

/// The reference: what comes of actuals, computed from nothing but what was reported.
private struct Reference {
  struct Indicator {
    let code: String
    let isCumulative: Bool
    let isPercentage: Bool
    /// Of a formula, the bases, each times so many tenths.
    var terms: [(base: String, tenths: Int)] = []

    var countsUp: Bool { !isCumulative && !isPercentage }
  }

  struct Actual {
    let indicator: String
    let day: String
    /// In capitals or not, it is the same one; nil where it is nobody's.
    let contributor: String?
    let amount: Int
    let denominator: Int?
    let female: Int
    let state: String
  }

  static let periods = [
    ("2020-01-01", "2020-12-31"), ("2021-02-01", "2021-02-28"), ("2022-01-01", "2022-12-31"),
  ]
  static let always = ("0000-00-00", "9999-99-99")

  static let indicators = [
    Indicator(code: "inc", isCumulative: false, isPercentage: false),
    Indicator(code: "inc2", isCumulative: false, isPercentage: false),
    Indicator(code: "cum", isCumulative: true, isPercentage: false),
    Indicator(code: "pct", isCumulative: false, isPercentage: true),
    Indicator(code: "pct-cum", isCumulative: true, isPercentage: true),
    Indicator(
      code: "sum", isCumulative: false, isPercentage: false,
      terms: [("inc", 100), ("inc2", -25)]),
    Indicator(
      code: "sum-of-sum", isCumulative: false, isPercentage: false,
      terms: [("sum", 20), ("inc", 5)]),
    Indicator(
      code: "sum-cum", isCumulative: true, isPercentage: false, terms: [("cum", 15)]),
  ]

  /// In the order in which they were reported.
  var actuals: [Actual] = []

  /// The actuals of a reported indicator that count for some days.
  func counted(_ indicator: Indicator, _ days: (String, String), _ states: Set<String>) -> [Actual]
  {
    let all = actuals.filter {
      $0.indicator == indicator.code && states.contains($0.state) && $0.day <= days.1
    }
    guard indicator.isCumulative else { return all.filter { $0.day >= days.0 } }
    var latest: [String: Actual] = [:]
    for actual in all {
      let key = actual.contributor.map { "by " + $0.lowercased() } ?? ""
      // Of the same day, the later reported.
      if let other = latest[key], other.day > actual.day { continue }
      latest[key] = actual
    }
    return Array(latest.values)
  }

  /// In hundredths; nil where nothing was reported.
  func value(_ code: String, _ days: (String, String), _ states: Set<String>) -> Int? {
    guard let indicator = Self.indicators.first(where: { $0.code == code }) else { return nil }
    guard indicator.terms.isEmpty else {
      // Factors have one decimal, and stand on each other twice at most.
      let values = indicator.terms.compactMap { term in
        value(term.base, days, states).map { $0 * term.tenths }
      }
      return values.isEmpty ? nil : values.reduce(0, +) / 10
    }
    let counted = counted(indicator, days, states)
    guard !counted.isEmpty else { return nil }
    let sum = counted.reduce(0) { $0 + $1.amount }
    guard indicator.isPercentage else { return sum * 100 }
    let denominator = counted.reduce(0) { $0 + ($1.denominator ?? 0) }
    // Rounded to hundredths of a per cent, half of one up.
    return (2 * 10_000 * sum + denominator) / (2 * denominator)
  }
}

@Suite("What comes of actuals is what a plain reference computes")
struct AggregationTests {
  @Test("sums, latests, percentages and formulas, in each period and as a whole", arguments: 1...4)
  func reference(seed: UInt64) async throws {
    let service = try await prepared()
    var random = Seeded(seed)
    let reference = try await report(&random, to: service)
    let handedIn: Set = ["submitted", "approved"]
    let approved: Set = ["approved"]
    let rows = try await service.sql(
      """
      SELECT i.code, p.starts, round(p.actual * 100)::bigint, round(p.approved * 100)::bigint,
        p.actual * 100 = round(p.actual * 100)
      FROM initiatives.indicator i CROSS JOIN LATERAL initiatives.periods_of(i.id) p
      """)
    #expect(rows.count == Reference.indicators.count * Reference.periods.count)
    var reported = 0
    for row in rows {
      let code = try #require(row[0])
      let days = try #require(Reference.periods.first { $0.0 == row[1] })
      let actual = reference.value(code, days, handedIn)
      #expect(row[2].flatMap { Int($0) } == actual, "\(code) \(days.0)")
      #expect(
        row[3].flatMap { Int($0) } == reference.value(code, days, approved), "\(code) \(days.0)")
      #expect(row[4] != "f", "no digit is lost: \(code)")
      reported += actual == nil ? 0 : 1
    }
    #expect(reported > rows.count / 2, "there is something to compare")
    let wholes = try await service.sql(
      """
      SELECT i.code, round(s.actual * 100)::bigint, round(s.approved * 100)::bigint
      FROM initiatives.indicator i CROSS JOIN LATERAL initiatives.standing(i.id) s
      """)
    #expect(wholes.count == Reference.indicators.count)
    for row in wholes {
      let indicator = try #require(Reference.indicators.first { $0.code == row[0] })
      let days = indicator.countsUp ? Reference.always : Reference.periods[2]
      #expect(
        row[1].flatMap { Int($0) } == reference.value(indicator.code, days, handedIn),
        "\(indicator.code)")
      #expect(
        row[2].flatMap { Int($0) } == reference.value(indicator.code, days, approved),
        "\(indicator.code)")
    }
    try await compareParts(reference, service)
  }

  /// The parts of an incremental and of a cumulative indicator are those of the actuals that count.
  private func compareParts(_ reference: Reference, _ service: TestService) async throws {
    let rows = try await service.run("report run indicator-breakdown").rows
    for (code, days) in [("inc", Reference.always), ("cum", Reference.periods[2])] {
      let indicator = try #require(Reference.indicators.first { $0.code == code })
      let counted = reference.counted(indicator, days, ["submitted", "approved"])
      let female = counted.reduce(0) { $0 + $1.female }
      let total = counted.reduce(0) { $0 + $1.amount }
      let shown = rows.filter { $0["indicator"] == .text(code) }.map { $0["actual"] }
      #expect(shown == [.text("\(female)"), .text("\(total - female)")], "\(code)")
    }
  }

  private func prepared() async throws -> TestService {
    let service = try await TestService.make()
    try await service.run("initiative create I Water humanitarian")
    for code in ["ada", "bo"] { try await service.run("community create \(code) \(code) US") }
    for indicator in Reference.indicators {
      let formula = indicator.terms.map { "\($0.base)*\(Double($0.tenths) / 10)" }
      try await service.run(
        "indicator create I \(indicator.code) Title x "
          + "measure=\(indicator.isPercentage ? "percentage" : "unit") "
          + "aggregation=\(indicator.isCumulative ? "cumulative" : "incremental") "
          + (formula.isEmpty ? "" : "formula=\(formula.joined(separator: ","))"))
      for (first, last) in Reference.periods {
        try await service.run("indicator add-period I \(indicator.code) \(first) \(last) 100")
      }
      if ["inc", "cum"].contains(indicator.code) {
        try await service.run("indicator add-dimension I \(indicator.code) sex f categories=m")
      }
    }
    return service
  }

  /// Reports this and that, some of it drafts, some approved; what was reported.
  private func report(
    _ random: inout Seeded, to service: TestService
  ) async throws -> Reference {
    var reference = Reference()
    let bases = Reference.indicators.filter(\.terms.isEmpty)
    let contributors = [nil, "community=ada", "community=bo", "contributor=Cy", "contributor=CY"]
    for number in 1...70 {
      guard let indicator = bases.randomElement(using: &random),
        let year = [0, 1, 2].randomElement(using: &random),
        let contributor = contributors.randomElement(using: &random),
        let state = ["draft", "submitted", "approved"].randomElement(using: &random)
      else { continue }
      let month = year == 1 ? 2 : Int.random(in: 1...12, using: &random)
      let day =
        "202\(year)-\(month < 10 ? "0" : "")\(month)-0\(Int.random(in: 1...4, using: &random))"
      let denominator = indicator.isPercentage ? Int.random(in: 1...300, using: &random) : nil
      let amount = Int.random(in: 0...(denominator ?? 500), using: &random)
      let female = Int.random(in: 0...amount, using: &random)
      let parts =
        ["inc", "cum"].contains(indicator.code)
        ? "parts=sex:f:\(female),sex:m:\(amount - female)" : ""
      try await service.run(
        "indicator report I \(indicator.code) \(amount)\(denominator.map { "/\($0)" } ?? "") "
          + "on=\(day) \(contributor ?? "") \(parts) submit=\(state == "draft" ? "no" : "yes")",
        as: Office.reporter)
      if state == "approved" {
        try await service.run("actual approve A-\(number)", as: Office.officer)
      }
      reference.actuals.append(
        .init(
          indicator: indicator.code, day: day, contributor: contributor, amount: amount,
          denominator: denominator, female: female, state: state))
    }
    return reference
  }

  @Test("the reference differs where it should: it is no copy of the same mistake")
  func control() {
    var reference = Reference()
    for (day, contributor, amount) in [("2020-01-02", "x", 5), ("2020-01-01", "X", 7)] {
      for indicator in ["inc", "cum"] {
        reference.actuals.append(
          .init(
            indicator: indicator, day: day, contributor: contributor, amount: amount,
            denominator: nil, female: 0, state: "submitted"))
      }
    }
    #expect(reference.value("inc", Reference.always, ["submitted"]) == 1_200)
    #expect(reference.value("cum", Reference.always, ["submitted"]) == 500)
    #expect(reference.value("sum", Reference.always, ["submitted"]) == 12_000)
    #expect(reference.value("sum-of-sum", Reference.always, ["submitted"]) == 24_600)
    #expect(reference.value("cum", Reference.always, ["approved"]) == nil)
  }
}
