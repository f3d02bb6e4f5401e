import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Postgres

/// A PostgreSQL that is not `sister`'s own: for `--database-url`. Nothing revives it but the test.
final class OwnCluster: Sendable {
  private let folder: String
  private let account: ClusterAccount
  private let binaries: ServerBinaries
  private let settings: [String]
  private let running = Mutex<Program?>(nil)
  private var data: String { folder + "/data" }

  /// Makes and starts a cluster in `folder`, with the schema of this `sister`.
  init(in folder: String, settings: [String] = []) throws {
    self.folder = folder + "/own"
    self.settings = settings
    mkdir(self.folder, 0o711)
    account = try ClusterAccount.resolve(ClusterPaths(home: self.folder))
    binaries = try ServerBinaries.locate(
      named: getenv("SISTER_PG_BIN").map { String(cString: $0) }, dataMajor: nil,
      account: account)
    mkdir(data, 0o700)
    try #require(geteuid() != 0 || chown(data, account.uid, account.gid) == 0)
    let creation = try Program(
      account.command([
        binaries.initdb, "--pgdata=\(data)", "--username=postgres", "--auth=trust",
        "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
      ]), in: folder)
    try #require(creation.wait() == .exited(0), "\(creation.errors)")
    try start()
    try prepare()
  }

  deinit { stop() }

  /// A connection string of a role.
  func url(_ role: String = "sister_service", database: String = "sister") -> String {
    "host='\(data)' port=5432 user=\(role) dbname=\(database)"
  }

  /// A connection behind the service's back.
  func connect() throws -> RawConnection { try RawConnection(url("sister_owner")) }

  /// Starts it, and returns when it answers.
  func start() throws {
    let own = [
      "listen_addresses=", "unix_socket_directories=\(data)", "autovacuum=off",
      "shared_buffers=32MB",
    ]
    let program = try Program(
      account.command(
        [binaries.postgres, "-D", data] + (own + settings).flatMap { ["-c", $0] }),
      in: folder)
    running.withLock { $0 = program }
    let answers = waitUntil(seconds: 60) {
      (try? RawConnection(url("postgres", database: "postgres"))) != nil
    }
    try #require(answers, "PostgreSQL does not answer: \(program.errors)")
  }

  /// Stops it in order, ending its sessions.
  func stop() {
    let program = running.withLock { $0 }
    program?.signal(SIGINT)
    if program?.wait(seconds: 30) == nil { crash() }
  }

  /// `kill -9` of all its processes.
  func crash() {
    for process in CrashHome.processes(in: data) { kill(process, SIGKILL) }
    running.withLock { $0 }?.crash()
    _ = waitUntil(seconds: 30) { CrashHome.processes(in: data).isEmpty }
  }

  /// Roles and schema, as an operator makes them: with `sister migrate`.
  private func prepare() throws {
    try RawConnection(url("postgres", database: "postgres")).exec(
      "CREATE ROLE sister_owner LOGIN; CREATE ROLE sister_service LOGIN")
    try RawConnection(url("postgres", database: "postgres")).exec(
      "CREATE DATABASE sister OWNER sister_owner")
    let migration = try Program(
      sister: ["migrate", "--database-url", url("sister_owner")], in: folder)
    try #require(migration.wait() == .exited(0), "\(migration.errors)")
  }
}

extension OwnCluster {
  /// Runs a test with a cluster that has these settings.
  static func with<Value: Sendable>(
    settings: [String] = [],
    _ body: @escaping @Sendable (OwnCluster, _ folder: String) throws -> Value
  ) async throws -> Value {
    try await blocking {
      let folder = TestCluster.temporaryFolder()
      defer { TestCluster.removeFolder(folder) }
      let cluster = try OwnCluster(in: folder, settings: settings)
      defer { cluster.stop() }
      return try body(cluster, folder)
    }
  }
}
