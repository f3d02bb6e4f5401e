import Access
import CommandLanguage
import Foundations
import Postgres

/// What changed: enough for an answer to a write.
struct InitiativeChange: Sendable {
  let code: String
  let state: InitiativeState

  var pairs: [Reply.Pair] { [.init("code", code), .init("state", state.rawValue)] }
}

/// A partner as typed: `role:community`.
struct PartnerArgument: ParameterValue, PostgresEncodable {
  static var postgresType: PostgresType { .text }
  static let typeName = "role:community"
  static let accepts = "role:community, for example us:urbana"
  let role: String
  let community: String
  var postgresText: String? { "\(role):\(community)" }

  init(argument: String) throws(InvalidValue) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let role = try? Code(argument: String(parts[0])),
      let community = try? Code(argument: String(parts[1]))
    else { throw InvalidValue(Self.accepts) }
    self.role = role.description
    self.community = community.description
  }
}
