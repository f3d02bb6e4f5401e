import Access
import CommandLanguage
import Foundations

/// Money that a funder gave for grants, what it is restricted to, and where it is now.
///
/// Amounts are in minor units of the fund's currency.
struct Fund: Sendable {
  let code: String
  let title: String
  let funder: String
  let currency: Currency
  let purpose: String?
  let countries: [String]
  let area: ProgramArea?
  let starts: CalendarDate?
  let ends: CalendarDate?
  let received: Int64
  /// Set aside for grants that are offered.
  let reserved: Int64
  /// Promised to active grants and not yet disbursed.
  let committed: Int64
  /// Disbursed.
  let spent: Int64
  let available: Int64

  static let shape = TableShape<Fund>(
    (Column("code", .text), { .text($0.code) }),
    (Column("title", .text), { .text($0.title) }),
    (Column("funder", .text), { .text($0.funder) }),
    (Column("purpose", .text), { .text($0.purpose) }),
    (Column("countries", .text), { .text($0.countries.joined(separator: ",")) }),
    (Column("area", .text), { .text($0.area?.rawValue) }),
    (Column("starts", .date), { .date($0.starts) }),
    (Column("ends", .date), { .date($0.ends) }),
    (Column("received", .money), { .money($0.received, $0.currency) }),
    (Column("reserved", .money), { .money($0.reserved, $0.currency) }),
    (Column("committed", .money), { .money($0.committed, $0.currency) }),
    (Column("spent", .money), { .money($0.spent, $0.currency) }),
    (Column("available", .money), { .money($0.available, $0.currency) }))
}

extension Fund {
  /// What fits a terminal: a list shows where the money is, fund show also what it is for.
  static let listShape = TableShape<Fund>(
    (Column("code", .text), { .text($0.code) }),
    (Column("title", .text), { .text($0.title) }),
    (Column("funder", .text), { .text($0.funder) }),
    (Column("received", .money), { .money($0.received, $0.currency) }),
    (Column("reserved", .money), { .money($0.reserved, $0.currency) }),
    (Column("committed", .money), { .money($0.committed, $0.currency) }),
    (Column("spent", .money), { .money($0.spent, $0.currency) }),
    (Column("available", .money), { .money($0.available, $0.currency) }))
}

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
