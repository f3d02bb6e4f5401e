import CommandLanguage
import Foundations
import Postgres

/// What an entry of the journal is about.
enum EntryKind: String, CaseIterable, ParameterValue, PostgresEncodable {
  case receipt, exchange, reservation, void, commitment, supplement, disbursement, refund
  case deobligation = "de-obligation"
  case reversal

  static let typeName = "kind"
}

/// Where a fund's money is. In each of its currencies, debits of all accounts equal their
/// credits at all times.
enum Account: String, CaseIterable, ParameterValue, PostgresEncodable {
  case received, available, reserved, committed, spent, exchange

  static let typeName = "account"
}
