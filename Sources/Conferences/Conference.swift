import CommandLanguage
import Foundations
import Postgres

/// A conference without what hangs on it.
struct Conference: Sendable {
  let code: String
  let title: String
  /// The community that hosts it.
  let host: String
  let starts: CalendarDate
  let ends: CalendarDate
  let venue: String?
  /// IANA name.
  let timezone: String
  let currency: Currency
  let state: ConferenceState

  static let shape = TableShape<Conference>(
    (Column("code", .text), { .text($0.code) }),
    (Column("title", .text), { .text($0.title) }),
    (Column("host", .text), { .text($0.host) }),
    (Column("starts", .date), { .date($0.starts) }),
    (Column("ends", .date), { .date($0.ends) }),
    (Column("venue", .text), { .text($0.venue) }),
    (Column("timezone", .text), { .text($0.timezone) }),
    (Column("currency", .text), { .text($0.currency.code) }),
    (Column("state", .text), { .text($0.state.rawValue) }))
}

/// What changed: enough for an answer to a write.
struct ConferenceChange: Sendable {
  let code: String
  let state: ConferenceState

  var pairs: [Reply.Pair] { [.init("code", code), .init("state", state.rawValue)] }
}

/// A counter of a quota that is not what the registrations say.
struct QuotaDifference: Sendable {
  let quota: String
  let counter: String
  let recorded: Int64
  let counted: Int64

  static let shape = TableShape<QuotaDifference>(
    (Column("quota", .text), { .text($0.quota) }),
    (Column("counter", .text), { .text($0.counter) }),
    (Column("recorded", .integer), { .integer($0.recorded) }),
    (Column("counted", .integer), { .integer($0.counted) }))
}
