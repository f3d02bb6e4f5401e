import Access
import CommandLanguage
import Foundations

/// Grants up to their activation, and how they are looked at.
enum GrantCommands {
  static let all = [offer, rateRisk, activate, decline, lapse, show, history, list]

  static let number = Parameter<GrantNumber>("number", "the grant's number")
  static let day = Parameter<CalendarDate?>(
    optional: "on", "the day it happened; today unless said")

  static let offer = Command<CommandContext>(
    "grant offer", "Offer a grant; its amount is reserved in the funds.",
    needs: .capability(.grantsManage), effect: .write, returns: .done(GrantChange.names),
    errors: [
      .missingInitiative, .missingFund, .missingCommunity, .currencyMismatch,
      .restricted, .overAward,
    ],
    example: "grant offer SDWI PUR-2008 denver 9500 title=\"PUR packets for Axum\" "
      + "starts=2008-03-01 ends=2009-02-28 in-kind=7000 on=2008-02-10",
    Parameter<Code>("initiative", "the initiative it is for"),
    Parameter<FundShares>("funds", "the fund that pays, or several with what each pays"),
    Parameter<Code>("community", "the recipient"),
    Parameter<Money>("amount", "how much, in a currency that the funds hold"),
    Parameter<String>("title", "what it is for"),
    Parameter<CalendarDate?>(optional: "starts", "the first day of the period of performance"),
    Parameter<CalendarDate?>(optional: "ends", "the last day of the period of performance"),
    Parameter<Money?>(optional: "cash-match", "what the recipient promises to add in cash"),
    Parameter<Money?>(optional: "in-kind", "what the recipient promises to add in kind"),
    Parameter<CalendarDate?>(optional: "respond-by", "the last day on which it can be accepted"),
    day
  ) {
    (
      context, _, initiative, funds, community, amount, title, starts, ends, cash, inKind,
      respondBy, day
    ) async throws(DomainError) in
    for (name, match) in [("cash-match", cash), ("in-kind", inKind)] {
      guard let match, match.currency != amount.currency else { continue }
      throw DomainError(
        .currencyMismatch,
        "\(name)= is in \(match.currency.code), and the grant in "
          + "\(amount.currency.code)", argument: name)
    }
    return try await context.write(
      GrantStatements.offer,
      (
        initiative, funds.funds, try funds.amounts(of: amount), community, amount.currency, title,
        starts, ends, cash?.amountMinor, inKind?.amountMinor, respondBy, day
      )
    ) { $0.pairs }
  }

  static let rateRisk = Command<CommandContext>(
    "grant rate-risk", "Rate what is expected to go wrong; a grant has a rating to be active.",
    needs: .capability(.grantsManage), effect: .write, revises: true,
    returns: .done(GrantChange.names), errors: [.missingGrant],
    example: "grant rate-risk G-2012-0001 moderate reason=\"its first grant\"", number,
    Parameter<Risk>("risk", "how much"), Parameter<String>("reason", "why")
  ) { (context, _, number, risk, reason) async throws(DomainError) in
    try await context.write(GrantStatements.rateRisk, (number, risk, reason)) { $0.pairs }
  }

  static let activate = Command<CommandContext>(
    "grant activate", "Activate a grant that its recipient countersigned; its amount is committed.",
    needs: .capability(.grantsDirect), effect: .write, revises: true,
    returns: .done(GrantChange.names),
    errors: [.missingGrant, .fourEyes, .riskUnrated, .conditionOpen],
    example: "grant activate G-2008-0002 signatory=\"Mayor of Denver\" on=2008-02-20", number,
    Parameter<String>(
      "signatory", "who countersigned for the recipient: not the user who offered it"), day
  ) { (context, _, number, signatory, day) async throws(DomainError) in
    try await context.write(GrantStatements.activate, (number, signatory, day)) { $0.pairs }
  }

  static let decline = Command<CommandContext>(
    "grant decline", "Record that the recipient declined; the reservation is voided.",
    needs: .capability(.grantsManage), effect: .irreversible, revises: true,
    returns: .done(GrantChange.names),
    errors: [.missingGrant],
    example: "grant decline G-2008-0002 reason=\"no staff this year\" on=2008-02-20",
    number, Parameter<String>("reason", "why"), day
  ) { (context, _, number, reason, day) async throws(DomainError) in
    try await context.write(GrantStatements.decline, (number, reason, day)) { $0.pairs }
  }

  static let lapse = Command<CommandContext>(
    "grant lapse", "End an offer whose last day has passed; the reservation is voided.",
    needs: .capability(.grantsManage), effect: .irreversible, revises: true,
    returns: .done(GrantChange.names), errors: [.missingGrant],
    example: "grant lapse G-2008-0002 on=2008-04-01", number, day
  ) { (context, _, number, day) async throws(DomainError) in
    try await context.write(GrantStatements.lapse, (number, day)) { $0.pairs }
  }

  static let show = Command<CommandContext>(
    "grant show", "Show a grant and its money; payment list grant= has its payments.",
    needs: .capability(.grantsRead), effect: .read, returns: .record(GrantStatements.show.columns),
    errors: [.missingGrant], example: "grant show G-2008-0001", number
  ) { (context, _, number) async throws(DomainError) in
    .record(
      try await context.readOne(
        GrantStatements.show, number, orRefuse: GrantStatements.find, number))
  }

  static let history = Command<CommandContext>(
    "grant history", "List the steps that a grant has taken, each with who took it and why.",
    needs: .capability(.grantsRead), effect: .read,
    returns: .list(GrantStatements.history.columns), errors: [.missingGrant],
    example: "grant history G-2008-0001", number
  ) { (context, options, number) async throws(DomainError) in
    try await context.readPage(
      GrantStatements.history,
      (number, try options.after(as: Int64.self), Int64(options.limit + 1)))
  }

  static let list = Command<CommandContext>(
    "grant list", "List grants.",
    needs: .capability(.grantsRead), effect: .read, returns: .list(GrantStatements.list.columns),
    example: "grant list state=active community=\"Urbana\" amount>=5000",
    Parameter<Filter<GrantState>?>(filter: "state", "where it stands"),
    Parameter<Filter<String>?>(filter: "initiative", "the initiative's code or title"),
    Parameter<Filter<String>?>(filter: "fund", "the code or title of a fund that pays"),
    Parameter<Filter<String>?>(filter: "community", "the recipient's code or any of its names"),
    Parameter<Filter<Money>?>(filter: "amount", "the award, among grants in that currency"),
    Parameter<Filter<Int64>?>(filter: "year", "the year of its number"),
    Parameter<Filter<CalendarDate>?>(filter: "starts", "its first day"),
    Parameter<Filter<String>?>(filter: "title", "what it is for")
  ) {
    (context, options, state, initiative, fund, community, amount, year, starts, title)
      async throws(DomainError) in
    try await context.readPage(
      GrantStatements.list,
      (
        state, initiative, fund, community, amount.map(MoneyFilter.init), year, starts, title,
        options.after, Int64(options.limit + 1)
      ))
  }
}
