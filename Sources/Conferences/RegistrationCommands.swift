import Access
import CommandLanguage

enum RegistrationCommands {
  static let all = [create, cancel, show, list]

  private static let number = Parameter<RegistrationNumber>("number", "the registration's number")
  private static let changed = ReplyShape.done(["number", "state"])

  static let create = Command<CommandContext>(
    "registration create", "Register a person for a conference that is open.",
    needs: .capability(.registrationsManage), effect: .write, returns: changed,
    errors: [
      .missingConference, .missingTicketType, .missingCommunity, .missingQuota,
      .notAMember, .notOpen, .soldOut,
    ],
    example: "registration create houston-2019 member maria@example.org \"Maria Garcia\"",
    Parameter<Code>("conference", "the conference's code"),
    Parameter<Code>("ticket-type", "the ticket type's code"),
    Parameter<EmailAddress>("email", "the person's e-mail address, one registration for each"),
    Parameter<String>("name", "the person's name, as the badge has it"),
    Parameter<Code?>(optional: "community", "the community they come from")
  ) { (context, _, conference, type, email, name, community) async throws(DomainError) in
    try await context.register(
      NewRegistration(
        conference: conference, ticketType: type, email: email, name: name,
        community: community))
  }

  static let cancel = Command<CommandContext>(
    "registration cancel", "Cancel a registration and give its seats back.",
    needs: .capability(.registrationsManage), effect: .irreversible, revises: true,
    returns: changed,
    errors: [.missingRegistration],
    example: "registration cancel R-000001 reason=\"has fallen ill\"", number,
    Parameter<String?>(optional: "reason", "why")
  ) { (context, _, number, reason) async throws(DomainError) in
    try await context.write(RegistrationStatements.cancel, (number, reason)) { $0.pairs }
  }

  static let show = Command<CommandContext>(
    "registration show", "Show one registration.",
    needs: .capability(.registrationsRead), effect: .read,
    returns: .record(RegistrationStatements.show.columns), errors: [.missingRegistration],
    example: "registration show R-000001", number
  ) { (context, _, number) async throws(DomainError) in
    .record(
      try await context.readOne(
        RegistrationStatements.show, number, orRefuse: RegistrationStatements.find, number))
  }

  static let list = Command<CommandContext>(
    "registration list", "List registrations.",
    needs: .capability(.registrationsRead), effect: .read,
    returns: .list(RegistrationStatements.list.columns),
    example: "registration list conference=houston-2019 state=confirmed name~example",
    Parameter<Filter<Code>?>(filter: "conference", "the conference's code"),
    Parameter<Filter<Code>?>(filter: "ticket-type", "the ticket type's code"),
    Parameter<Filter<RegistrationState>?>(filter: "state", "where it stands"),
    Parameter<Filter<String>?>(filter: "email", "the person's e-mail address"),
    Parameter<Filter<String>?>(filter: "name", "the person's name")
  ) { (context, options, conference, type, state, email, name) async throws(DomainError) in
    try await context.readPage(
      RegistrationStatements.list,
      (
        conference, type, state, email, name, try options.after(as: RegistrationNumber.self),
        Int64(options.limit + 1)
      ))
  }
}
