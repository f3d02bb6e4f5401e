import Access
import CommandLanguage

/// What exchange coordinators do with cohorts.
extension CommandContext {
  /// A cohort with how many participants are in which state, read together.
  func showCohort(_ code: Code) async throws(DomainError) -> Reply {
    async let participants = resultOfRead(CohortStatements.participants, code)
    let cohort = try await readOne(
      CohortStatements.show, code, orRefuse: CohortStatements.find, code)
    return .record(cohort.with("participants", try await participants.get()))
  }

  /// Takes a cohort to another state, as the database's lifecycle allows.
  func changeCohort(_ code: Code, to state: CohortState) async throws(DomainError) -> Reply {
    try await write(CohortStatements.changeState, (code, state)) { $0.pairs }
  }
}
