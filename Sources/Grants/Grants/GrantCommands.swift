import Access
import CommandLanguage
import Foundations

enum GrantCommands {
  static let all = [offer, activate, decline, startCloseout, close, show, list]

  private static let number = Parameter<GrantNumber>("number", "the grant's number")
  private static let day = Parameter<CalendarDate?>(
    optional: "on", "the day it happened; today unless said")

  static let offer = Command<CommandContext>(
    "grant offer", "Offer a grant; its amount is reserved in the fund.",
    needs: .capability(.grantsManage), effect: .write, returns: .done(GrantChange.names),
    errors: [
      .missingInitiative, .missingFund, .missingCommunity, .currencyMismatch,
      .restricted, .overAward,
    ],
    example: "grant offer SDWI PUR-2008 denver 9500 title=\"PUR packets for Axum\" "
      + "starts=2008-03-01 ends=2009-02-28 in-kind=7000 on=2008-02-10",
    Parameter<Code>("initiative", "the initiative it is for"),
    Parameter<Code>("fund", "the fund that pays"),
    Parameter<Code>("community", "the recipient"),
    Parameter<Money>("amount", "how much, in the fund's currency"),
    Parameter<String>("title", "what it is for"),
    Parameter<CalendarDate?>(optional: "starts", "the first day of the period of performance"),
    Parameter<CalendarDate?>(optional: "ends", "the last day of the period of performance"),
    Parameter<Money?>(optional: "in-kind", "the match that the recipient promises in kind"),
    day
  ) {
    (context, _, initiative, fund, community, amount, title, starts, ends, match, day)
      async throws(DomainError) in
    try await context.write(
      GrantStatements.offer,
      (
        initiative, fund, community, amount.amountMinor, amount.currency, title, starts, ends,
        match?.amountMinor, match?.currency, day
      )
    ) { $0.pairs }
  }

  static let activate = Command<CommandContext>(
    "grant activate", "Activate a grant that its recipient countersigned; its amount is committed.",
    needs: .capability(.grantsActivate), effect: .write, revises: true,
    returns: .done(GrantChange.names),
    errors: [.missingGrant, .fourEyesOfGrant],
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

  static let startCloseout = Command<CommandContext>(
    "grant start-closeout", "Begin to close a grant: nothing more is paid on it.",
    needs: .capability(.grantsManage), effect: .write, revises: true,
    returns: .done(GrantChange.names),
    errors: [.missingGrant], example: "grant start-closeout G-2008-0001", number, day
  ) { (context, _, number, day) async throws(DomainError) in
    try await context.write(GrantStatements.startCloseout, (number, day)) { $0.pairs }
  }

  static let close = Command<CommandContext>(
    "grant close", "Close a grant; what was not disbursed is de-obligated.",
    needs: .capability(.grantsManage), effect: .irreversible, revises: true,
    returns: .done(GrantChange.names),
    errors: [.missingGrant, .openPayments], example: "grant close G-2008-0001", number, day
  ) { (context, _, number, day) async throws(DomainError) in
    try await context.write(GrantStatements.close, (number, day)) { $0.pairs }
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

  static let list = Command<CommandContext>(
    "grant list", "List grants.",
    needs: .capability(.grantsRead), effect: .read, returns: .list(GrantStatements.list.columns),
    example: "grant list state=active community=\"Kansas City\" amount>=5000",
    Parameter<Filter<GrantState>?>(filter: "state", "where it stands"),
    Parameter<Filter<String>?>(filter: "initiative", "the initiative's code or title"),
    Parameter<Filter<String>?>(filter: "fund", "the fund's code or title"),
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
