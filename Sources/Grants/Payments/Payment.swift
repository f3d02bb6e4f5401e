import CommandLanguage
import Foundations

/// What a change of a payment answers.
struct PaymentChange: Sendable {
  let number: PaymentNumber
  let state: PaymentState
  let currency: Currency
  let amount: Int64
  /// What its grant has neither disbursed nor given back.
  let undisbursed: Int64

  static let names = ["number", "state", "amount", "undisbursed"]

  var pairs: [Reply.Pair] {
    [
      .init("number", number), .init("state", state.rawValue),
      .init("amount", Money(amountMinor: amount, currency: currency)),
      .init("undisbursed", Money(amountMinor: undisbursed, currency: currency)),
    ]
  }
}
