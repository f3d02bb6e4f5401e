import CommandLanguage
import Foundations

/// A group that travels together: one direction, its dates and its places.
struct Cohort: Sendable {
  let code: String
  let program: String
  /// The communities that it leaves and visits, by code.
  let from: String
  let to: String
  let starts: CalendarDate
  let ends: CalendarDate
  let capacity: Int64
  /// Places that accepted participants have.
  let taken: Int64
  let state: CohortState

  static let shape = TableShape<Cohort>(
    (Column("code", .text), { .text($0.code) }),
    (Column("program", .text), { .text($0.program) }),
    (Column("from", .text), { .text($0.from) }),
    (Column("to", .text), { .text($0.to) }),
    (Column("starts", .date), { .date($0.starts) }),
    (Column("ends", .date), { .date($0.ends) }),
    (Column("capacity", .integer), { .integer($0.capacity) }),
    (Column("taken", .integer), { .integer($0.taken) }),
    (Column("state", .text), { .text($0.state.rawValue) }))
}

/// How many of a cohort's participants are in a state.
struct ParticipantCount: Sendable {
  let state: ParticipantState
  let count: Int64

  static let shape = TableShape<ParticipantCount>(
    (Column("state", .text), { .text($0.state.rawValue) }),
    (Column("count", .integer), { .integer($0.count) }))
}

/// What changed: enough for an answer to a write.
struct CohortChange: Sendable {
  let code: String
  let state: CohortState

  var pairs: [Reply.Pair] { [.init("code", code), .init("state", state.rawValue)] }
}
