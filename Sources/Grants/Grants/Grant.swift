import CommandLanguage
import Foundations

/// An award from a fund to a community, for an initiative, with its money.
///
/// Amounts are in minor units of the grant's currency, which is its fund's.
struct Grant: Sendable {
  let number: GrantNumber
  let title: String
  let initiative: String
  let fund: String
  let community: String
  let communityName: String
  let currency: Currency
  let awarded: Int64
  /// What the recipient promised to add in kind.
  let inKindMatch: Int64?
  let starts: CalendarDate?
  let ends: CalendarDate?
  let state: GrantState
  /// In payments that are yet to be made.
  let scheduled: Int64
  let disbursed: Int64
  let refunded: Int64
  /// Given back to the fund: declined, or left over at the close.
  let deobligated: Int64
  /// Neither disbursed nor given back.
  let undisbursed: Int64
  /// Who countersigned for the recipient.
  let signatory: String?
  let offeredOn: CalendarDate
  let activatedOn: CalendarDate?
  let declinedOn: CalendarDate?
  let declineReason: String?
  let closingOn: CalendarDate?
  let closedOn: CalendarDate?

  static let shape = TableShape<Grant>(
    (Column("number", .text), { .text($0.number.description) }),
    (Column("title", .text), { .text($0.title) }),
    (Column("initiative", .text), { .text($0.initiative) }),
    (Column("fund", .text), { .text($0.fund) }),
    (Column("community", .text), { .text($0.community) }),
    (Column("community-name", .text), { .text($0.communityName) }),
    (Column("amount", .money), { .money($0.awarded, $0.currency) }),
    (Column("in-kind", .money), { .money($0.inKindMatch, $0.currency) }),
    (Column("starts", .date), { .date($0.starts) }),
    (Column("ends", .date), { .date($0.ends) }),
    (Column("state", .text), { .text($0.state.rawValue) }),
    (Column("scheduled", .money), { .money($0.scheduled, $0.currency) }),
    (Column("disbursed", .money), { .money($0.disbursed, $0.currency) }),
    (Column("refunded", .money), { .money($0.refunded, $0.currency) }),
    (Column("deobligated", .money), { .money($0.deobligated, $0.currency) }),
    (Column("undisbursed", .money), { .money($0.undisbursed, $0.currency) }),
    (Column("signatory", .text), { .text($0.signatory) }),
    (Column("offered", .date), { .date($0.offeredOn) }),
    (Column("activated", .date), { .date($0.activatedOn) }),
    (Column("declined", .date), { .date($0.declinedOn) }),
    (Column("decline-reason", .text), { .text($0.declineReason) }),
    (Column("closing", .date), { .date($0.closingOn) }),
    (Column("closed", .date), { .date($0.closedOn) }))
}

/// A grant, as lists show it.
struct GrantSummary: Sendable {
  let number: GrantNumber
  let title: String
  let initiative: String
  let fund: String
  let community: String
  let currency: Currency
  let awarded: Int64
  let disbursed: Int64
  let starts: CalendarDate?
  let ends: CalendarDate?
  let state: GrantState

  static let shape = TableShape<GrantSummary>(
    (Column("number", .text), { .text($0.number.description) }),
    (Column("title", .text), { .text($0.title) }),
    (Column("initiative", .text), { .text($0.initiative) }),
    (Column("fund", .text), { .text($0.fund) }),
    (Column("community", .text), { .text($0.community) }),
    (Column("amount", .money), { .money($0.awarded, $0.currency) }),
    (Column("disbursed", .money), { .money($0.disbursed, $0.currency) }),
    (Column("starts", .date), { .date($0.starts) }),
    (Column("ends", .date), { .date($0.ends) }),
    (Column("state", .text), { .text($0.state.rawValue) }))
}

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
