import Access
import CommandLanguage

extension Area {
  /// Initiatives, their indicators, and what was reported on these.
  package static let initiatives = Area(
    "initiatives",
    commands: InitiativeCommands.all + PartnerCommands.all + FunderCommands.all
      + IndicatorCommands.all + PeriodCommands.all + ActualCommands.all + InitiativeReports.all,
    statements: InitiativeStatements.all + PartnerStatements.all + FunderStatements.all
      + IndicatorStatements.all + PeriodStatements.all + ActualStatements.all
      + InitiativeReports.statements,
    errorCodes: .initiatives,
    constraintRules: .initiatives,
    lifecycles: [
      ("initiative", InitiativeState.lifecycle.pairs),
      ("actual", ActualState.lifecycle.pairs),
      ("period", PeriodState.lifecycle.pairs),
    ],
    watched: [
      WatchedNoun("initiative", "initiatives.initiative", needs: .initiativesRead),
      WatchedNoun("initiative", "initiatives.partner", needs: .initiativesRead),
      WatchedNoun("initiative", "initiatives.funder", needs: .initiativesRead),
      WatchedNoun("indicator", "initiatives.indicator", needs: .initiativesRead),
      WatchedNoun("indicator", "initiatives.term", needs: .initiativesRead),
      WatchedNoun("indicator", "initiatives.period", needs: .initiativesRead),
      WatchedNoun("indicator", "initiatives.category", needs: .initiativesRead),
      WatchedNoun("actual", "initiatives.actual", needs: .initiativesRead),
      WatchedNoun("actual", "initiatives.part", needs: .initiativesRead),
    ])
}
