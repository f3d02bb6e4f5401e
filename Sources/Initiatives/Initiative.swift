import Access
import CommandLanguage
import Foundations

/// An initiative without what hangs on it.
struct Initiative: Sendable {
  let code: String
  let title: String
  let area: ProgramArea
  let parent: String?
  let starts: CalendarDate?
  let ends: CalendarDate?
  let countries: [String]
  let requiredRoles: [String]
  let state: InitiativeState

  static let shape = TableShape<Initiative>(
    (Column("code", .text), { .text($0.code) }),
    (Column("title", .text), { .text($0.title) }),
    (Column("area", .text), { .text($0.area.rawValue) }),
    (Column("parent", .text), { .text($0.parent) }),
    (Column("starts", .date), { .date($0.starts) }),
    (Column("ends", .date), { .date($0.ends) }),
    (Column("countries", .text), { .text($0.countries.joined(separator: ",")) }),
    (Column("state", .text), { .text($0.state.rawValue) }))
}

/// A community that takes part in an initiative, in a role.
struct Partner: Sendable {
  let community: String
  let name: String
  let country: String
  let role: String

  static let shape = TableShape<Partner>(
    (Column("community", .text), { .text($0.community) }),
    (Column("name", .text), { .text($0.name) }),
    (Column("country", .text), { .text($0.country) }),
    (Column("role", .text), { .text($0.role) }))
}

/// What an initiative is measured by: a target, and what was reported towards it.
struct Indicator: Sendable {
  let initiative: String
  let code: String
  let title: String
  let unit: String
  let target: Decimal
  let actual: Decimal
  /// The indicator it is computed from, and the factor.
  let formulaOf: String?
  let formulaFactor: Decimal?

  static let shape = TableShape<Indicator>(
    (Column("code", .text), { .text($0.code) }),
    (Column("title", .text), { .text($0.title) }),
    (Column("unit", .text), { .text($0.unit) }),
    (Column("target", .number), { .number($0.target.digits) }),
    (Column("actual", .number), { .number($0.actual.digits) }),
    (Column("formula", .text), { .text($0.formula) }))

  /// `packets × 10`, or nil for an indicator that is reported.
  var formula: String? {
    guard let formulaOf, let formulaFactor else { return nil }
    return "\(formulaOf) × \(formulaFactor.digits)"
  }
}

/// What changed: enough for an answer to a write.
struct InitiativeChange: Sendable {
  let code: String
  let state: InitiativeState

  var pairs: [Reply.Pair] { [.init("code", code), .init("state", state.rawValue)] }
}

/// A partner as typed: `role:community`.
struct PartnerArgument: ParameterValue {
  static let typeName = "role:community"
  static let accepts = "role:community, for example us:urbana"
  let role: String
  let community: String

  init(argument: String) throws(InvalidValue) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let role = try? Code(argument: String(parts[0])),
      let community = try? Code(argument: String(parts[1]))
    else { throw InvalidValue(Self.accepts) }
    self.role = role.description
    self.community = community.description
  }
}
