import Access
import CommandLanguage
import TestSupport

/// People of an office, each with one role.
enum Office {
  static let reporter = Principal(name: "rita", roles: [.reporter])
  static let officer = Principal(name: "otto", roles: [.programOfficer])
  static let otherOfficer = Principal(name: "olga", roles: [.programOfficer])
  static let director = Principal(name: "dora", roles: [.director])
}

extension TestService {
  /// A service with the initiative I of 2020 to 2022, which has an indicator `packets` with a period
  /// for each year, broken down by country into ET and NG.
  static func withPackets() async throws -> TestService {
    let service = try await make()
    for line in [
      "initiative create I Water humanitarian starts=2020-01-01 ends=2022-12-31",
      "indicator create I packets Packets packet target=100 starts=2020-01-01 ends=2020-12-31",
      "indicator add-period I packets 2021-01-01 2021-12-31 200",
      "indicator add-period I packets 2022-01-01 2022-12-31 300",
      "indicator add-dimension I packets country ET categories=NG",
    ] { try await service.run(line) }
    return service
  }

  /// The error that a person's command ends with; nil if it succeeds.
  func failure(_ line: String, as principal: Principal) async -> DomainError? {
    do throws(DomainError) {
      _ = try await run(line, as: principal)
      return nil
    } catch {
      return error
    }
  }

  /// The code of what SQL ends with, as the service's role: the refusal's, the constraint's name, or
  /// PostgreSQL's.
  func serviceRefusal(_ sql: String) async -> String? {
    do throws(RawSQLError) {
      try await serviceSQL(sql)
      return nil
    } catch {
      return error.constraint ?? error.sqlState
    }
  }

  /// The same as the owner, whom no missing right stops.
  func ownerRefusal(_ sql: String) async -> String? {
    do throws(RawSQLError) {
      try await auditedSQL(sql)
      return nil
    } catch {
      return error.constraint ?? error.sqlState
    }
  }

  /// The table in a column of a record.
  func table(_ line: String, _ column: String) async throws -> [[String: Value]] {
    guard case .table(let table)? = try await run(line).rows.first?[column] else { return [] }
    return Reply.list(table, next: nil).rows
  }
}
