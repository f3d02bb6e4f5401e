import CommandLanguage
import Postgres

/// How far a partnership has come. That the network recognises it, and that something happens, are
/// facts of their own: `PartnershipFact`.
enum PartnershipState: String, LifecycleState, ParameterValue, PostgresEncodable {
  case idea, proposed
  case localReview = "local-review"
  case councilApproved = "council-approved"
  case negotiating
  /// A source says that it exists; nobody has shown an agreement.
  case asserted
  case signed, terminated, withdrawn

  static let typeName = "state"

  /// The transitions, as the database keeps them.
  static let lifecycle = Lifecycle<PartnershipState>(
    "partnership", initial: .idea,
    [
      .init("propose", from: [.idea], to: .proposed),
      .init("review", from: [.proposed], to: .localReview),
      .init("approve", from: [.localReview], to: .councilApproved),
      .init("negotiate", from: [.councilApproved], to: .negotiating),
      .init("sign", from: [.negotiating, .asserted], to: .signed),
      .init("terminate", from: [.signed, .asserted], to: .terminated),
      .init(
        "withdraw",
        from: [.idea, .proposed, .localReview, .councilApproved, .negotiating, .asserted],
        to: .withdrawn),
    ])
}

/// Whether the network recognises a partnership, from one day to the next.
enum Recognition: String, LifecycleState {
  case none, recognised, suspended, emeritus, withdrawn

  static let lifecycle = Lifecycle<Recognition>(
    "recognition", initial: .none,
    [
      .init("recognise", from: [.none, .suspended, .emeritus, .withdrawn], to: .recognised),
      .init("suspend", from: [.recognised], to: .suspended),
      .init("honour", from: [.recognised], to: .emeritus),
      .init("unrecognise", from: [.recognised, .suspended, .emeritus], to: .withdrawn),
    ])
}

/// Whether anything happens in a partnership, from one day to the next.
enum Activity: String, LifecycleState {
  case none, active, dormant

  static let lifecycle = Lifecycle<Activity>(
    "activity", initial: .none,
    [
      .init("activate", from: [.none, .dormant], to: .active),
      .init("rest", from: [.active], to: .dormant),
    ])
}
