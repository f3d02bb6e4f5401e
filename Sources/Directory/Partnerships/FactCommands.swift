import Access
import CommandLanguage
import Foundations

/// Recognition and activity: facts that hold from one day to another, and that the network knows from
/// one moment on.
enum FactCommands {
  static let all = [recognise, suspend, honour, unrecognise, activate, rest, correct, facts]

  private static let reference = PartnershipCommands.reference
  private static let reason = Parameter<String?>(optional: "reason", "why")

  static let recognise = step(
    "recognise", "Recognise a signed partnership in the network's name.", .recognition,
    .recognised, errors: [.resolution, .standing])
  static let suspend = step(
    "suspend", "Suspend the network's recognition of a partnership.", .recognition, .suspended)
  static let honour = step(
    "honour", "Recognise a partnership as emeritus: honoured, and no longer lived.",
    .recognition, .emeritus)
  static let unrecognise = step(
    "unrecognise", "Withdraw the network's recognition of a partnership.", .recognition,
    .withdrawn)
  static let activate = step(
    "activate", "Say that a partnership is lived.", .activity, .active)
  static let rest = step(
    "rest", "Say that a partnership is dormant.", .activity, .dormant)

  static let correct = Command<CommandContext>(
    "partnership correct", "Correct what is known of some days; what was known stays on record.",
    needs: .capability(.communitiesManage), effect: .write,
    returns: .done(["number", "fact", "value"]),
    errors: [.missingPartnership, .missingCommunity, .resolution, .standing],
    example: "partnership correct chicago:accra recognition suspended from=2019-03-01 "
      + "until=2019-06-01 reason=\"dues had lapsed\"",
    reference,
    Parameter<PartnershipFact>("fact", "what is corrected"),
    Parameter<FactValue>("value", "what held; none: nothing did"),
    Parameter<CalendarDate>("from", "from this day"),
    Parameter<CalendarDate?>(
      optional: "until", "until the day before this one; from then on, if not given"),
    reason
  ) { (context, _, reference, fact, value, from, until, reason) async throws(DomainError) in
    try await context.write(
      AgreementStatements.sayFact, (reference, fact, value, from, until, reason)
    ) { $0.pairs }
  }

  static let facts = Command<CommandContext>(
    "partnership facts", "Show what held of a partnership when, and since when it is known.",
    needs: .capability(.communitiesRead), effect: .read,
    returns: .list(AgreementStatements.facts.columns),
    errors: [.missingPartnership, .missingCommunity],
    example: "partnership facts chicago:accra on=2019-05-01", reference,
    Parameter<CalendarDate?>(optional: "on", "what held on this day only"),
    Parameter<CalendarDate?>(optional: "known", "as it was known at the end of this day"),
    Parameter<Bool>(
      "past", "yes: with what was known once and no longer is", default: false, shown: "no")
  ) { (context, options, reference, day, known, past) async throws(DomainError) in
    try await context.readPage(
      AgreementStatements.facts,
      (reference, day, known, past, options.after, Int64(options.limit + 1)),
      of: reference, orRefuse: PartnershipStatements.find)
  }

  private static func step(
    _ verb: String, _ summary: String, _ fact: PartnershipFact, _ value: FactValue,
    errors: [ErrorCode] = []
  ) -> Command<CommandContext> {
    Command<CommandContext>(
      "partnership \(verb)", summary,
      needs: .capability(.communitiesManage), effect: .write,
      returns: .done(["number", "fact", "value"]),
      errors: [.missingPartnership, .missingCommunity] + errors,
      example: "partnership \(verb) chicago:accra since=2027-06-01", reference,
      Parameter<CalendarDate>("since", "from this day on"), reason
    ) { (context, _, reference, since, reason) async throws(DomainError) in
      try await context.write(
        AgreementStatements.sayFact, (reference, fact, value, since, nil, reason)
      ) { $0.pairs }
    }
  }
}
