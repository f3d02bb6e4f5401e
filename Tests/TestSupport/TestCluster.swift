import Catalog
import Foundations
import Glibc
import Postgres
import Synchronization

/// A real PostgreSQL for the tests of one process: the embedded cluster, in a folder of its own
/// that goes away with the process.
package final class TestCluster: Sendable {
  /// The one cluster of this process, started when the first test asks.
  package static let shared = TestCluster()

  /// The cluster's lease.
  package let lease: ClusterLease
  private let home: String
  private let counter = Mutex(0)

  /// A folder of its own for a test, which PostgreSQL's own user can pass through.
  package static func temporaryFolder() -> String {
    var template = Array("\(roomiestPlace)/sister-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { fatalError("no temporary folder can be made") }
    let path = String(
      decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    chmod(path, 0o711)
    _ = removesFoldersAtExit
    folders.withLock { $0.append(path) }
    return path
  }

  /// The folders made so far: what a test leaves behind goes with the process.
  private static let folders = Mutex<[String]>([])
  private static let removesFoldersAtExit: Void = {
    atexit {
      for folder in TestCluster.folders.withLock({ $0 }) { TestCluster.removeFolder(folder) }
    }
  }()

  /// Memory, where there is plenty: hundreds of clusters and databases are made, and their flushes to
  /// one disk would hold up everything else. What is killed with -9 loses nothing that the kernel
  /// has, in memory as on a disk.
  private static let roomiestPlace: String = {
    var space = statvfs()
    guard statvfs("/dev/shm", &space) == 0, access("/dev/shm", W_OK | X_OK) == 0,
      UInt64(space.f_bavail) * UInt64(space.f_frsize) > 8 << 30
    else { return "/tmp" }
    return "/dev/shm"
  }()

  private init() {
    home = Self.temporaryFolder()
    do throws(EmbeddedClusterError) {
      lease = try EmbeddedCluster(home: home).acquire { _ in }
    } catch {
      fatalError("no PostgreSQL for the tests: \(error.message)")
    }
    do {
      try RawConnection.exec(
        lease.connectionString(role: .administrator),
        "CREATE DATABASE sister_template OWNER sister_owner")
      let migrator = Migrator(
        migrations: SchemaFiles.migrations, routines: SchemaFiles.routines,
        revision: SchemaFiles.revision)
      let template = lease.connectionString(role: .owner, database: "sister_template")
      _ = try migrator.migrate(connectionString: template) { _ in }
    } catch {
      fatalError("the schema cannot be made: \(error)")
    }
    atexit { TestCluster.shared.remove() }
  }

  /// The name of a fresh database: a copy of the migrated one, or of another that nobody uses.
  package func makeDatabase(copyOf template: String = "sister_template") throws -> String {
    // One at a time: a template must not be in use.
    try counter.withLock { counter in
      counter += 1
      let name = "test_\(counter)"
      try RawConnection.exec(
        lease.connectionString(role: .administrator),
        "CREATE DATABASE \(name) TEMPLATE \(template) OWNER sister_owner")
      // A template's privileges are not copied; the service must not get more than it has.
      try RawConnection.exec(
        lease.connectionString(role: .administrator),
        """
        REVOKE ALL ON DATABASE \(name) FROM PUBLIC;
        GRANT CONNECT ON DATABASE \(name) TO sister_service
        """)
      return name
    }
  }

  private func remove() {
    lease.release()
    // The keeper stops PostgreSQL; the folder goes when it has.
    for _ in 0..<100 where access("\(home)/data/postmaster.pid", F_OK) == 0 { usleep(100_000) }
    Self.removeFolder(home)
  }

  /// Removes a folder made by `temporaryFolder`.
  package static func removeFolder(_ path: String) {
    guard path.contains("/sister-test-"), access(path, F_OK) == 0 else { return }
    var arguments = ["rm", "-rf", "--", path].map { (word: String) in strdup(word) } + [nil]
    var process = pid_t()
    if posix_spawnp(&process, "rm", nil, nil, &arguments, nil) == 0 {
      waitpid(process, nil, 0)
    }
    for argument in arguments { free(argument) }
  }
}
