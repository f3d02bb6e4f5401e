import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Postgres

/// A home of its own for one test, in a folder that PostgreSQL's user may pass when the tests run
/// as root. Afterwards nothing of it is left: no process, no file.
struct EmbeddedTestHome: Sendable {
  /// The temporary folder around the home.
  let folder: String
  let home: String
  var paths: ClusterPaths { get throws { try ClusterPaths(home: home) } }

  /// - Parameter prepared: whether a complete data folder is there already, which saves the
  ///   seconds that its creation takes.
  init(prepared: Bool, name: String = "home") throws {
    folder = TestCluster.temporaryFolder()
    home = folder + "/" + name
    guard prepared else { return }
    let template = try Self.template.get()
    mkdir(home, 0o711)
    _ = try ChildProcess.spawn(["/bin/cp", "-a", template + "/home/data", home + "/data"]).wait()
    try #require(FileStatus(home + "/data/PG_VERSION") != nil)
  }

  /// Runs a test with a home, waits for its cluster to stop, and removes it.
  static func with<Result>(
    prepared: Bool = true, name: String = "home",
    _ body: (EmbeddedTestHome) async throws -> Result
  ) async throws -> Result {
    let home = try await blocking { try EmbeddedTestHome(prepared: prepared, name: name) }
    do {
      let result = try await body(home)
      try await blocking { home.remove() }
      return result
    } catch {
      try await blocking { home.remove() }
      throw error
    }
  }

  var cluster: EmbeddedCluster { EmbeddedCluster(home: home, binaries: nil) }

  func acquire() throws -> ClusterLease { try cluster.acquire { _ in } }

  /// The number in the pid file, alive or not.
  var postmaster: pid_t? {
    readTail(home + "/data/postmaster.pid")?.split(separator: "\n").first.flatMap { pid_t($0) }
  }

  /// Every process that belongs to this home: PostgreSQL's by their folder, the keeper by its
  /// arguments.
  var processes: [pid_t] {
    let data = FileStatus(home + "/data")
    return namesInFolder("/proc").compactMap { pid_t($0) }.filter { pid in
      if let data, let folder = FileStatus("/proc/\(pid)/cwd", followingLinks: true),
        folder.isSameFile(as: data)
      {
        return true
      }
      return Self.isKeeper(pid, of: home)
    }
  }

  var keepers: [pid_t] { Self.keepers(of: home) }

  static func keepers(of home: String) -> [pid_t] {
    namesInFolder("/proc").compactMap { pid_t($0) }.filter { isKeeper($0, of: home) }
  }

  private static func isKeeper(_ pid: pid_t, of home: String) -> Bool {
    let arguments = commandLine(pid)
    return arguments.contains("sister-keeper") && arguments.contains(home)
  }

  /// Waits for PostgreSQL and its keeper to be gone.
  func waitUntilStopped(seconds: Int = 20) -> Bool {
    // Looking at every process of the machine costs more than what is being waited for.
    waitUntil(seconds: seconds, everyMilliseconds: 150) { processes.isEmpty }
  }

  func remove() {
    if !waitUntilStopped() {
      Issue.record("left running in \(home): \(processes.map(commandLine))")
      for pid in processes { kill(pid, SIGKILL) }
    }
    _ = try? ChildProcess.spawn(["/bin/rm", "-rf", "--", folder]).wait()
  }

  /// A stopped cluster to copy, made once per run of the tests.
  private static let template = Result {
    let folder = TestCluster.temporaryFolder()
    templateFolder.withLock { $0 = folder }
    atexit {
      if let folder = templateFolder.withLock({ $0 }) {
        _ = try? ChildProcess.spawn(["/bin/rm", "-rf", "--", folder]).wait()
      }
    }
    let lease = try EmbeddedCluster(home: folder + "/home", binaries: nil).acquire { _ in }
    lease.release()
    try #require(waitUntil(seconds: 20) { FileStatus(folder + "/home/data/postmaster.pid") == nil })
    return folder
  }
}

/// What the end of the test run removes.
private let templateFolder = Mutex<String?>(nil)

func commandLine(_ pid: pid_t) -> [String] {
  (readTail("/proc/\(pid)/cmdline", limitBytes: 2_048) ?? "").split(separator: "\0").map(
    String.init)
}

func waitUntil(
  seconds: Int, everyMilliseconds interval: UInt32 = 20, _ condition: () throws -> Bool
) rethrows -> Bool {
  let begin = ContinuousClock.now
  while try !condition() {
    if ContinuousClock.now - begin > .seconds(seconds) { return false }
    pause(milliseconds: interval)
  }
  return true
}

/// Runs SQL on a new connection.
@discardableResult
func sql(_ connectionString: String, _ text: String) throws -> [[String?]] {
  try BlockingConnection.open(connectionString).rows(text)
}
