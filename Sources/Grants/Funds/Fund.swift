import Access
import CommandLanguage
import Foundations

/// What a change of a fund's money answers.
struct FundChange: Sendable {
  let code: String
  let currency: Currency
  let received: Int64
  let available: Int64

  var pairs: [Reply.Pair] {
    [
      .init("fund", code), .init("received", Money(amountMinor: received, currency: currency)),
      .init("available", Money(amountMinor: available, currency: currency)),
    ]
  }
}
