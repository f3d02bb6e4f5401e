import CommandLanguage
import Postgres

/// Where a cohort stands.
enum CohortState: String, LifecycleState, ParameterValue, PostgresEncodable, PostgresDecodable {
  case planned, open, cancelled

  static let typeName = "state"

  /// The transitions, as the database keeps them.
  static let lifecycle = Lifecycle<CohortState>(
    "cohort", initial: .planned,
    [
      .init("open", from: [.planned], to: .open),
      .init("cancel", from: [.planned, .open], to: .cancelled),
    ])
}
