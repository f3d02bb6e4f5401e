import CommandLanguage
import Foundations

/// A young person in a cohort, as lists show them.
struct Participant: Sendable {
  let number: String
  let given: String
  let family: String
  let born: CalendarDate
  let cohort: String
  let state: ParticipantState

  static let shape = TableShape<Participant>(
    (Column("number", .text), { .text($0.number) }),
    (Column("given", .text), { .text($0.given) }),
    (Column("family", .text), { .text($0.family) }),
    (Column("born", .date), { .date($0.born) }),
    (Column("cohort", .text), { .text($0.cohort) }),
    (Column("state", .text), { .text($0.state.rawValue) }))
}

/// A participant by themselves: with why they are where they are, and what they still lack.
struct ParticipantPage: Sendable {
  let participant: Participant
  let reason: String?
  /// Everything that stands between a candidate and acceptance.
  let blockers: [String]

  static let shape = TableShape<ParticipantPage>(
    (Column("number", .text), { .text($0.participant.number) }),
    (Column("given", .text), { .text($0.participant.given) }),
    (Column("family", .text), { .text($0.participant.family) }),
    (Column("born", .date), { .date($0.participant.born) }),
    (Column("cohort", .text), { .text($0.participant.cohort) }),
    (Column("state", .text), { .text($0.participant.state.rawValue) }),
    (Column("reason", .text), { .text($0.reason) }),
    (Column("blockers", .text), { .text($0.blockers.joined(separator: "; ")) }))
}

/// What changed: enough for an answer to a write, and nothing about the person, because answers
/// are stored under their key.
struct ParticipantChange: Sendable {
  let number: String
  let state: ParticipantState

  var pairs: [Reply.Pair] { [.init("number", number), .init("state", state.rawValue)] }
}
