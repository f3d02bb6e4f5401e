import Access
import CommandLanguage

extension Area {
  /// Exchange programs, their cohorts, and the young people in them.
  package static let exchanges = Area(
    "exchanges",
    commands: ProgramCommands.all + CohortCommands.all + ParticipantCommands.all
      + GuardianCommands.all,
    statements: ProgramStatements.all + CohortStatements.all + ParticipantStatements.all
      + GuardianStatements.all,
    errorCodes: .exchanges,
    constraintRules: .exchanges,
    lifecycles: [
      ("cohort", CohortState.lifecycle.pairs),
      ("participant", ParticipantState.lifecycle.pairs),
    ])
}
