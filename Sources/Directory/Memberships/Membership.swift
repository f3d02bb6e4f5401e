import Access
import CommandLanguage
import Foundations
import Postgres

/// How a community stands with the network on a day, as its dues tell.
enum MembershipState: String, CaseIterable, ParameterValue, PostgresEncodable {
  /// In the first three months, with its dues paid.
  case new
  case current
  /// For three months after what it paid for, or after it joined.
  case grace
  case lapsed, resigned

  static let typeName = "state"
}

/// What has become of an invoice.
enum InvoiceState: String, CaseIterable, ParameterValue, PostgresEncodable {
  case open, overdue, paid, void

  static let typeName = "state"
}

/// An invoice for dues: `D-12`.
struct InvoiceNumber: ParameterValue, PostgresEncodable {
  static let typeName = "invoice"
  static let accepts = "an invoice's number, for example D-12"
  static var postgresType: PostgresType { .text }
  let postgresText: String?

  init(argument: String) throws(InvalidValue) {
    let digits = argument.uppercased().dropFirst(2)
    guard argument.uppercased().hasPrefix("D-"), let number = Int64(digits), number > 0,
      digits.utf8.count <= 15
    else { throw InvalidValue(Self.accepts) }
    postgresText = "D-\(number)"
  }
}

/// What a change of the dues schedule answers.
struct TierChange: Sendable {
  let code: String
  let amount: Int64
  let currency: Currency

  static let names = ["code", "amount"]

  var pairs: [Reply.Pair] {
    [.init("code", code), .init("amount", Money(amountMinor: amount, currency: currency))]
  }
}

/// What a change of a membership answers.
struct MembershipChange: Sendable {
  let community: String
  let state: String

  static let names = ["community", "state"]

  var pairs: [Reply.Pair] { [.init("community", community), .init("state", state)] }
}

/// What a change of an invoice answers.
struct InvoiceChange: Sendable {
  let number: String
  let paid: Int64
  let amount: Int64
  let currency: Currency

  static let names = ["number", "amount", "paid"]

  var pairs: [Reply.Pair] {
    [
      .init("number", number), .init("amount", Money(amountMinor: amount, currency: currency)),
      .init("paid", Money(amountMinor: paid, currency: currency)),
    ]
  }
}
