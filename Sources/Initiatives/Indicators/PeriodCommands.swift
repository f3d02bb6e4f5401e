import Access
import CommandLanguage
import Foundations

/// Periods of indicators, and their dimensions.
enum PeriodCommands {
  static let all = [add, change, remove, approve, reopen, addDimension, removeDimension]

  private static let initiative = Parameter<Code>("initiative", "the initiative's code")
  private static let indicator = Parameter<Code>("indicator", "the indicator's code")
  private static let day = Parameter<CalendarDate>("day", "a day of the period")
  private static let missing: [ErrorCode] = [
    .missingInitiative, .missingIndicator, .missingPeriod,
  ]

  static let add = Command<CommandContext>(
    "indicator add-period", "Set an indicator a target for some days, which it is reported for.",
    needs: .capability(.initiativesManage), effect: .write, returns: .done(PeriodChange.names),
    errors: [.missingInitiative, .missingIndicator, .periodApproved],
    example: "indicator add-period SDWI packets 2010-01-01 2010-12-31 50000", initiative,
    indicator,
    Parameter<CalendarDate>("starts", "its first day"),
    Parameter<CalendarDate>("ends", "its last day"),
    Parameter<Decimal>("target", "what is to be reached")
  ) { (context, _, initiative, indicator, starts, ends, target) async throws(DomainError) in
    try await context.write(
      PeriodStatements.add, (initiative, indicator, starts, ends, target)
    ) { $0.pairs }
  }

  static let change = Command<CommandContext>(
    "indicator change-period", "Change a period's days or its target.",
    needs: .capability(.initiativesManage), effect: .write, returns: .done(PeriodChange.names),
    errors: missing + [.periodApproved],
    example: "indicator change-period SDWI packets 2008-01-01 ends=2010-06-30", initiative,
    indicator, day,
    Parameter<CalendarDate?>(optional: "starts", "its first day"),
    Parameter<CalendarDate?>(optional: "ends", "its last day"),
    Parameter<Decimal?>(optional: "target", "what is to be reached")
  ) {
    (context, _, initiative, indicator, day, starts, ends, target) async throws(DomainError) in
    try await context.write(
      PeriodStatements.change, (initiative, indicator, day, starts, ends, target)
    ) { $0.pairs }
  }

  static let remove = Command<CommandContext>(
    "indicator remove-period", "Remove a period for which nothing was reported.",
    needs: .capability(.initiativesManage), effect: .destructive,
    returns: .done(PeriodChange.names), errors: missing + [.periodApproved],
    example: "indicator remove-period SDWI litres 2008-01-01", initiative, indicator, day
  ) { (context, _, initiative, indicator, day) async throws(DomainError) in
    try await context.write(PeriodStatements.remove, (initiative, indicator, day)) { $0.pairs }
  }

  static let approve = Command<CommandContext>(
    "indicator approve-period", "Approve a period; from then on its actuals stay as they are.",
    needs: .capability(.initiativesApprove), effect: .write, returns: .done(PeriodChange.names),
    errors: missing + [.periodApproved, .ownSubmission, .formulaConflict],
    example: "indicator approve-period SDWI packets 2008-01-01", initiative, indicator, day
  ) { (context, _, initiative, indicator, day) async throws(DomainError) in
    try await context.write(
      PeriodStatements.changeState, (initiative, indicator, day, .approved, nil)
    ) { $0.pairs }
  }

  static let reopen = Command<CommandContext>(
    "indicator reopen-period", "Open an approved period again, and say why.",
    needs: .capability(.initiativesReopen), effect: .write, returns: .done(PeriodChange.names),
    errors: missing + [.periodApproved],
    example: "indicator reopen-period SDWI packets 2008-01-01 reason=\"A count was late\"",
    initiative, indicator, day, Parameter<String>("reason", "why it is to change")
  ) { (context, _, initiative, indicator, day, reason) async throws(DomainError) in
    try await context.write(
      PeriodStatements.changeState, (initiative, indicator, day, .open, reason)
    ) { $0.pairs }
  }

  static let addDimension = Command<CommandContext>(
    "indicator add-dimension", "Break an indicator down by something, or into more categories.",
    needs: .capability(.initiativesManage), effect: .write,
    returns: .done(DimensionChange.names),
    errors: [.missingInitiative, .missingIndicator, .formulaConflict],
    example: "indicator add-dimension SDWI packets country KE", initiative, indicator,
    Parameter<Code>("dimension", "what it is broken down by, for example sex"),
    Parameter<Code>("category", "one of the categories, for example female"),
    Parameter<[Code]>(list: "categories", "the others")
  ) {
    (context, _, initiative, indicator, dimension, category, categories)
      async throws(DomainError) in
    try await context.write(
      PeriodStatements.addCategories, (initiative, indicator, dimension, [category] + categories)
    ) { $0.pairs }
  }

  static let removeDimension = Command<CommandContext>(
    "indicator remove-dimension", "Remove a dimension that nothing was reported by.",
    needs: .capability(.initiativesManage), effect: .destructive,
    returns: .done(DimensionChange.names),
    errors: [.missingInitiative, .missingIndicator, .missingDimension, .dimensionInUse],
    example: "indicator remove-dimension SDWI packets sex", initiative, indicator,
    Parameter<Code>("dimension", "what it is broken down by")
  ) { (context, _, initiative, indicator, dimension) async throws(DomainError) in
    try await context.write(
      PeriodStatements.removeDimension, (initiative, indicator, dimension)
    ) { $0.pairs }
  }
}
