import CommandLanguage
import Postgres

/// Where an actual stands. It counts from when it is handed in, until it is returned.
enum ActualState: String, LifecycleState, ParameterValue, PostgresEncodable {
  case draft, submitted, approved

  static let typeName = "state"

  /// The transitions, as the database keeps them. Of an approved period's actuals, none is possible.
  static let lifecycle = Lifecycle<ActualState>(
    "actual", initial: .draft,
    [
      .init("submit", from: [.draft], to: .submitted),
      .init("return", from: [.submitted, .approved], to: .draft),
      .init("approve", from: [.submitted], to: .approved),
    ])
}
