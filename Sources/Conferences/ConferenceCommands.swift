import Access
import CommandLanguage
import Foundations

enum ConferenceCommands {
  static let all = [create, show, list, open, close, verify]

  private static let code = Parameter<Code>("code", "the conference's code")

  static let create = Command<CommandContext>(
    "conference create", "Plan a conference in a host community.",
    needs: .capability(.conferencesManage), effect: .write, returns: .done(["code", "state"]),
    errors: [.missingCommunity],
    example: "conference create toledo-2021 \"Sister Cities at 65\" toledo-oh "
      + "starts=2021-07-14 ends=2021-07-16 timezone=America/New_York",
    Parameter<Code>("code", "a short name for it"),
    Parameter<String>("title", "its theme"),
    Parameter<Code>("host", "the community that hosts it"),
    Parameter<CalendarDate>("starts", "its first day"),
    Parameter<CalendarDate>("ends", "its last day"),
    Parameter<String>("timezone", "the IANA name of its time zone"),
    Parameter<String?>(optional: "venue", "where it takes place"),
    Parameter<Currency>(
      "currency", "what its tickets are sold in", default: .usd, shown: "USD")
  ) {
    (context, _, code, title, host, starts, ends, timezone, venue, currency)
      async throws(DomainError) in
    try await context.write(
      ConferenceStatements.create,
      (code, title, host, starts, ends, venue, timezone, currency)
    ) { $0.pairs }
  }

  static let show = Command<CommandContext>(
    "conference show", "Show a conference with its ticket types and quotas.",
    needs: .capability(.conferencesRead), effect: .read,
    returns: .record(
      ConferenceStatements.show.columns + [.table("ticket-types"), .table("quotas")]),
    errors: [.missingConference], example: "conference show houston-2019", code
  ) { (context, _, code) async throws(DomainError) in
    try await context.showConference(code)
  }

  static let list = Command<CommandContext>(
    "conference list", "List conferences.",
    needs: .capability(.conferencesRead), effect: .read,
    returns: .list(ConferenceStatements.list.columns), example: "conference list state=open",
    Parameter<Filter<ConferenceState>?>(filter: "state", "where it stands"),
    Parameter<Filter<String>?>(filter: "title", "its theme"),
    Parameter<Filter<Code>?>(filter: "host", "the community that hosts it"),
    Parameter<Filter<CalendarDate>?>(filter: "starts", "its first day")
  ) { (context, options, state, title, host, starts) async throws(DomainError) in
    try await context.readPage(
      ConferenceStatements.list,
      (state, title, host, starts, options.after, Int64(options.limit + 1)))
  }

  static let open = Command<CommandContext>(
    "conference open", "Open a conference for registration, the first time or again.",
    needs: .capability(.conferencesManage), effect: .write, revises: true,
    returns: .done(["code", "state"]),
    errors: [.missingConference], example: "conference open houston-2019", code
  ) { (context, _, code) async throws(DomainError) in
    try await context.changeState(code, to: .open)
  }

  static let close = Command<CommandContext>(
    "conference close", "Close a conference's registration.",
    needs: .capability(.conferencesManage), effect: .write, revises: true,
    returns: .done(["code", "state"]),
    errors: [.missingConference], example: "conference close houston-2019", code
  ) { (context, _, code) async throws(DomainError) in
    try await context.changeState(code, to: .closed)
  }

  static let verify = Command<CommandContext>(
    "conference verify", "Recount every quota; list the counters that differ, which none should.",
    needs: .capability(.conferencesRead), effect: .read,
    returns: .list(ConferenceStatements.verify.columns), errors: [.missingConference],
    example: "conference verify houston-2019", code
  ) { (context, _, code) async throws(DomainError) in
    try await context.readPage(of: code, ConferenceStatements.verify)
  }
}
