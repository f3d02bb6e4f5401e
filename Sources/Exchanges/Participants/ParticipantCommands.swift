import Access
import CommandLanguage
import Foundations

enum ParticipantCommands {
  static let all = [create, show, list, submit, review, accept, decline, waitlist, withdraw]

  private static let number = Parameter<ParticipantNumber>("number", "the participant's number")

  static let create = Command<CommandContext>(
    "participant create", "Begin somebody's application to an open cohort, as a draft.",
    needs: .capability(.exchangesManage), effect: .write, returns: .done(["number", "state"]),
    errors: [.missingCohort, .ageImpossible],
    example: "participant create OSAKA-2027 Aiko Example born=2011-04-02 guardian=\"Ren Example\" "
      + "guardian-email=ren@example.org",
    Parameter<Code>("cohort", "the cohort's code"),
    Parameter<String>("given", "their given name"),
    Parameter<String>("family", "their family name"),
    Parameter<CalendarDate>("born", "their date of birth"),
    Parameter<String>("guardian", "the name of a parent or other guardian"),
    Parameter<String>("guardian-email", "the guardian's e-mail address")
  ) {
    (context, _, cohort, given, family, born, guardian, email) async throws(DomainError) in
    try await context.write(
      ParticipantStatements.create, (cohort, given, family, born, guardian, email)
    ) { $0.pairs }
  }

  static let show = Command<CommandContext>(
    "participant show", "Show a participant, their guardians, and what they lack for acceptance.",
    needs: .capability(.exchangesRead), effect: .read,
    returns: .record(ParticipantStatements.show.columns + [.table("guardians")]),
    errors: [.missingParticipant], example: "participant show P-000001", number
  ) { (context, _, number) async throws(DomainError) in
    try await context.showParticipant(number)
  }

  static let list = Command<CommandContext>(
    "participant list", "List participants.",
    needs: .capability(.exchangesRead), effect: .read,
    returns: .list(ParticipantStatements.list.columns),
    example: "participant list cohort=OSAKA-2027 state=submitted",
    Parameter<Filter<Code>?>(filter: "cohort", "the cohort's code"),
    Parameter<Filter<ParticipantState>?>(filter: "state", "where they stand"),
    Parameter<Filter<String>?>(filter: "given", "their given name"),
    Parameter<Filter<String>?>(filter: "family", "their family name"),
    Parameter<Filter<CalendarDate>?>(filter: "born", "their date of birth")
  ) { (context, options, cohort, state, given, family, born) async throws(DomainError) in
    try await context.readPage(
      ParticipantStatements.list,
      (cohort, state, given, family, born, options.after, Int64(options.limit + 1)))
  }

  static let submit = change(
    "participant submit", "Hand in a draft application.", to: .submitted)
  static let review = change(
    "participant review", "Take a submitted application under review.", to: .underReview)
  static let accept = change(
    "participant accept",
    "Accept a participant who is of age, with a verified guardian and a free place.",
    to: .accepted, errors: [.cohortFull, .acceptanceBlocked])
  static let waitlist = change(
    "participant waitlist", "Put a reviewed participant on the waitlist.", to: .waitlisted)

  static let decline = Command<CommandContext>(
    "participant decline", "Decline an application; that is final.",
    needs: .capability(.exchangesManage), effect: .irreversible, revises: true,
    returns: .done(["number", "state"]), errors: [.missingParticipant],
    example: "participant decline P-000002 reason=\"no host family speaks French\"", number,
    Parameter<String?>(optional: "reason", "why; guardians may ask")
  ) { (context, _, number, reason) async throws(DomainError) in
    try await context.changeParticipant(number, to: .declined, reason: reason)
  }

  static let withdraw = Command<CommandContext>(
    "participant withdraw", "Take a participant out at their own wish; that is final.",
    needs: .capability(.exchangesManage), effect: .irreversible, revises: true,
    returns: .done(["number", "state"]), errors: [.missingParticipant],
    example: "participant withdraw P-000002 reason=\"moved away\"", number,
    Parameter<String>("reason", "why")
  ) { (context, _, number, reason) async throws(DomainError) in
    try await context.changeParticipant(number, to: .withdrawn, reason: reason)
  }

  /// A command that takes a participant to a state and asks for nothing else.
  private static func change(
    _ path: String, _ summary: String, to state: ParticipantState, errors: [ErrorCode] = []
  ) -> Command<CommandContext> {
    Command<CommandContext>(
      path, summary, needs: .capability(.exchangesManage), effect: .write, revises: true,
      returns: .done(["number", "state"]), errors: [.missingParticipant] + errors,
      example: "\(path) P-000003", number
    ) { (context, _, number) async throws(DomainError) in
      try await context.changeParticipant(number, to: state)
    }
  }
}
