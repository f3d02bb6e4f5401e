import CommandLanguage
import Foundations

/// What a change of a grant answers.
struct GrantChange: Sendable {
  let number: GrantNumber
  let state: GrantState
  let currency: Currency
  let awarded: Int64
  /// What its fund has left.
  let available: Int64

  static let names = ["number", "state", "amount", "available"]

  var pairs: [Reply.Pair] {
    [
      .init("number", number), .init("state", state.rawValue),
      .init("amount", Money(amountMinor: awarded, currency: currency)),
      .init("available", Money(amountMinor: available, currency: currency)),
    ]
  }
}
