import Access
import CommandLanguage
import Foundations

enum CohortCommands {
  static let all = [create, show, list, open, cancel]

  private static let code = Parameter<Code>("code", "the cohort's code")

  static let create = Command<CommandContext>(
    "cohort create", "Plan a cohort of a program, from one partner to the other.",
    needs: .capability(.exchangesManage), effect: .write, returns: .done(["code", "state"]),
    errors: [.missingProgram, .missingCommunity, .duration],
    example: "cohort create YOUTH-AMBASSADORS HAMBURG-2027 from=chicago to=hamburg "
      + "starts=2027-07-01 ends=2027-07-14 capacity=12",
    Parameter<Code>("program", "the program's code"),
    Parameter<Code>("code", "a short name for the cohort"),
    Parameter<Code>("from", "the community it leaves"),
    Parameter<Code>("to", "the community it visits"),
    Parameter<CalendarDate>("starts", "its first day: ages are counted on it"),
    Parameter<CalendarDate>("ends", "its last day"),
    Parameter<Int64>("capacity", "how many may be accepted")
  ) {
    (context, _, program, code, from, to, starts, ends, capacity) async throws(DomainError) in
    try await context.write(
      CohortStatements.create, (program, code, from, to, starts, ends, capacity)
    ) { $0.pairs }
  }

  static let show = Command<CommandContext>(
    "cohort show", "Show a cohort, with how many participants are in which state.",
    needs: .capability(.exchangesRead), effect: .read,
    returns: .record(CohortStatements.show.columns + [.table("participants")]),
    errors: [.missingCohort], example: "cohort show OSAKA-2027", code
  ) { (context, _, code) async throws(DomainError) in
    try await context.showCohort(code)
  }

  static let list = Command<CommandContext>(
    "cohort list", "List cohorts.",
    needs: .capability(.exchangesRead), effect: .read,
    returns: .list(CohortStatements.list.columns),
    example: "cohort list state=open starts>=2027-01-01",
    Parameter<Filter<Code>?>(filter: "program", "the program's code"),
    Parameter<Filter<Code>?>(filter: "from", "the community it leaves"),
    Parameter<Filter<Code>?>(filter: "to", "the community it visits"),
    Parameter<Filter<CalendarDate>?>(filter: "starts", "its first day"),
    Parameter<Filter<CohortState>?>(filter: "state", "where it stands")
  ) { (context, options, program, from, to, starts, state) async throws(DomainError) in
    try await context.readPage(
      CohortStatements.list,
      (program, from, to, starts, state, options.after, Int64(options.limit + 1)))
  }

  static let open = Command<CommandContext>(
    "cohort open", "Open a planned cohort for applications.",
    needs: .capability(.exchangesManage), effect: .write, revises: true,
    returns: .done(["code", "state"]),
    errors: [.missingCohort], example: "cohort open HAMBURG-2027", code
  ) { (context, _, code) async throws(DomainError) in
    try await context.changeCohort(code, to: .open)
  }

  static let cancel = Command<CommandContext>(
    "cohort cancel", "Give up a cohort; nobody applies or is accepted any more.",
    needs: .capability(.exchangesManage), effect: .irreversible, revises: true,
    returns: .done(["code", "state"]), errors: [.missingCohort],
    example: "cohort cancel OSAKA-2027", code
  ) { (context, _, code) async throws(DomainError) in
    try await context.changeCohort(code, to: .cancelled)
  }
}
