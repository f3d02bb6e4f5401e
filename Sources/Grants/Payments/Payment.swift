import CommandLanguage
import Foundations

/// A disbursement on a grant, planned or made.
struct Payment: Sendable {
  let number: PaymentNumber
  let grant: GrantNumber
  let community: String
  let currency: Currency
  /// Minor units of the currency.
  let amount: Int64
  let due: CalendarDate
  let state: PaymentState
  let paidOn: CalendarDate?

  static let shape = TableShape<Payment>(
    (Column("number", .text), { .text($0.number.description) }),
    (Column("grant", .text), { .text($0.grant.description) }),
    (Column("community", .text), { .text($0.community) }),
    (Column("amount", .money), { .money($0.amount, $0.currency) }),
    (Column("due", .date), { .date($0.due) }),
    (Column("state", .text), { .text($0.state.rawValue) }),
    (Column("paid", .date), { .date($0.paidOn) }))
}

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
