import CommandLanguage
import Foundations
import Postgres

/// What changed: enough for an answer to a write.
struct ConferenceChange: Sendable {
  let code: String
  let state: ConferenceState

  var pairs: [Reply.Pair] { [.init("code", code), .init("state", state.rawValue)] }
}
