/// A program as an answer to a write names it, with the version of the rules that it follows.
struct ProgramChange: Sendable {
  let code: String
  let profile: String
  let profileVersion: Int64
}
