import Access
import CommandLanguage
import EventLoop

/// What a conference's desk does with registrations.
extension CommandContext {
  /// Registers a person, together with whoever else has asked meanwhile.
  func register(_ person: NewRegistration) async throws(DomainError) -> Reply {
    do throws(DomainError) {
      return try await writeBatched(RegistrationStatements.register, person)
    } catch  where error.code.errorClass == .missing {
      // The batch, which holds locks, took no time to look for what was meant.
      _ = try await read(
        RegistrationStatements.findNamed,
        (person.conference, person.ticketType, person.community))
      throw error
    }
  }
}
