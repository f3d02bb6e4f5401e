import SeededInputs
import CommandLanguage
import Foundations
import TestSupport
import Testing

@testable import Exchanges

/// A day of the calendar, with an age told otherwise than the database tells it.
private struct Day {
  let text: String
  let year: Int
  let month: Int
  let day: Int

  init(_ date: CalendarDate) {
    text = date.description
    let parts = text.split(separator: "-").compactMap { Int($0) }
    (year, month, day) = (parts[0], parts[1], parts[2])
  }

  /// Whole months from this day of birth to another day.
  func months(to other: Day) -> Int {
    (other.year - year) * 12 + other.month - month - (other.day < day ? 1 : 0)
  }
}

@Suite("Exchanges: the age band on the first day")
struct AgeTests {
  /// The first and the last days of birth that a band takes, and the days on either side of them.
  static let edges: [(profile: String, starts: String, born: String, accepted: Bool)] = [
    // 15 on the first day; 18 and a half on it.
    ("J1-62.25", "2027-07-01", "2012-07-01", true),
    ("J1-62.25", "2027-07-01", "2012-07-02", false),
    ("J1-62.25", "2027-07-01", "2009-01-01", true),
    ("J1-62.25", "2027-07-01", "2008-12-30", false),
    // Half a year from the 31st ends on the 1st where the month has no such day.
    ("J1-62.25", "2027-07-01", "2008-12-31", true),
    ("J1-62.25", "2027-03-01", "2008-08-31", true),
    ("J1-62.25", "2027-03-02", "2008-08-31", false),
    // 13 on the first day; not yet 31 on it.
    ("ErasmusYouth", "2027-07-01", "2014-07-01", true),
    ("ErasmusYouth", "2027-07-01", "2014-07-02", false),
    ("ErasmusYouth", "2027-07-01", "1996-07-02", true),
    ("ErasmusYouth", "2027-07-01", "1996-07-01", false),
    // Who is born on 29 February is a year older on 1 March, in a leap year on 29 February.
    ("ErasmusYouth", "2025-02-28", "2012-02-29", false),
    ("ErasmusYouth", "2025-03-01", "2012-02-29", true),
    ("ErasmusYouth", "2027-02-28", "1996-02-29", true),
    ("ErasmusYouth", "2027-03-01", "1996-02-29", false),
    ("J1-62.25", "2028-02-29", "2013-02-28", true),
    // Rules that set no ages take any.
    ("SCI-short", "2027-07-01", "1950-01-01", true),
    ("CSIET-short", "2027-07-01", "2025-01-01", true),
  ]

  @Test("the last day that is in, and the first that is out", arguments: edges)
  func edge(profile: String, starts: String, born: String, accepted: Bool) async throws {
    let first = try #require(CalendarDate(iso: starts))
    let ends = CalendarDate(daysSinceEpoch: first.daysSinceEpoch + 9)
    let service = try await TestService.withCohort(
      profile: profile, starts: starts, ends: ends.description)
    let number = try await service.underReview(born: born)
    let error = await service.failure("participant accept \(number)")
    #expect(error?.code == (accepted ? nil : .acceptanceBlocked))
  }

  @Test("any day of birth and any first day: the database counts as the calendar does")
  func anyDates() async throws {
    let service = try await TestService.make()
    var random = Seeded(62_25)
    let bands: [(profile: String, min: Int, max: Int, included: Bool)] = [
      ("J1-62.25", 180, 222, true), ("ErasmusYouth", 156, 372, false),
    ]
    for band in bands {
      var pairs: [(Day, Day)] = []
      for index in 0..<3_000 {
        // Every fourth is born on 29 February, and most first days are near an edge.
        let leap = CalendarDate(iso: "\(1980 + 4 * (index % 11))-02-29")
        let anyDay = CalendarDate(daysSinceEpoch: .random(in: 3_650...20_000, using: &random))
        let born = index % 4 == 0 ? leap ?? anyDay : anyDay
        let edge = Bool.random(using: &random) ? band.min : band.max
        let days = edge * 30_437 / 1_000 + .random(in: -4...4, using: &random)
        let starts = CalendarDate(daysSinceEpoch: born.daysSinceEpoch + days)
        pairs.append((Day(born), Day(starts)))
      }
      let values = pairs.enumerated().map { "(\($0), date '\($1.0.text)', date '\($1.1.text)')" }
      let rows = try await service.sql(
        """
        SELECT exchanges.within_ages(v.born, v.starts, r)
        FROM (VALUES \(values.joined(separator: ","))) AS v (position, born, starts)
        JOIN exchanges.rule_profile r ON r.code = '\(band.profile)' ORDER BY v.position
        """)
      var taken = 0
      for ((born, starts), row) in zip(pairs, rows) {
        let months = born.months(to: starts)
        let yesterday = CalendarDate(iso: starts.text).map {
          Day(CalendarDate(daysSinceEpoch: $0.daysSinceEpoch - 1))
        }
        let turnsToday =
          months == band.max && yesterday.map { born.months(to: $0) < months } == true
        let expected = months >= band.min && (months < band.max || band.included && turnsToday)
        #expect(row[0] == (expected ? "t" : "f"), "\(band.profile) \(born.text) \(starts.text)")
        if expected { taken += 1 }
      }
      // The dates lie on both sides of the edges, or the test would prove nothing.
      #expect((600...2_400).contains(taken))
    }
  }
}
