import CommandLanguage
import Postgres

/// Where an initiative stands.
enum InitiativeState: String, LifecycleState, ParameterValue, PostgresEncodable, PostgresDecodable {
  case planned, active, completed, cancelled

  static let typeName = "state"

  /// The transitions, as the database keeps them.
  static let lifecycle = Lifecycle<InitiativeState>(
    "initiative", initial: .planned,
    [
      .init("activate", from: [.planned], to: .active),
      .init("complete", from: [.active], to: .completed),
      .init("cancel", from: [.planned, .active], to: .cancelled),
    ])
}
