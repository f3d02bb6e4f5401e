import CommandLanguage
import Postgres

/// Where a participant stands.
enum ParticipantState: String, LifecycleState, ParameterValue, PostgresEncodable,
  PostgresDecodable
{
  case draft, submitted
  case underReview = "under_review"
  case waitlisted, declined, accepted, withdrawn

  static let typeName = "state"

  /// The transitions, as the database keeps them.
  static let lifecycle = Lifecycle<ParticipantState>(
    "participant", initial: .draft,
    [
      .init("submit", from: [.draft], to: .submitted),
      .init("review", from: [.submitted], to: .underReview),
      .init("accept", from: [.underReview, .waitlisted], to: .accepted),
      .init("decline", from: [.underReview, .waitlisted], to: .declined),
      .init("waitlist", from: [.underReview], to: .waitlisted),
      .init(
        "withdraw", from: [.draft, .submitted, .underReview, .waitlisted, .accepted],
        to: .withdrawn),
    ])
}
