import CommandLanguage
import Postgres

/// Where a grant stands.
enum GrantState: String, LifecycleState, ParameterValue, PostgresEncodable, PostgresDecodable {
  case offered, declined, lapsed, active, suspended, terminated, closing, closed, reopened

  static let typeName = "state"

  /// The transitions, as the database keeps them.
  static let lifecycle = Lifecycle<GrantState>(
    "grant", initial: .offered,
    [
      .init("activate", from: [.offered], to: .active),
      .init("decline", from: [.offered], to: .declined),
      .init("lapse", from: [.offered], to: .lapsed),
      .init("suspend", from: [.active], to: .suspended),
      .init("resume", from: [.suspended], to: .active),
      .init("terminate", from: [.active, .suspended], to: .terminated),
      .init("start-closeout", from: [.active, .terminated, .reopened], to: .closing),
      .init("close", from: [.closing], to: .closed),
      .init("reopen", from: [.closed], to: .reopened),
    ])
}

/// What is expected to go wrong with a grant (2 CFR 200.206).
enum Risk: String, CaseIterable, ParameterValue, PostgresEncodable {
  case low, moderate, high

  static let typeName = "risk"
}
