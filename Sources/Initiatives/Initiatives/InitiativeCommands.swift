import Access
import CommandLanguage
import Foundations

enum InitiativeCommands {
  static let all = [create, planTrilateral, show, list, update, activate, complete, cancel]

  private static let code = Parameter<Code>("code", "the initiative's code")

  /// What `initiative show` answers: the initiative and what hangs on it.
  private static let page =
    InitiativeStatements.show.columns + [
      .table("partners"), .table("funders"), .table("indicators"), .table("pilots"),
      .table("steps"),
    ]

  static let create = Command<CommandContext>(
    "initiative create", "Plan an initiative, or a pilot of one (parent=).",
    needs: .capability(.initiativesManage), effect: .write, returns: .done(["code", "state"]),
    errors: [.missingInitiative, .missingCommunity, .pilotRoles],
    example: "initiative create ORCHESTRA \"Youth orchestra\" cultural-exchange starts=2027-01-01",
    Parameter<Code>("code", "a short name for it"),
    Parameter<String>("title", "its full name"),
    Parameter<ProgramArea>("area", "the program area"),
    Parameter<Code?>(optional: "parent", "the initiative it is a pilot of"),
    Parameter<CalendarDate?>(optional: "starts", "its first day"),
    Parameter<CalendarDate?>(optional: "ends", "its last day"),
    Parameter<[CountryCode]>(list: "countries", "where it works"),
    Parameter<[Code]>(
      list: "trilateral", "the three roles that each pilot's partners must fill"),
    Parameter<[PartnerArgument]>(list: "partners", "communities that take part, with their role")
  ) {
    (context, _, code, title, area, parent, starts, ends, countries, roles, partners)
      async throws(DomainError) in
    try await context.write(
      InitiativeStatements.create,
      (
        code, title, area, parent, starts, ends, countries, roles, partners.map(\.role),
        partners.map(\.community)
      )
    ) { $0.pairs }
  }

  static let planTrilateral = Command<CommandContext>(
    "initiative plan-trilateral", "Plan an initiative of three communities that are linked.",
    needs: .capability(.initiativesManage), effect: .write, returns: .done(["code", "state"]),
    errors: [.missingInitiative, .missingCommunity, .notLinked, .pilotRoles],
    example: "initiative plan-trilateral CAW \"Chicago, Accra and Washington\" humanitarian "
      + "hub:chicago african:accra capital:washington",
    Parameter<Code>("code", "a short name for it"),
    Parameter<String>("title", "its full name"),
    Parameter<ProgramArea>("area", "the program area"),
    Parameter<PartnerArgument>("a", "one of the three, with its role in it"),
    Parameter<PartnerArgument>("b", "the second"),
    Parameter<PartnerArgument>("c", "the third; directory trilateral finds such threes"),
    Parameter<Code?>(optional: "parent", "the tri-lateral initiative that it is a pilot of"),
    Parameter<CalendarDate?>(optional: "starts", "its first day")
  ) { (context, _, code, title, area, a, b, c, parent, starts) async throws(DomainError) in
    try await context.write(
      InitiativeStatements.planTrilateral, (code, title, area, a, b, c, parent, starts)
    ) { $0.pairs }
  }

  static let show = Command<CommandContext>(
    "initiative show", "Show an initiative with its partners, indicators and pilots.",
    needs: .capability(.initiativesRead), effect: .read, returns: .record(page),
    errors: [.missingInitiative], example: "initiative show SDWI", code
  ) { (context, _, code) async throws(DomainError) in
    try await context.showInitiative(code)
  }

  static let list = Command<CommandContext>(
    "initiative list", "List initiatives.",
    needs: .capability(.initiativesRead), effect: .read,
    returns: .list(InitiativeStatements.list.columns),
    example: "initiative list state=active title~water",
    Parameter<Filter<InitiativeState>?>(filter: "state", "where it stands"),
    Parameter<Filter<ProgramArea>?>(filter: "area", "the program area"),
    Parameter<Filter<Code>?>(filter: "parent", "the initiative it is a pilot of"),
    Parameter<Filter<String>?>(filter: "countries", "where it works"),
    Parameter<Filter<String>?>(filter: "title", "its full name"),
    Parameter<Filter<CalendarDate>?>(filter: "starts", "its first day"),
    Parameter<Code?>(optional: "community", "a community that takes part in it")
  ) {
    (context, options, state, area, parent, countries, title, starts, community)
      async throws(DomainError) in
    try await context.readPage(
      InitiativeStatements.list,
      (
        state, area, parent, countries, title, starts, community, options.after,
        Int64(options.limit + 1)
      ))
  }

  static let update = Command<CommandContext>(
    "initiative update", "Change what is known of an initiative, or whose pilot it is.",
    needs: .capability(.initiativesManage), effect: .write, revises: true,
    returns: .done(["code", "state"]),
    errors: [.missingInitiative, .pilotRoles, .circle],
    example: "initiative update SDWI ends=2010-12-31", code,
    Parameter<String?>(optional: "title", "its full name"),
    Parameter<ProgramArea?>(optional: "area", "the program area"),
    Parameter<CalendarDate?>(optional: "starts", "its first day"),
    Parameter<CalendarDate?>(optional: "ends", "its last day"),
    Parameter<[CountryCode]>(list: "countries", "where it works"),
    Parameter<Code?>(optional: "parent", "the initiative that it becomes a pilot of")
  ) {
    (context, _, code, title, area, starts, ends, countries, parent) async throws(DomainError) in
    try await context.write(
      InitiativeStatements.update, (code, title, area, starts, ends, countries, parent)
    ) { $0.pairs }
  }

  static let activate = Command<CommandContext>(
    "initiative activate", "Begin a planned initiative; a pilot begins after its parent.",
    needs: .capability(.initiativesManage), effect: .write, revises: true,
    returns: .done(["code", "state"]),
    errors: [.missingInitiative], example: "initiative activate SAI-DENVER", code
  ) { (context, _, code) async throws(DomainError) in
    try await context.changeState(code, to: .active)
  }

  static let complete = Command<CommandContext>(
    "initiative complete", "End an active initiative, whose pilots have all ended.",
    needs: .capability(.initiativesManage), effect: .irreversible, revises: true,
    returns: .done(["code", "state"]), errors: [.missingInitiative],
    example: "initiative complete SDWI", code,
    Parameter<String?>(optional: "reason", "what is to be said of its end")
  ) { (context, _, code, reason) async throws(DomainError) in
    try await context.changeState(code, to: .completed, because: reason)
  }

  static let cancel = Command<CommandContext>(
    "initiative cancel", "Give up a planned or active initiative, and say why.",
    needs: .capability(.initiativesManage), effect: .irreversible, revises: true,
    returns: .done(["code", "state"]), errors: [.missingInitiative],
    example: "initiative cancel SAI-CHICAGO reason=\"No partner for the clinic\"", code,
    Parameter<String>("reason", "why it is given up")
  ) { (context, _, code, reason) async throws(DomainError) in
    try await context.changeState(code, to: .cancelled, because: reason)
  }
}
