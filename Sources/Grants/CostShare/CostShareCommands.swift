import Access
import CommandLanguage
import Foundations

/// What recipients add to their grants.
enum CostShareCommands {
  static let all = [record, strike, waive, list]

  static let record = Command<CommandContext>(
    "cost-share record", "Record what a recipient added to its grant.",
    needs: .capability(.grantsManage), effect: .write, returns: .done(ContributionChange.names),
    errors: [.missingGrant, .currencyMismatch],
    example: "cost-share record G-2008-0001 in-kind 1500 \"two vans for a month\" on=2008-09-20",
    Parameter<GrantNumber>("grant", "the grant's number"),
    Parameter<ContributionKind>("kind", "money, or things and work"),
    Parameter<Money>("amount", "what it is worth, in the grant's currency"),
    Parameter<String>("what", "what it was"),
    Parameter<CalendarDate?>(optional: "on", "the day it was given; today unless said")
  ) { (context, _, grant, kind, amount, what, day) async throws(DomainError) in
    try await context.write(
      CostShareStatements.record, (grant, kind, amount.amountMinor, amount.currency, what, day)
    ) { $0.pairs }
  }

  static let strike = Command<CommandContext>(
    "cost-share strike", "Strike a contribution that was recorded wrongly; it stays on the list.",
    needs: .capability(.grantsManage), effect: .irreversible,
    returns: .done(ContributionChange.names), errors: [.missingContribution],
    example: "cost-share strike G-2008-0001-M01 reason=\"counted twice\"",
    Parameter<ContributionNumber>("number", "the contribution's number"),
    Parameter<String>("reason", "what was wrong")
  ) { (context, _, number, reason) async throws(DomainError) in
    try await context.write(CostShareStatements.strike, (number, reason)) { $0.pairs }
  }

  static let waive = Command<CommandContext>(
    "cost-share waive", "Let a recipient off what it promised to add.",
    needs: .capability(.grantsDirect), effect: .irreversible, returns: .done(GrantChange.names),
    errors: [.missingGrant],
    example: "cost-share waive G-2008-0001 reason=\"the rains came early\"",
    Parameter<GrantNumber>("grant", "the grant's number"), Parameter<String>("reason", "why")
  ) { (context, _, grant, reason) async throws(DomainError) in
    try await context.write(CostShareStatements.waive, (grant, reason)) { $0.pairs }
  }

  static let list = Command<CommandContext>(
    "cost-share list", "List what recipients added, of one grant (grant=) or of all.",
    needs: .capability(.grantsRead), effect: .read,
    returns: .list(CostShareStatements.list.columns),
    example: "cost-share list grant=G-2008-0001",
    Parameter<Filter<GrantNumber>?>(filter: "grant", "the grant's number"),
    Parameter<Filter<ContributionKind>?>(filter: "kind", "money, or things and work"),
    Parameter<Filter<CalendarDate>?>(filter: "on", "the day it was given")
  ) { (context, options, grant, kind, day) async throws(DomainError) in
    try await context.readPage(
      CostShareStatements.list, (grant, kind, day, options.after, Int64(options.limit + 1)))
  }
}
