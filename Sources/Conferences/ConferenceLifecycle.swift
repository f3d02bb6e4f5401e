import CommandLanguage
import Postgres

/// Where a conference stands: it takes registrations while it is open.
enum ConferenceState: String, LifecycleState, ParameterValue, PostgresEncodable, PostgresDecodable {
  case planned, open, closed

  static let typeName = "state"

  /// The transitions, as the database keeps them.
  static let lifecycle = Lifecycle<ConferenceState>(
    "conference", initial: .planned,
    [
      .init("open", from: [.planned, .closed], to: .open),
      .init("close", from: [.open], to: .closed),
    ])
}

/// Where a registration stands.
enum RegistrationState: String, LifecycleState, ParameterValue, PostgresEncodable,
  PostgresDecodable
{
  case confirmed, cancelled

  static let typeName = "state"

  /// The transitions, as the database keeps them.
  static let lifecycle = Lifecycle<RegistrationState>(
    "registration", initial: .confirmed,
    [.init("cancel", from: [.confirmed], to: .cancelled)])
}
