import Access
import Catalog
import CommandLanguage
import EventLoop
import Foundations
import Glibc
import LineProtocol
import Postgres
import Server

/// Why the program cannot go on, with the exit status that says so.
struct StartError: Error {
  let status: Int32
  let code: String
  let message: String

  init(_ error: ClientError) {
    status = error.exitStatus
    code = error.code
    message = error.message
  }

  init(_ code: ErrorCode, _ message: String) {
    status = code.errorClass.exitStatus
    self.code = code.description
    self.message = message
  }
}

/// The service on its database, ready to be talked to.
struct Application: Sendable {
  let service: Service
  let server: Server
  private let database: Database
  private let lease: ClusterLease?

  /// Where things are: the home folder and what lies in it.
  static func home(_ options: Options) -> String {
    options.home
      ?? EmbeddedCluster.defaultHome(
        environment: [
          "HOME": environment("HOME"), "XDG_DATA_HOME": environment("XDG_DATA_HOME"),
        ].compactMapValues { $0 })
  }

  static func socket(_ options: Options) -> String {
    options.socket ?? "\(home(options))/sister.sock"
  }

  static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  /// Brings the schema up to date; what was done, in words.
  static func migrate(_ options: Options) throws(StartError) -> String {
    if let url = options.databaseURL { return try migrate(url) }
    let lease = try acquireCluster(options)
    defer { lease.release() }
    return try migrate(lease.connectionString(role: .owner))
  }

  /// Starts what is needed: the embedded cluster unless there is a URL, the schema, the service.
  static func start(_ options: Options) throws(StartError) -> Application {
    var lease: ClusterLease?
    let url: String
    if let given = options.databaseURL {
      url = given
      try checkSchema(given)
    } else {
      let acquired = try acquireCluster(options)
      lease = acquired
      _ = try migrate(acquired.connectionString(role: .owner))
      url = acquired.connectionString(role: .service)
    }
    let durability: DurabilityDemand = options.acceptsWeakDurability ? .weakAccepted : .full
    let application = EventLoop.runBlocking { [lease] in
      await Application(url, options.reportDatabaseURL, lease, durability)
    }
    guard let application else { throw StartError(.unavailable, "the service did not start") }
    do throws(StartError) {
      try application.reportDurability()
    } catch {
      application.stop()
      throw error
    }
    return application
  }

  @EventLoop
  private init(
    _ url: String, _ reportURL: String?, _ lease: ClusterLease?, _ durability: DurabilityDemand
  ) {
    self.lease = lease
    database = Database(
      url, reports: reportURL, durability: durability,
      revive: lease.map { lease in
        { @Sendable in
          await offLoop {
            do throws(EmbeddedClusterError) {
              try lease.ensureRunning(progress: { Log.info("database", [("progress", $0)]) })
              return nil
            } catch {
              return error.reason == .diskFull
                ? .diskFull(error.message) : .unreachable(error.message)
            }
          }
        }
      })
    service = Service(areas: Catalog.areas, database: database)
    server = Server(service)
  }

  private func reportDurability() throws(StartError) {
    let failure = EventLoop.runBlocking { [service] () -> DomainError? in
      do throws(DomainError) {
        try await service.reportDurability()
        return nil
      } catch {
        return error
      }
    }
    if let failure, let error = failure { throw StartError(error.code, error.message) }
  }

  /// Closes the database's connections and gives up the embedded cluster.
  func stop() {
    _ = EventLoop.runBlocking { [database] in await database.close() }
    lease?.release()
  }

  private static func acquireCluster(_ options: Options) throws(StartError) -> ClusterLease {
    do throws(EmbeddedClusterError) {
      return try EmbeddedCluster(home: home(options)).acquire { progress in
        printError("sister: \(progress)")
      }
    } catch {
      throw StartError(error.reason == .diskFull ? .diskFull : .unavailable, error.message)
    }
  }

  private static func migrate(_ url: String) throws(StartError) -> String {
    do throws(MigrationError) {
      let report = try migrator.migrate(connectionString: url) { printError("sister: \($0)") }
      if report.isEmpty { return "the schema is up to date" }
      return (report.migrations + report.routines).joined(separator: ", ")
    } catch {
      throw startError(error)
    }
  }

  /// On one's own server, migrations are a deliberate act of the owner.
  private static func checkSchema(_ url: String) throws(StartError) {
    let status: MigrationStatus
    do throws(MigrationError) {
      status = try migrator.status(connectionString: url)
    } catch {
      throw startError(error)
    }
    switch status {
    case .current: return
    case .pending:
      throw StartError(
        .unavailable,
        "the database's schema is not up to date; run, with its owner's URL: "
          + "sister migrate --database-url=…")
    case .newer(let names):
      throw StartError(
        .databaseNewer,
        "the database is from a newer sister (it has \(names.joined(separator: ", "))); "
          + "update this one")
    case .conflicting(let names):
      throw StartError(
        .unavailable,
        "the database was not migrated by this sister: \(names.joined(separator: ", "))")
    }
  }

  private static func startError(_ error: MigrationError) -> StartError {
    StartError(error.reason == .newerDatabase ? .databaseNewer : .unavailable, error.message)
  }

  private static let migrator = Migrator(
    migrations: SchemaFiles.migrations, routines: SchemaFiles.routines,
    revision: SchemaFiles.revision)
}

/// Runs something that blocks, away from the loop.
private func offLoop<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
  await Task.detached { body() }.value
}

/// A line on standard error.
func printError(_ text: String) {
  var line = text + "\n"
  line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
