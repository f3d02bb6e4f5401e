import Access
import CommandLanguage
import Foundations

/// What a partnership goes through, from the idea to its end.
enum PartnershipCommands {
  static let all = [
    create, assert, show, list, update, propose, review, approve, negotiate, sign, withdraw,
    terminate,
  ]

  static let reference = Parameter<PartnershipReference>(
    "partnership", "its number, or its two communities: chicago:accra")
  private static let a = Parameter<Code>("a", "one of the two communities")
  private static let b = Parameter<Code>("b", "the other")
  private static let kind = Parameter<PartnershipKind?>(
    optional: "kind", "what the two call it; sister, if not given")
  private static let themes = Parameter<[Theme]>(list: "themes", "what it is about")

  /// What `partnership show` answers: the partnership and what hangs on it.
  private static let page =
    PartnershipStatements.show.columns + [
      .table("agreements"), .table("said"), .table("events"),
    ]

  static let create = Command<CommandContext>(
    "partnership create", "Note the idea of a partnership of two communities.",
    needs: .capability(.communitiesManage), effect: .write, returns: .done(["number", "state"]),
    errors: [.missingCommunity], example: "partnership create denver axum themes=water",
    a, b, kind, themes
  ) { (context, _, a, b, kind, themes) async throws(DomainError) in
    try await context.write(PartnershipStatements.create, (a, b, kind, themes)) { $0.pairs }
  }

  static let assert = Command<CommandContext>(
    "partnership assert", "Note what a source says of the partnership of two communities.",
    needs: .capability(.communitiesManage), effect: .write, returns: .done(["number", "state"]),
    errors: [.missingCommunity, .missingSource, .missingPartnership],
    example: "partnership assert denver nairobi source=network-files since=1975",
    a, b, Parameter<Code>("source", "who says so"), kind,
    Parameter<FirstDay?>(optional: "since", "since when they are, where it says"), themes,
    Parameter<CalendarDate?>(optional: "on", "when it said so; today, if not given"),
    Parameter<Stance>("says", "what it says", default: .exists, shown: "exists")
  ) { (context, _, a, b, source, kind, since, themes, day, stance) async throws(DomainError) in
    guard stance == .exists || kind == nil && since == nil && themes.isEmpty else {
      throw DomainError(
        .badValue, "kind=, since= and themes= are of a partnership that exists", argument: "says")
    }
    return try await context.write(
      PartnershipStatements.assert, (a, b, source, kind, since, themes, day, stance)
    ) { $0.pairs }
  }

  static let show = Command<CommandContext>(
    "partnership show", "Show a partnership: its agreements, its events, who says what of it.",
    needs: .capability(.communitiesRead), effect: .read, returns: .record(page),
    errors: [.missingPartnership, .missingCommunity],
    example: "partnership show chicago:accra", reference
  ) { (context, _, reference) async throws(DomainError) in
    try await context.showPartnership(reference)
  }

  static let list = Command<CommandContext>(
    "partnership list", "List partnerships.",
    needs: .capability(.communitiesRead), effect: .read,
    returns: .list(PartnershipStatements.list.columns),
    example: "partnership list country=CN state=asserted",
    Parameter<Filter<Code>?>(filter: "community", "either of the two"),
    Parameter<Filter<CountryCode>?>(filter: "country", "where either of them is"),
    Parameter<Filter<PartnershipKind>?>(filter: "kind", "what the two call it"),
    Parameter<Filter<PartnershipState>?>(filter: "state", "how far it has come"),
    Parameter<Filter<CalendarDate>?>(filter: "starts", "its first day"),
    Parameter<Filter<FactValue>?>(filter: "recognition", "the network's, today"),
    Parameter<Filter<FactValue>?>(filter: "activity", "whether anything happens, today"),
    Parameter<Filter<String>?>(
      filter: "confirmed", "by both of them, by one, by none, or in conflict"),
    Parameter<Filter<String>?>(filter: "themes", "what it is about")
  ) {
    (
      context, options, community, country, kind, state, starts, recognition, activity,
      confirmed, themes
    ) async throws(DomainError) in
    try await context.readPage(
      PartnershipStatements.list,
      (
        community, country, kind, state, starts, recognition, activity, confirmed, themes,
        options.after, Int64(options.limit + 1)
      ))
  }

  static let update = Command<CommandContext>(
    "partnership update", "Change what is known of a partnership.",
    needs: .capability(.communitiesManage), effect: .write, revises: true,
    returns: .done(["number", "state"]), errors: [.missingPartnership, .missingCommunity],
    example: "partnership update chicago:accra themes=health,water", reference, kind, themes,
    Parameter<CalendarDate?>(optional: "starts", "its first day"),
    Parameter<[PartnershipDetail]>(list: "clear", "what turned out not to be known")
  ) { (context, _, reference, kind, themes, starts, clear) async throws(DomainError) in
    try clear.checkNotGiven([("themes", !themes.isEmpty), ("starts", starts != nil)])
    return try await context.write(
      PartnershipStatements.update, (reference, kind, themes, starts, clear)
    ) { $0.pairs }
  }

  static let propose = Command<CommandContext>(
    "partnership propose", "Make a proposal of an idea.",
    needs: .capability(.communitiesManage), effect: .write, revises: true,
    returns: .done(["number", "state"]), errors: [.missingPartnership, .missingCommunity],
    example: "partnership propose denver:axum profile=\"Axum, a city of pilgrims\" "
      + "sponsor=\"Denver Sister Cities\" volunteers=12 first-year-plan=\"A visit in May\"",
    reference,
    Parameter<String>("profile", "the other city, in a few words"),
    Parameter<String>("sponsor", "the organisation that stands behind it"),
    Parameter<Int64>("volunteers", "how many people will work for it"),
    Parameter<String>("first-year-plan", "what is to happen in the first year")
  ) { (context, _, reference, profile, sponsor, volunteers, plan) async throws(DomainError) in
    try await context.write(
      PartnershipStatements.propose, (reference, profile, sponsor, volunteers, plan)
    ) { $0.pairs }
  }

  static let review = step(
    "review", "Hand a proposal to the board and the city's administration.", to: .localReview)
  static let approve = step(
    "approve", "Say that the council approves of a proposal.", to: .councilApproved)
  static let negotiate = step(
    "negotiate", "Begin to negotiate the agreement.", to: .negotiating)
  static let withdraw = step(
    "withdraw", "Give up what has not been signed, or take back what a list said wrongly.",
    to: .withdrawn, effect: .irreversible)

  static let sign = Command<CommandContext>(
    "partnership sign", "Put a partnership in force: its agreement has been signed.",
    needs: .capability(.communitiesManage), effect: .write, revises: true,
    returns: .done(["number", "state"]),
    errors: [.missingPartnership, .missingCommunity, .signatures],
    example: "partnership sign denver:axum on=2026-05-04", reference,
    Parameter<CalendarDate>("on", "its first day")
  ) { (context, _, reference, day) async throws(DomainError) in
    try await context.write(PartnershipStatements.sign, (reference, day)) { $0.pairs }
  }

  static let terminate = Command<CommandContext>(
    "partnership terminate", "End a partnership. One of the two is enough for it.",
    needs: .capability(.communitiesManage), effect: .irreversible, revises: true,
    returns: .done(["number", "state"]), errors: [.missingPartnership, .missingCommunity],
    example: "partnership terminate chicago:moscow on=2022-03-16 reason=\"council's decision\"",
    reference, Parameter<CalendarDate>("on", "the first day without it"),
    Parameter<String>("reason", "why")
  ) { (context, _, reference, day, reason) async throws(DomainError) in
    try await context.write(PartnershipStatements.terminate, (reference, day, reason)) { $0.pairs }
  }

  private static func step(
    _ verb: String, _ summary: String, to state: PartnershipState, effect: Effect = .write
  ) -> Command<CommandContext> {
    Command<CommandContext>(
      "partnership \(verb)", summary,
      needs: .capability(.communitiesManage), effect: effect, revises: true,
      returns: .done(["number", "state"]), errors: [.missingPartnership, .missingCommunity],
      example: "partnership \(verb) denver:axum", reference
    ) { (context, _, reference) async throws(DomainError) in
      try await context.write(PartnershipStatements.changeState, (reference, state)) { $0.pairs }
    }
  }
}
