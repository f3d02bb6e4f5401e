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

/// What a verification answers: nothing about the person, because answers are stored.
struct GuardianChange: Sendable {
  let participant: String
  let verifiedHow: Verification
}
