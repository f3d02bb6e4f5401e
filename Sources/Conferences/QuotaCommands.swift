import Access
import CommandLanguage

enum QuotaCommands {
  static let all = [create, resize, list]

  private static let conference = Parameter<Code>("conference", "the conference's code")
  private static let capacity = Parameter<Int64>("capacity", "how many seats it has")
  private static let changed = ReplyShape.done(["quota", "capacity", "free"])

  static let create = Command<CommandContext>(
    "quota create", "Share a number of seats among ticket types; those sold already count.",
    needs: .capability(.conferencesManage), effect: .write, returns: changed,
    errors: [.missingConference, .missingTicketType, .seatsTaken],
    example: "quota create houston-2019 gala 300 ticket-types=member,staff", conference,
    Parameter<Code>("code", "a short name for it"), capacity,
    Parameter<[Code]>(list: "ticket-types", "the ticket types that take its seats, one or more")
  ) { (context, _, conference, code, capacity, types) async throws(DomainError) in
    try await context.write(
      QuotaStatements.create, (conference, code, capacity, types)
    ) { $0.pairs }
  }

  static let resize = Command<CommandContext>(
    "quota resize", "Change a quota's capacity, though never below the seats taken.",
    needs: .capability(.conferencesManage), effect: .write, returns: changed,
    errors: [.missingConference, .missingQuota, .seatsTaken],
    example: "quota resize houston-2019 hall 550", conference,
    Parameter<Code>("quota", "the quota's code"), capacity
  ) { (context, _, conference, quota, capacity) async throws(DomainError) in
    try await context.write(
      QuotaStatements.resize, (conference, quota, capacity)
    ) { $0.pairs }
  }

  static let list = Command<CommandContext>(
    "quota list", "List a conference's quotas, with the seats taken and free.",
    needs: .capability(.conferencesRead), effect: .read,
    returns: .list(QuotaStatements.list.columns),
    errors: [.missingConference], example: "quota list houston-2019", conference
  ) { (context, _, conference) async throws(DomainError) in
    try await context.readPage(of: conference, QuotaStatements.list)
  }
}
