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
    var table = Conference.shape.table([conference])
    func append(_ name: String, _ nested: Table) {
      table.columns.append(Column(name, .table))
      table.rows[0].append(.table(nested))
    }
    append("ticket-types", TicketType.shape.table(try await types.get()))
    append("quotas", Quota.shape.table(try await quotas.get()))
    return .record(table)
  }

  /// Takes a conference to another state, as the database's lifecycle allows.
  func changeState(
    _ code: Code, to state: ConferenceState
  ) async throws(DomainError) -> Reply {
    try await write(ConferenceStatements.changeState, (code, state)) { $0.pairs }
  }

  /// A page of what a conference has. Where it has nothing, it may not be there itself.
  func readPage<Row>(
    of conference: Code, _ statement: Statement<(Code, String?, Int64), Row>,
    _ shape: TableShape<Row>, key: (Row) -> String
  ) async throws(DomainError) -> Reply {
    let reply = try await readPage(
      statement, (conference, options.after, Int64(options.limit + 1)), shape, key: key)
    if case .list(let table, _) = reply, table.rows.isEmpty {
      _ = try await read(ConferenceStatements.find, conference)
    }
    return reply
  }
}
