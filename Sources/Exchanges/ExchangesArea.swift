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
    ],
    watched: [
      WatchedNoun("profile", "exchanges.rule_profile", needs: .exchangesRead),
      WatchedNoun("program", "exchanges.program", needs: .exchangesRead),
      WatchedNoun("cohort", "exchanges.cohort", needs: .exchangesRead),
      WatchedNoun("participant", "exchanges.participant", needs: .exchangesRead),
      WatchedNoun("guardian", "exchanges.guardian", needs: .exchangesRead),
    ])
}
