import CommandLanguage
import Foundations

/// A payment, by whose number it is known.
enum PaymentPart: GrantPart {
  static let noun = "payment"
  static let letter: Character = "P"
}

/// A payment's number, `G-2012-0001-P02`.
typealias PaymentNumber = PartNumber<PaymentPart>

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
