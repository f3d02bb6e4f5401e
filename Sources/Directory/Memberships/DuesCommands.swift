import Access
import CommandLanguage
import Foundations

/// The dues schedule: tiers by population.
enum DuesCommands {
  static let all = [create, show, list, end]

  private static let code = Parameter<Code>("code", "the tier's code")

  static let create = Command<CommandContext>(
    "dues create", "Add a tier to the dues schedule.",
    needs: .capability(.duesManage), effect: .write, returns: .done(TierChange.names),
    example: "dues create small-1975 min=1 max=99999 amount=300 from=1975-01-01 until=1980-01-01",
    code,
    Parameter<Int64>("min", "from so many people on"),
    Parameter<Money>("amount", "what a year costs"),
    Parameter<CalendarDate>("from", "for what begins on this day or later"),
    Parameter<Int64?>(optional: "max", "up to so many; any number more, if not given"),
    Parameter<CalendarDate?>(
      optional: "until", "for what begins before this day; open, if not given")
  ) { (context, _, code, min, amount, from, max, until) async throws(DomainError) in
    // PostgreSQL would speak of bounds of a range.
    guard max ?? 1 <= Limits.population, min <= Limits.population else {
      throw DomainError(
        .invalid, "a population is at most \(Limits.population)", argument: "max")
    }
    if let max, max < min {
      throw DomainError(.invalid, "max= is at least min=, \(min)", argument: "max")
    }
    if let until, until <= from {
      throw DomainError(.invalid, "until= is a day after from=, \(from)", argument: "until")
    }
    return try await context.write(
      DuesStatements.create,
      (code, min, max, amount.amountMinor, amount.currency, from, until)
    ) { $0.pairs }
  }

  static let show = Command<CommandContext>(
    "dues show", "Show a tier of the dues schedule.",
    needs: .capability(.communitiesRead), effect: .read,
    returns: .record(DuesStatements.show.columns), errors: [.missingTier],
    example: "dues show large", code
  ) { (context, _, code) async throws(DomainError) in
    .record(
      try await context.readOne(DuesStatements.show, code, orRefuse: DuesStatements.find, code))
  }

  static let list = Command<CommandContext>(
    "dues list", "List the dues schedule: what communities of so many people pay.",
    needs: .capability(.communitiesRead), effect: .read,
    returns: .list(DuesStatements.list.columns), example: "dues list on=2026-07-01",
    Parameter<CalendarDate?>(optional: "on", "the tiers of this day only")
  ) { (context, options, day) async throws(DomainError) in
    try await context.readPage(
      DuesStatements.list, (day, options.after, Int64(options.limit + 1)))
  }

  static let end = Command<CommandContext>(
    "dues end", "End a tier, so that another may follow it.",
    needs: .capability(.duesManage), effect: .write, returns: .done(TierChange.names),
    errors: [.missingTier], example: "dues end small-2026 on=2034-01-01", code,
    Parameter<CalendarDate>("on", "the first day on which it no longer holds")
  ) { (context, _, code, day) async throws(DomainError) in
    try await context.write(DuesStatements.end, (code, day)) { $0.pairs }
  }
}
