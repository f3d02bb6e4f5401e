import CommandLanguage
import Postgres

/// Where a grant stands.
enum GrantState: String, LifecycleState, ParameterValue, PostgresEncodable, PostgresDecodable {
  case offered, declined, active, closing, closed

  static let typeName = "state"

  /// The transitions, as the database keeps them.
  static let lifecycle = Lifecycle<GrantState>(
    "grant", initial: .offered,
    [
      .init("activate", from: [.offered], to: .active),
      .init("decline", from: [.offered], to: .declined),
      .init("start-closeout", from: [.active], to: .closing),
      .init("close", from: [.closing], to: .closed),
    ])
}

/// Where a payment stands.
enum PaymentState: String, LifecycleState, ParameterValue, PostgresEncodable, PostgresDecodable {
  case scheduled, paid, cancelled

  static let typeName = "state"

  /// The transitions, as the database keeps them.
  static let lifecycle = Lifecycle<PaymentState>(
    "payment", initial: .scheduled,
    [
      .init("pay", from: [.scheduled], to: .paid),
      .init("cancel", from: [.scheduled], to: .cancelled),
    ])
}
