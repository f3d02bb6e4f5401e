import CommandLanguage
import Postgres

/// Where a payment stands.
enum PaymentState: String, LifecycleState, ParameterValue, PostgresEncodable, PostgresDecodable {
  case scheduled, requested
  case programApproved = "program-approved"
  case financeApproved = "finance-approved"
  case paid, failed, cancelled, refunded

  static let typeName = "state"

  /// The transitions, as the database keeps them.
  static let lifecycle = Lifecycle<PaymentState>(
    "payment", initial: .scheduled,
    [
      .init("request", from: [.scheduled], to: .requested),
      .init("approve-program", from: [.requested], to: .programApproved),
      .init("approve-finance", from: [.programApproved], to: .financeApproved),
      .init("pay", from: [.financeApproved], to: .paid),
      .init("fail", from: [.financeApproved], to: .failed),
      .init(
        "cancel", from: [.scheduled, .requested, .programApproved, .financeApproved],
        to: .cancelled),
      .init("refund", from: [.paid], to: .refunded),
    ])
}
