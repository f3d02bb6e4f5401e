import CommandLanguage
import Foundations

/// What changed: enough for an answer to a write, and nothing about the person, because answers
/// are stored under their key.
struct ParticipantChange: Sendable {
  let number: String
  let state: ParticipantState

  var pairs: [Reply.Pair] { [.init("number", number), .init("state", state.rawValue)] }
}
