import CommandLanguage
import Foundations

/// A version of the rules that a program may follow: who is of age for it, how long it may last,
/// and where the figures are from.
struct RuleProfile: Sendable {
  let code: String
  let version: Int64
  let title: String
  /// The ages it takes on the first day, as people write them; nil where it sets none.
  let ages: String?
  /// Days from the first to the last, both counted.
  let minDays: Int64?
  let maxDays: Int64?
  let source: String
  let recordedOn: CalendarDate
  /// When somebody last checked the figures at their source; nil where nobody has.
  let verifiedOn: CalendarDate?

  static let shape = TableShape<RuleProfile>(
    (Column("code", .text), { .text($0.code) }),
    (Column("version", .integer), { .integer($0.version) }),
    (Column("title", .text), { .text($0.title) }),
    (Column("ages", .text), { .text($0.ages) }),
    (Column("min-days", .integer), { $0.minDays.map { .integer($0) } ?? .null }),
    (Column("max-days", .integer), { $0.maxDays.map { .integer($0) } ?? .null }),
    (Column("source", .text), { .text($0.source) }),
    (Column("recorded", .date), { .date($0.recordedOn) }),
    (Column("verified", .date), { .date($0.verifiedOn) }))
}
