import Access
import CommandLanguage
import Foundations

enum ActualCommands {
  static let all = [report, show, list, update, submit, approve, sendBack, remove]

  private static let number = Parameter<ActualNumber>("number", "the actual's number")
  private static let community = Parameter<Code?>(
    optional: "community", "the community whose achievement it is")
  private static let contributor = Parameter<String?>(
    optional: "contributor", "whose it is, where it is no community's")
  private static let evidence = Parameter<String?>(
    optional: "evidence", "where it can be looked up: an address, or words")
  private static let note = Parameter<String?>(optional: "note", "anything else")
  private static let parts = Parameter<[PartArgument]>(
    list: "parts", "what it consists of, by the indicator's dimensions")

  static let report = Command<CommandContext>(
    "indicator report", "Report what was achieved on a day of one of an indicator's periods.",
    needs: .capability(.initiativesReport), effect: .write,
    returns: .done(ActualChange.names),
    errors: [
      .missingInitiative, .missingIndicator, .missingPeriod, .missingDimension, .missingCommunity,
      .formulaConflict, .periodApproved, .measure, .breakdown,
    ],
    example: "indicator report SDWI packets 12000 on=2009-03-31 community=denver "
      + "parts=country:ET:12000 evidence=\"Shipping papers\" submit=yes",
    Parameter<Code>("initiative", "the initiative's code"),
    Parameter<Code>("indicator", "the indicator's code"),
    Parameter<ReportedAmount>("amount", "how much; of a percentage, how many of how many"),
    Parameter<CalendarDate?>(optional: "on", "the day it was achieved; today unless said"),
    community, contributor, evidence, note, parts,
    Parameter<Bool>(
      "incomplete", "whether the parts by a dimension need not add up to it", default: false,
      shown: "no"),
    Parameter<Bool>(
      "submit", "whether it is handed in at once, and no draft", default: false, shown: "no")
  ) {
    (
      context, _, initiative, indicator, amount, day, community, contributor, evidence, note,
      parts, incomplete, submit
    ) async throws(DomainError) in
    try await context.write(
      ActualStatements.report,
      (
        initiative, indicator, amount, day, community, contributor, evidence, note, parts,
        incomplete, submit
      )
    ) { $0.pairs }
  }

  static let show = Command<CommandContext>(
    "actual show", "Show an actual, its parts, and who did what with it.",
    needs: .capability(.initiativesRead), effect: .read,
    returns: .record(ActualStatements.show.columns + [.table("parts")]),
    errors: [.missingActual], example: "actual show A-1", number
  ) { (context, _, number) async throws(DomainError) in
    try await context.showActual(number)
  }

  static let list = Command<CommandContext>(
    "actual list", "List what was reported on indicators, drafts too.",
    needs: .capability(.initiativesRead), effect: .read,
    returns: .list(ActualStatements.list.columns),
    example: "actual list initiative=SDWI state=submitted",
    Parameter<Filter<Code>?>(filter: "initiative", "the initiative's code"),
    Parameter<Filter<Code>?>(filter: "indicator", "the indicator's code"),
    Parameter<Filter<ActualState>?>(filter: "state", "where it stands"),
    Parameter<Filter<String>?>(filter: "contributor", "whose it is, by code or name"),
    Parameter<Filter<CalendarDate>?>(filter: "on", "the day it was achieved"),
    Parameter<Filter<String>?>(filter: "submitted-by", "who handed it in")
  ) {
    (context, options, initiative, indicator, state, contributor, day, submitter)
      async throws(DomainError) in
    try await context.readPage(
      ActualStatements.list,
      (
        initiative, indicator, state, contributor, day, submitter, options.after,
        Int64(options.limit + 1)
      ))
  }

  static let update = Command<CommandContext>(
    "actual update", "Correct a draft; what was handed in is returned first.",
    needs: .capability(.initiativesReport), effect: .write, revises: true,
    returns: .done(ActualChange.names),
    errors: [
      .missingActual, .missingPeriod, .missingDimension, .missingCommunity, .periodApproved,
      .measure,
    ],
    example: "actual update A-2 amount=25000 parts=country:ET:25000", number,
    Parameter<ReportedAmount?>(optional: "amount", "how much it is"),
    Parameter<CalendarDate?>(optional: "on", "the day it was achieved"),
    community, contributor, evidence, note, parts,
    Parameter<Bool?>(
      optional: "incomplete", "whether the parts by a dimension need not add up to it")
  ) {
    (context, _, number, amount, day, community, contributor, evidence, note, parts, incomplete)
      async throws(DomainError) in
    try await context.write(
      ActualStatements.update,
      (number, amount, day, community, contributor, evidence, note, parts, incomplete)
    ) { $0.pairs }
  }

  static let submit = Command<CommandContext>(
    "actual submit", "Hand a draft in; from then on it counts.",
    needs: .capability(.initiativesReport), effect: .write, revises: true,
    returns: .done(ActualChange.names), errors: [.missingActual, .periodApproved, .breakdown],
    example: "actual submit A-2", number
  ) { (context, _, number) async throws(DomainError) in
    try await context.changeActual(number, to: .submitted)
  }

  static let approve = Command<CommandContext>(
    "actual approve", "Approve what somebody else has handed in.",
    needs: .capability(.initiativesApprove), effect: .write, revises: true,
    returns: .done(ActualChange.names),
    errors: [.missingActual, .periodApproved, .ownSubmission], example: "actual approve A-1",
    number
  ) { (context, _, number) async throws(DomainError) in
    try await context.changeActual(number, to: .approved)
  }

  static let sendBack = Command<CommandContext>(
    "actual return", "Return what was handed in, as a draft again, and say why.",
    needs: .capability(.initiativesApprove), effect: .write, revises: true,
    returns: .done(ActualChange.names), errors: [.missingActual, .periodApproved],
    example: "actual return A-1 reason=\"The shipping papers say 84,000\"", number,
    Parameter<String>("reason", "what is to be corrected")
  ) { (context, _, number, reason) async throws(DomainError) in
    try await context.changeActual(number, to: .draft, because: reason)
  }

  static let remove = Command<CommandContext>(
    "actual remove", "Remove a draft; the audit keeps what it said.",
    needs: .capability(.initiativesReport), effect: .destructive,
    returns: .done(ActualChange.names), errors: [.missingActual, .periodApproved],
    example: "actual remove A-2", number
  ) { (context, _, number) async throws(DomainError) in
    try await context.write(ActualStatements.remove, number) { $0.pairs }
  }
}
