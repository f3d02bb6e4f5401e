import CommandLanguage
import Foundations
import Postgres

/// What an entry of the journal is about.
enum EntryKind: String, CaseIterable, ParameterValue, PostgresEncodable, PostgresDecodable {
  case receipt, reservation, void, commitment, disbursement
  case deobligation = "de-obligation"
  case reversal

  static let typeName = "kind"
}

/// Where a fund's money is. Debits of all accounts equal their credits at all times.
enum Account: String, CaseIterable, ParameterValue, PostgresEncodable, PostgresDecodable {
  case received, available, reserved, committed, spent

  static let typeName = "account"
}

/// One posting of a fund's ledger, with what its entry says.
struct LedgerLine: Sendable {
  /// Runs without gaps within the fund.
  let line: Int64
  let entry: Int64
  let effectiveOn: CalendarDate
  let kind: EntryKind
  let account: Account
  let currency: Currency
  /// Minor units: a debit above nothing, a credit below.
  let amount: Int64
  let grant: String?
  let payment: String?
  /// The entry that this one corrects.
  let reverses: Int64?
  let note: String?

  static let shape = TableShape<LedgerLine>(
    (Column("line", .integer), { .integer($0.line) }),
    (Column("entry", .integer), { .integer($0.entry) }),
    (Column("on", .date), { .date($0.effectiveOn) }),
    (Column("kind", .text), { .text($0.kind.rawValue) }),
    (Column("account", .text), { .text($0.account.rawValue) }),
    (Column("debit", .money), { $0.amount > 0 ? .money($0.amount, $0.currency) : .null }),
    (Column("credit", .money), { $0.amount < 0 ? .money(-$0.amount, $0.currency) : .null }),
    (Column("grant", .text), { .text($0.grant) }),
    (Column("payment", .text), { .text($0.payment) }),
    (Column("reverses", .integer), { $0.reverses.map { .integer($0) } ?? .null }),
    (Column("note", .text), { .text($0.note) }))
}

/// A counter that is not what the ledger says it should be.
struct LedgerDifference: Sendable {
  let fund: String
  let what: String
  let stored: String
  let recomputed: String

  static let shape = TableShape<LedgerDifference>(
    (Column("fund", .text), { .text($0.fund) }),
    (Column("what", .text), { .text($0.what) }),
    (Column("stored", .text), { .text($0.stored) }),
    (Column("recomputed", .text), { .text($0.recomputed) }))
}
