import CommandLanguage
import Foundations
import Postgres

/// How it was made sure that somebody is the guardian they say they are.
enum Verification: String, CaseIterable, ParameterValue, PostgresEncodable, PostgresDecodable {
  case inPerson = "in-person"
  case videoCall = "video-call"
  case notarisedForm = "notarised-form"

  static let typeName = "verification"
}

/// A guardian of one participant.
struct Guardian: Sendable {
  let name: String
  let email: String
  let verifiedHow: Verification?
  let verifiedAt: Timestamp?
  /// The user who verified.
  let verifiedBy: String?

  static let shape = TableShape<Guardian>(
    (Column("name", .text), { .text($0.name) }),
    (Column("email", .text), { .text($0.email) }),
    (Column("verified", .text), { .text($0.verifiedHow?.rawValue) }),
    (Column("verified-at", .timestamp), { $0.verifiedAt.map { .timestamp($0) } ?? .null }),
    (Column("verified-by", .text), { .text($0.verifiedBy) }))
}

/// What a verification answers: nothing about the person, because answers are stored.
struct GuardianChange: Sendable {
  let participant: String
  let verifiedHow: Verification
}
