import Access
import CommandLanguage
import EventLoop
import Foundations
import Postgres

/// What organizers do with conferences.
extension CommandContext {
  /// A conference with its ticket types and quotas, all read together.
  func showConference(_ code: Code) async throws(DomainError) -> Reply {
    let whole = (code, String?.none, Int64(Limits.defaultRows))
    async let types = resultOfRead(TicketTypeStatements.list, whole)
    async let quotas = resultOfRead(QuotaStatements.list, whole)
    let conference = try await readOne(
      ConferenceStatements.show, code, orRefuse: ConferenceStatements.find, code)
    return .record(
      conference
        .with("ticket-types", try await types.get())
        .with("quotas", try await quotas.get()))
  }

  /// Takes a conference to another state, as the database's lifecycle allows.
  func changeState(
    _ code: Code, to state: ConferenceState
  ) async throws(DomainError) -> Reply {
    try await write(ConferenceStatements.changeState, (code, state)) { $0.pairs }
  }

  /// A page of what a conference has.
  func readPage(
    of conference: Code, _ statement: TableStatement<(Code, String?, Int64)>
  ) async throws(DomainError) -> Reply {
    try await readPage(
      statement, (conference, options.after, Int64(options.limit + 1)), of: conference,
      orRefuse: ConferenceStatements.find)
  }
}
