import Access
import CommandLanguage
import Foundations

/// What members are asked to pay, and what they paid.
enum InvoiceCommands {
  static let all = [invoice, renew, pay, refund, void, list, outstanding]

  private static let number = Parameter<InvoiceNumber>("invoice", "the invoice's number")
  private static let amount = Parameter<Money>("amount", "how much, in the invoice's currency")

  static let invoice = Command<CommandContext>(
    "membership invoice", "Ask a member for its dues; the tier is that of its population now.",
    needs: .capability(.duesManage), effect: .write, returns: .done(InvoiceChange.names),
    errors: [.missingMembership, .missingCommunity, .noTier],
    example: "membership invoice houston from=2028-01-01 years=2", MembershipCommands.community,
    Parameter<CalendarDate?>(
      optional: "from", "the first day it pays for; where its last invoice ends, if not given"),
    Parameter<Int64>("years", "for how many years, up to 10", default: 1, shown: "1"),
    Parameter<CalendarDate?>(
      optional: "due", "until when it is to pay; 30 days after the first day, if not given")
  ) { (context, _, community, from, years, due) async throws(DomainError) in
    try await context.write(DuesStatements.invoice, (community, from, years, due)) { $0.pairs }
  }

  static let renew = Command<CommandContext>(
    "membership renew", "Ask every member for the year that it has no invoice for yet.",
    needs: .capability(.duesManage), effect: .write, returns: .done(["invoices"]),
    example: "membership renew by=2034-01-01",
    Parameter<CalendarDate>("by", "years that begin on this day or before it"),
    Parameter<CalendarDate?>(
      optional: "due", "until when they are to pay; 30 days after the first day, if not given")
  ) { (context, _, day, due) async throws(DomainError) in
    try await context.write(DuesStatements.renew, (day, due)) { [.init("invoices", $0)] }
  }

  static let pay = Command<CommandContext>(
    "membership pay", "Note that money came for an invoice.",
    needs: .capability(.duesManage), effect: .write, returns: .done(InvoiceChange.names),
    errors: [.missingInvoice, .overpaid],
    example: "membership pay D-3 250 on=2026-06-30 reference=\"check 1042\"", number, amount,
    Parameter<CalendarDate?>(optional: "on", "the day it came; today, if not given"),
    Parameter<String?>(optional: "reference", "what the payer wrote")
  ) { (context, _, number, amount, day, reference) async throws(DomainError) in
    try await context.write(
      DuesStatements.pay, (number, amount.amountMinor, amount.currency, day, reference)
    ) { $0.pairs }
  }

  static let refund = Command<CommandContext>(
    "membership refund", "Note that money for an invoice went back.",
    needs: .capability(.duesManage), effect: .write, returns: .done(InvoiceChange.names),
    errors: [.missingInvoice, .overpaid],
    example: "membership refund D-2 100 reason=\"paid twice\"", number, amount,
    Parameter<String>("reason", "why"),
    Parameter<CalendarDate?>(optional: "on", "the day it went; today, if not given")
  ) { (context, _, number, amount, reason, day) async throws(DomainError) in
    try await context.write(
      DuesStatements.pay, (number, -amount.amountMinor, amount.currency, day, reason)
    ) { $0.pairs }
  }

  static let void = Command<CommandContext>(
    "membership void", "Take back an invoice for which no money is held.",
    needs: .capability(.duesManage), effect: .irreversible, returns: .done(InvoiceChange.names),
    errors: [.missingInvoice], example: "membership void D-3 reason=\"the wrong tier\"", number,
    Parameter<String>("reason", "why")
  ) { (context, _, number, reason) async throws(DomainError) in
    try await context.write(DuesStatements.void, (number, reason)) { $0.pairs }
  }

  static let list = Command<CommandContext>(
    "membership invoices", "List what members were asked to pay.",
    needs: .capability(.communitiesRead), effect: .read,
    returns: .list(DuesStatements.invoices.columns),
    example: "membership invoices state=overdue",
    Parameter<Filter<Code>?>(filter: "community", "whose they are"),
    Parameter<Filter<InvoiceState>?>(filter: "state", "what has become of them"),
    Parameter<Filter<CalendarDate>?>(filter: "due", "the day they are due"),
    Parameter<Filter<Code>?>(filter: "tier", "the tier they follow")
  ) { (context, options, community, state, due, tier) async throws(DomainError) in
    try await context.readPage(
      DuesStatements.invoices,
      (community, state, due, tier, options.after, Int64(options.limit + 1)))
  }

  static let outstanding = Command<CommandContext>(
    "report run dues-outstanding", "Sum up the dues that are still to be paid, by member.",
    needs: .capability(.communitiesRead), effect: .read,
    returns: .list(DuesStatements.outstanding.columns),
    example: "report run dues-outstanding due<2027-01-01",
    Parameter<Filter<CalendarDate>?>(filter: "due", "the day they are due"),
    Parameter<Filter<CountryCode>?>(filter: "country", "the member's country"),
    Parameter<Filter<String>?>(filter: "region", "its state or province")
  ) { (context, options, due, country, region) async throws(DomainError) in
    try await context.readPage(
      DuesStatements.outstanding, (due, country, region, options.after, Int64(options.limit + 1)))
  }
}
