import CommandLanguage
import Foundations
import Postgres

/// A kind of ticket that was added to a conference.
struct NewTicketType: Sendable {
  let conference: String
  let code: String
  let amountMinor: Int64
  let currency: Currency
}

/// Who may have a ticket of a kind.
enum Eligibility: String, CaseIterable, ParameterValue, PostgresEncodable {
  case anyone, members

  static let typeName = "eligibility"
}

/// A ticket's price as typed: a sum of money, or nothing.
struct TicketPrice: ParameterValue {
  static let typeName = "price"
  static let accepts =
    "free, or a positive amount such as 450 or \"450.00 EUR\" "
    + "(US dollars unless a currency is given)"
  /// In minor units.
  let amountMinor: Int64
  /// Nil for a free ticket: nothing is nothing in any currency.
  let currency: Currency?

  init(argument: String) throws(InvalidValue) {
    if argument == "free" || argument == "0" {
      amountMinor = 0
      currency = nil
      return
    }
    guard let money = try? Money(argument: argument) else { throw InvalidValue(Self.accepts) }
    amountMinor = money.amountMinor
    currency = money.currency
  }
}
