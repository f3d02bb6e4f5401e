import CommandLanguage
import Foundations

/// What changed: enough for an answer to a write.
struct CohortChange: Sendable {
  let code: String
  let state: CohortState

  var pairs: [Reply.Pair] { [.init("code", code), .init("state", state.rawValue)] }
}
