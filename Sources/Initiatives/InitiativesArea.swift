import Access
import CommandLanguage

extension Area {
  /// Initiatives and their indicators.
  package static let initiatives = Area(
    "initiatives",
    commands: InitiativeCommands.all + IndicatorCommands.all + InitiativeReports.all,
    statements: InitiativeStatements.all + IndicatorStatements.all
      + InitiativeReports.statements,
    errorCodes: [
      .missingIndicator, .pilotRoles, .notLinked, .formulaConflict,
    ],
    constraintRules: .initiatives,
    lifecycles: [("initiative", InitiativeState.lifecycle.pairs)],
    watched: [
      WatchedNoun("initiative", "initiatives.initiative", needs: .initiativesRead),
      WatchedNoun("initiative", "initiatives.partner", needs: .initiativesRead),
      WatchedNoun("indicator", "initiatives.indicator", needs: .initiativesRead),
      WatchedNoun("indicator", "initiatives.actual", needs: .initiativesRead),
    ])
}
