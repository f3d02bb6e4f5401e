import Access
import Catalog
import CommandLanguage
import EventLoop
import Foundations
import Postgres
import Server

/// The service on a database of its own, as tests talk to it.
package final class TestService: Sendable {
  package let service: Service
  /// The name of the database.
  package let databaseName: String
  private let database: Database
  private let ticket: LiveServices.Ticket

  /// A service whose database is freshly migrated and empty.
  package static func make(
    loanedConnections: Int = 4,
    tokenRecheckMilliseconds: Int64 = Limits.tokenRecheckMilliseconds
  ) async throws -> TestService {
    let ticket = await LiveServices.shared.enter()
    let name = try await blocking { try TestCluster.shared.makeDatabase() }
    return await TestService(name, loanedConnections, tokenRecheckMilliseconds, ticket)
  }

  /// A service whose database holds the demo data.
  package static func makeWithDemo() async throws -> TestService {
    let template = try await DemoDatabase.shared.name()
    let ticket = await LiveServices.shared.enter()
    let name = try await blocking { try TestCluster.shared.makeDatabase(copyOf: template) }
    return await TestService(name, 4, Limits.tokenRecheckMilliseconds, ticket)
  }

  /// Closes the database's connections; the service cannot be used any more.
  package func close() async { await database.close() }

  @EventLoop
  private init(
    _ name: String, _ loanedConnections: Int, _ tokenRecheckMilliseconds: Int64,
    _ ticket: LiveServices.Ticket
  ) {
    databaseName = name
    self.ticket = ticket
    database = Database(
      TestCluster.shared.lease.connectionString(role: .service, database: name),
      loanedConnections: loanedConnections)
    service = Service(
      areas: Catalog.areas, database: database,
      tokenRecheckMilliseconds: tokenRecheckMilliseconds)
  }

  deinit {
    EventLoop.task { [database] in await database.close() }
  }

  /// Runs one command as somebody with a role.
  @discardableResult
  package func run(_ line: String, as role: Role = .admin) async throws(DomainError) -> Reply {
    try await run(line, as: Principal(name: "test-\(role.rawValue)", roles: [role]))
  }

  /// Runs one command as a principal.
  @discardableResult
  package func run(_ line: String, as principal: Principal) async throws(DomainError) -> Reply {
    let session = await Session(principal: principal)
    return try await run(line, in: session)
  }

  /// Runs one command in a session.
  @discardableResult
  package func run(_ line: String, in session: Session) async throws(DomainError) -> Reply {
    let request: Request?
    do throws(RequestError) {
      request = try RequestParser.parse(line)
    } catch {
      throw error.error
    }
    guard let request else { throw DomainError(.syntax, "an empty line") }
    return try await service.run(request, session).0
  }

  /// The error that a command ends with; nil if it succeeds.
  package func failure(_ line: String, as role: Role = .admin) async -> DomainError? {
    do throws(DomainError) {
      _ = try await run(line, as: role)
      return nil
    } catch {
      return error
    }
  }

  /// Makes a user with a role and a token for them, by the commands for it; the token's secret.
  package func makeToken(user: String, role: Role) async throws(DomainError) -> String {
    try await run("user create \(user) \(role.rawValue)")
    let reply = try await run("token create \(user) test")
    guard let secret = reply["token"] else { throw DomainError(.internalFault, "no token") }
    return secret
  }

  /// Runs SQL as the owner; the rows of the last statement.
  @discardableResult
  package func sql(_ sql: String) async throws(RawSQLError) -> [[String?]] {
    let connectionString = connectionString(.owner)
    return try await rawSQL { () throws(RawSQLError) in
      try RawConnection.exec(connectionString, sql)
    }
  }

  private func rawSQL(
    _ work: @escaping @Sendable () throws(RawSQLError) -> [[String?]]
  ) async throws(RawSQLError) -> [[String?]] {
    let result = try? await blocking { () -> Result<[[String?]], RawSQLError> in
      do throws(RawSQLError) {
        return .success(try work())
      } catch {
        return .failure(error)
      }
    }
    return try result?.get() ?? []
  }

  /// Runs SQL as the owner, in one transaction that the audit takes for a command's.
  package func auditedSQL(_ sql: String) async throws(RawSQLError) {
    let begin = "SELECT access.begin_command('test', '{}', 'test', 'test', NULL)"
    try await self.sql("BEGIN; \(begin); \(sql); COMMIT")
  }

  /// Runs SQL as the service's role, in one transaction whose context has these capabilities.
  @discardableResult
  package func serviceSQL(
    _ sql: String, capabilities: [Capability] = Array(Role.admin.capabilities)
  ) async throws(RawSQLError) -> [[String?]] {
    let names = capabilities.map(\.description).joined(separator: ",")
    let connectionString = connectionString(.service)
    return try await rawSQL { () throws(RawSQLError) in
      let connection = try RawConnection(connectionString)
      try connection.exec(
        "BEGIN; SELECT access.begin_command('test', '{\(names)}', 'test', 'test', NULL)")
      let rows = try connection.exec(sql)
      try connection.exec("COMMIT")
      return rows
    }
  }

  /// A connection string to the service's database.
  package func connectionString(_ role: ClusterLogin) -> String {
    TestCluster.shared.lease.connectionString(role: role, database: databaseName)
  }
}

/// How many services of tests are alive at once is bounded: each holds connections.
private actor LiveServices {
  static let shared = LiveServices()
  private var free = 8
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// Leaves when it is released.
  final class Ticket: Sendable {
    deinit { Task { await LiveServices.shared.leave() } }
  }

  func enter() async -> Ticket {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiter in
        waiting.append(waiter)
        // One may have left on the way here.
        if free > 0 {
          free -= 1
          waiting.removeFirst().resume()
        }
      }
    }
    return Ticket()
  }

  private func leave() {
    if waiting.isEmpty {
      free += 1
    } else {
      waiting.removeFirst().resume()
    }
  }
}

extension Reply {
  /// The value of a pair of a write's answer.
  package subscript(_ name: String) -> String? {
    switch self {
    case .done(let pairs), .outcome(_, let pairs, _): pairs.first { $0.name == name }?.value
    default: nil
    }
  }

  /// The rows of an answer, each by column.
  package var rows: [[String: Value]] {
    switch self {
    case .record(let table), .list(let table, _), .outcome(let table, _, _):
      table.rows.map { row in
        Dictionary(zip(table.columns.map(\.name), row)) { first, _ in first }
      }
    case .done, .step, .page, .goodbye, .stream, .instead, .pushes: []
    }
  }
}
