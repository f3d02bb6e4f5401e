import CommandLanguage
import Foundations
import Postgres

/// What an entry of the journal is about.
enum EntryKind: String, CaseIterable, ParameterValue, PostgresEncodable {
  case receipt, reservation, void, commitment, disbursement
  case deobligation = "de-obligation"
  case reversal

  static let typeName = "kind"
}

/// Where a fund's money is. Debits of all accounts equal their credits at all times.
enum Account: String, CaseIterable, ParameterValue, PostgresEncodable {
  case received, available, reserved, committed, spent

  static let typeName = "account"
}
