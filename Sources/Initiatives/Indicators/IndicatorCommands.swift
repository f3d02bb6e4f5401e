import Access
import CommandLanguage
import Foundations

enum IndicatorCommands {
  static let all = [create, show, list, update, changeFormula, remove]

  private static let initiative = Parameter<Code>("initiative", "the initiative's code")
  private static let indicator = Parameter<Code>("indicator", "the indicator's code, lower case")
  private static let baseline = Parameter<Decimal?>(
    optional: "baseline", "what it was before; of a percentage, the percentage")
  private static let baselineOn = Parameter<CalendarDate?>(
    optional: "baseline-on", "the day of the baseline")
  private static let baselineNote = Parameter<String?>(
    optional: "baseline-note", "where the baseline is from")

  static let create = Command<CommandContext>(
    "indicator create", "Add an indicator to an initiative; with a target, its first period.",
    needs: .capability(.initiativesManage), effect: .write,
    returns: .done(IndicatorChange.names),
    errors: [.missingInitiative, .missingIndicator, .formulaConflict],
    example: "indicator create SDWI buckets \"Buckets filled\" bucket target=250000 "
      + "formula=packets*1",
    initiative, indicator,
    Parameter<String>("title", "what is measured"),
    Parameter<String>("unit", "the unit it is counted in"),
    Parameter<IndicatorResult>(
      "result", "what it is about", default: .output, shown: "output"),
    Parameter<IndicatorMeasure>(
      "measure", "a number of units, or a percentage", default: .unit, shown: "unit"),
    Parameter<IndicatorAggregation>(
      "aggregation", "whether actuals add up, or each says how much there is by now",
      default: .incremental, shown: "incremental"),
    Parameter<IndicatorDirection>(
      "direction", "whether more is better, or less", default: .ascending, shown: "ascending"),
    baseline, baselineOn, baselineNote,
    Parameter<Decimal?>(optional: "target", "what is to be reached in its first period"),
    Parameter<CalendarDate?>(
      optional: "starts", "that period's first day; the initiative's unless said"),
    Parameter<CalendarDate?>(
      optional: "ends", "that period's last day; the initiative's unless said"),
    Parameter<[TermArgument]>(
      list: "formula", "what it is the sum of, where it is computed and never reported")
  ) {
    (
      context, _, initiative, indicator, title, unit, result, measure, aggregation, direction,
      baseline, baselineOn, baselineNote, target, starts, ends, formula
    ) async throws(DomainError) in
    try await context.write(
      IndicatorStatements.create,
      (
        initiative, indicator, title, unit, result, measure, aggregation, direction, baseline,
        baselineOn, baselineNote, target, starts, ends, formula.map(\.base), formula.map(\.factor)
      )
    ) { $0.pairs }
  }

  static let show = Command<CommandContext>(
    "indicator show", "Show an indicator, its periods, and how it goes.",
    needs: .capability(.initiativesRead), effect: .read,
    returns: .record(
      IndicatorStatements.show.columns + [.table("periods"), .table("breakdown")]),
    errors: [.missingInitiative, .missingIndicator], example: "indicator show SDWI packets",
    initiative, indicator
  ) { (context, _, initiative, indicator) async throws(DomainError) in
    try await context.showIndicator(initiative, indicator)
  }

  static let list = Command<CommandContext>(
    "indicator list", "List an initiative's indicators, with targets and actuals.",
    needs: .capability(.initiativesRead), effect: .read,
    returns: .list(IndicatorStatements.list.columns), errors: [.missingInitiative],
    example: "indicator list SDWI", initiative
  ) { (context, options, initiative) async throws(DomainError) in
    try await context.readPage(
      IndicatorStatements.list, (initiative, options.after, Int64(options.limit + 1)),
      of: initiative, orRefuse: InitiativeStatements.find)
  }

  static let update = Command<CommandContext>(
    "indicator update", "Change what an indicator is called, or its baseline.",
    needs: .capability(.initiativesManage), effect: .write,
    returns: .done(IndicatorChange.names), errors: [.missingInitiative, .missingIndicator],
    example: "indicator update SDWI packets title=\"Packets of PUR handed out\"", initiative,
    indicator,
    Parameter<String?>(optional: "title", "what is measured"),
    Parameter<String?>(optional: "unit", "the unit it is counted in"),
    Parameter<IndicatorResult?>(optional: "result", "what it is about"),
    baseline, baselineOn, baselineNote
  ) {
    (context, _, initiative, indicator, title, unit, result, baseline, baselineOn, baselineNote)
      async throws(DomainError) in
    try await context.write(
      IndicatorStatements.update,
      (initiative, indicator, title, unit, result, baseline, baselineOn, baselineNote)
    ) { $0.pairs }
  }

  static let changeFormula = Command<CommandContext>(
    "indicator change-formula", "Compute an indicator in another way.",
    needs: .capability(.initiativesManage), effect: .write, returns: .done(FormulaChange.names),
    errors: [.missingInitiative, .missingIndicator, .formulaConflict, .circle],
    example: "indicator change-formula SDWI litres packets*9.5", initiative, indicator,
    Parameter<TermArgument>("term", "an indicator of the same initiative, times a factor"),
    Parameter<[TermArgument]>(list: "plus", "further ones that are added to it")
  ) { (context, _, initiative, indicator, term, plus) async throws(DomainError) in
    let terms = [term] + plus
    return try await context.write(
      IndicatorStatements.changeFormula,
      (initiative, indicator, terms.map(\.base), terms.map(\.factor))
    ) { $0.pairs }
  }

  static let remove = Command<CommandContext>(
    "indicator remove", "Remove an indicator on which nothing was reported.",
    needs: .capability(.initiativesManage), effect: .destructive,
    returns: .done(IndicatorChange.names),
    errors: [.missingInitiative, .missingIndicator, .formulaConflict, .periodApproved],
    example: "indicator remove SDWI litres", initiative, indicator
  ) { (context, _, initiative, indicator) async throws(DomainError) in
    try await context.write(IndicatorStatements.remove, (initiative, indicator)) { $0.pairs }
  }
}
