import Access
import CommandLanguage
import Foundations

enum IndicatorCommands {
  static let all = [create, report, list]

  private static let initiative = Parameter<Code>("initiative", "the initiative's code")
  private static let indicator = Parameter<Code>("indicator", "the indicator's code, lower case")

  static let create = Command<CommandContext>(
    "indicator create", "Add an indicator with its target to an initiative.",
    needs: .capability(.initiativesManage), effect: .write,
    returns: .done(["initiative", "indicator", "target"]),
    errors: [.missingInitiative, .missingIndicator, .formulaConflict],
    example: "indicator create SDWI buckets \"Buckets filled\" bucket 250000 formula-of=packets "
      + "factor=1",
    initiative, indicator,
    Parameter<String>("title", "what is counted"),
    Parameter<String>("unit", "the unit it is counted in"),
    Parameter<Decimal>("target", "what is to be reached"),
    Parameter<Code?>(
      optional: "formula-of", "the indicator that this one is computed from, never reported"),
    Parameter<Decimal?>(optional: "factor", "how many units of this one for one of that")
  ) {
    (context, _, initiative, indicator, title, unit, target, formulaOf, factor)
      async throws(DomainError) in
    try await context.write(
      IndicatorStatements.create,
      (initiative, indicator, title, unit, target, formulaOf, factor)
    ) {
      [
        .init("initiative", $0.initiative), .init("indicator", $0.code),
        .init("target", $0.target.digits),
      ]
    }
  }

  static let report = Command<CommandContext>(
    "indicator report", "Report what was achieved; reports add up.",
    needs: .capability(.initiativesReport), effect: .write,
    returns: .done(["indicator", "amount", "total", "target"]),
    errors: [.missingInitiative, .missingIndicator, .formulaConflict],
    example: "indicator report SDWI packets 85000 on=2008-06-30 note=\"Kansas City\"",
    initiative, indicator,
    Parameter<Decimal>("amount", "how much; less than nothing corrects an earlier report"),
    Parameter<CalendarDate?>(optional: "on", "the day it was achieved; today unless said"),
    Parameter<String?>(optional: "note", "who or what the report is from")
  ) { (context, _, initiative, indicator, amount, day, note) async throws(DomainError) in
    try await context.write(
      IndicatorStatements.report, (initiative, indicator, amount, day, note)
    ) {
      [
        .init("indicator", $0.indicator), .init("amount", $0.amount.digits),
        .init("total", $0.total.digits), .init("target", $0.target.digits),
      ]
    }
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
}
