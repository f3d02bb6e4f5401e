import Access
import CommandLanguage

/// What exchange coordinators do with participants.
extension CommandContext {
  /// A participant with their guardians and everything that they lack for acceptance.
  func showParticipant(_ number: ParticipantNumber) async throws(DomainError) -> Reply {
    async let guardians = resultOfRead(GuardianStatements.list, number)
    let page = try await readOne(
      ParticipantStatements.show, number, orRefuse: ParticipantStatements.find, number)
    return .record(page.with("guardians", try await guardians.get()))
  }

  /// Takes a participant to another state, as the database's lifecycle and guards allow.
  func changeParticipant(
    _ number: ParticipantNumber, to state: ParticipantState, reason: String? = nil
  ) async throws(DomainError) -> Reply {
    try await write(ParticipantStatements.changeState, (number, state, reason)) { $0.pairs }
  }
}
