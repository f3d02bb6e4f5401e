import CommandLanguage
import Postgres

/// Whether what was reported for a period may still change.
enum PeriodState: String, LifecycleState, PostgresEncodable {
  case open, approved

  /// The transitions, as the database keeps them.
  static let lifecycle = Lifecycle<PeriodState>(
    "period", initial: .open,
    [
      .init("approve", from: [.open], to: .approved),
      .init("reopen", from: [.approved], to: .open),
    ])
}
