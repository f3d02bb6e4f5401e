/// A community as an answer to a write names it.
struct CommunityChange: Sendable {
  let code: String
  let name: String
}
