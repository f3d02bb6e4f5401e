import Access
import CommandLanguage
import Foundations

/// What partnerships are made of, and what is said of them.
enum AgreementCommands {
  static let all =
    [agree, resolve, addSignature, record, confirm, dispute, conflicts]

  private static let reference = PartnershipCommands.reference
  private static let by = Parameter<Code>("by", "which of the two communities says so")

  static let agree = Command<CommandContext>(
    "partnership agree", "Add the agreement of a partnership, which is then to be signed.",
    needs: .capability(.communitiesManage), effect: .write, returns: .done(["number", "state"]),
    errors: [.missingPartnership, .missingCommunity],
    example: "partnership agree denver:axum \"Sister city agreement\" languages=en,am", reference,
    Parameter<String>("title", "its title"),
    Parameter<[LanguageTag]>(list: "languages", "the languages that it is written in"),
    Parameter<CalendarDate?>(
      optional: "pending-until", "until when the second signature may come")
  ) { (context, _, reference, title, languages, pending) async throws(DomainError) in
    try await context.write(
      AgreementStatements.agree, (reference, title, languages, pending)
    ) { $0.pairs }
  }

  static let resolve = Command<CommandContext>(
    "partnership resolve", "Note the council's resolution on a partnership's agreement.",
    needs: .capability(.communitiesManage), effect: .write, returns: .done(["number", "state"]),
    errors: [.missingPartnership, .missingCommunity, .missingAgreement],
    example: "partnership resolve denver:axum \"CR27-0412\" on=2026-04-12", reference,
    Parameter<String>("resolution", "its number or title"),
    Parameter<CalendarDate>("on", "the day it was adopted")
  ) { (context, _, reference, resolution, day) async throws(DomainError) in
    try await context.write(AgreementStatements.resolve, (reference, resolution, day)) { $0.pairs }
  }

  static let addSignature = Command<CommandContext>(
    "partnership add-signature", "Note who signed a partnership's agreement for a community.",
    needs: .capability(.communitiesManage), effect: .write, returns: .done(["number", "state"]),
    errors: [.missingPartnership, .missingCommunity, .missingAgreement, .notOfThePair],
    example: "partnership add-signature denver:axum denver \"Ada Example\" Mayor on=2026-05-04",
    reference,
    Parameter<Code>("community", "for which of the two"),
    Parameter<String>("signer", "who signed"),
    Parameter<String>("office", "as what"),
    Parameter<CalendarDate>("on", "when"),
    Parameter<Bool>(
      "highest", "whether that is the highest elected official", default: true, shown: "yes")
  ) {
    (context, _, reference, community, signer, office, day, isHighest)
      async throws(DomainError) in
    try await context.write(
      AgreementStatements.addSignature,
      (reference, community, signer, office, day, isHighest)
    ) { $0.pairs }
  }

  static let record = Command<CommandContext>(
    "partnership record", "Note something that two partners did together.",
    needs: .capability(.communitiesManage), effect: .write, returns: .done(["number", "state"]),
    errors: [.missingPartnership, .missingCommunity],
    example: "partnership record chicago:accra visit \"The mayor's visit\" on=2026-05-02",
    reference,
    Parameter<EventKind>("kind", "what it was"),
    Parameter<String>("title", "what happened"),
    Parameter<CalendarDate?>(optional: "on", "when; today, if not given")
  ) { (context, _, reference, kind, title, day) async throws(DomainError) in
    try await context.write(AgreementStatements.record, (reference, kind, title, day)) { $0.pairs }
  }

  static let confirm = Command<CommandContext>(
    "partnership confirm", "Note that one of two partners says the partnership exists.",
    needs: .capability(.communitiesManage), effect: .write, returns: .done(["number", "state"]),
    errors: [.missingPartnership, .missingCommunity, .notOfThePair],
    example: "partnership confirm chicago:accra by=accra", reference, by,
    Parameter<CalendarDate?>(optional: "on", "when it said so; today, if not given"),
    Parameter<String?>(optional: "note", "how it said so")
  ) { (context, _, reference, community, day, note) async throws(DomainError) in
    try await context.write(
      AgreementStatements.say, (reference, community, .exists, day, note)
    ) { $0.pairs }
  }

  static let dispute = Command<CommandContext>(
    "partnership dispute", "Note that one of two partners says it has ended, or never was.",
    needs: .capability(.communitiesManage), effect: .write, returns: .done(["number", "state"]),
    errors: [.missingPartnership, .missingCommunity, .notOfThePair],
    example: "partnership dispute chicago:moscow by=chicago says=ended", reference, by,
    Parameter<Stance>("says", "what it says"),
    Parameter<CalendarDate?>(optional: "on", "when it said so; today, if not given"),
    Parameter<String?>(optional: "note", "how it said so")
  ) { (context, _, reference, community, stance, day, note) async throws(DomainError) in
    try await context.write(
      AgreementStatements.say, (reference, community, stance, day, note)
    ) { $0.pairs }
  }

  static let conflicts = Command<CommandContext>(
    "partnership conflicts", "List partnerships of which not everybody says the same.",
    needs: .capability(.communitiesRead), effect: .read,
    returns: .list(AgreementStatements.conflicts.columns), example: "partnership conflicts"
  ) { (context, options) async throws(DomainError) in
    try await context.readPage(
      AgreementStatements.conflicts, (options.after, Int64(options.limit + 1)))
  }
}
