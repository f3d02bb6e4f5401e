import CommandLanguage
import Postgres

/// A condition, by whose number it is known.
enum ConditionPart: GrantPart {
  static let noun = "condition"
  static let letter: Character = "C"
}

/// A condition's number, `G-2012-0001-C01`.
typealias ConditionNumber = PartNumber<ConditionPart>

/// What a condition holds up: precedents the activation of the grant, a payment's the payment, and
/// each of them the close-out.
enum ConditionKind: String, CaseIterable, ParameterValue, PostgresEncodable {
  case precedent, payment, special

  static let typeName = "condition-kind"
}

/// Where a condition stands.
enum ConditionState: String, LifecycleState, ParameterValue, PostgresEncodable, PostgresDecodable {
  case open, met, waived

  static let typeName = "state"

  /// The transitions, as the database keeps them.
  static let lifecycle = Lifecycle<ConditionState>(
    "condition", initial: .open,
    [.init("meet", from: [.open], to: .met), .init("waive", from: [.open], to: .waived)])
}

/// What a change of a condition answers.
struct ConditionChange: Sendable {
  let number: ConditionNumber
  let state: ConditionState

  static let names = ["number", "state"]
  var pairs: [Reply.Pair] { [.init("number", number), .init("state", state.rawValue)] }
}
