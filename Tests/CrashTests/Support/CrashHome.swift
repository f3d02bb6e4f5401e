import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Postgres

/// A home of its own for one test, with a database that is migrated and has what the writers
/// need. Afterwards nothing of it is left: no process, no file.
struct CrashHome: Sendable {
  /// The temporary folder around the home.
  let folder: String
  var path: String { folder + "/home" }
  var data: String { path + "/data" }
  var socket: String { path + "/sister.sock" }

  /// Runs a test with a home.
  static func with<Value: Sendable>(
    _ body: @escaping @Sendable (CrashHome) throws -> Value
  ) async throws -> Value {
    try await blocking {
      let template = try template.get()
      let home = CrashHome(folder: TestCluster.temporaryFolder())
      defer { home.remove() }
      mkdir(home.path, 0o711)
      let copy = try Program(
        ["/bin/cp", "-a", template + "/home/data", home.data], in: home.folder)
      try #require(copy.wait() == .exited(0), "\(copy.errors)")
      return try body(home)
    }
  }

  /// Runs commands with `sister -c` on this home; the process when it has ended.
  @discardableResult
  func run(_ commands: String...) throws -> Program { try run(commands) }

  /// Runs commands with `sister -c` on this home; the process when it has ended.
  @discardableResult
  func run(_ commands: [String]) throws -> Program {
    let program = try Program(
      sister: ["--home", path] + commands.flatMap { ["-c", $0] }, in: folder)
    try #require(program.wait(seconds: 120) != nil, "still running: \(program.errors)")
    return program
  }

  /// A connection to the database behind the service's back.
  func connect() throws -> RawConnection {
    try RawConnection(
      "host='\(path)/run' port=5432 user=sister_owner dbname=sister connect_timeout=30")
  }

  /// The number in PostgreSQL's pid file, alive or not.
  var postmaster: pid_t? {
    readTail(data + "/postmaster.pid")?.split(separator: "\n").first.flatMap { pid_t($0) }
  }

  /// PostgreSQL's processes, which all work in their data folder.
  var databaseProcesses: [pid_t] { Self.processes(in: data) }

  /// The processes that work in a folder.
  static func processes(in folder: String) -> [pid_t] {
    guard let wanted = FileStatus(folder) else { return [] }
    return namesInFolder("/proc").compactMap { pid_t($0) }.filter { pid in
      FileStatus("/proc/\(pid)/cwd", followingLinks: true)?.isSameFile(as: wanted) == true
    }
  }

  /// Every process that has to do with this home: by its folder, or by its arguments, as the
  /// keeper and `sister` itself.
  var processes: [pid_t] {
    let named = namesInFolder("/proc").compactMap { pid_t($0) }.filter { pid in
      Self.commandLine(pid).contains(path)
    }
    return Array(Set(databaseProcesses + named)).sorted()
  }

  /// Waits until nobody is left, keeper included, which gives the next command two seconds.
  func waitUntilDeserted(seconds: Int = 30) -> Bool {
    waitUntil(seconds: seconds, everyMilliseconds: 150) { processes.isEmpty }
  }

  /// What is still there, for a message.
  var remains: [String] { processes.map { "\($0) \(Self.commandLine($0))" } }

  private static func commandLine(_ pid: pid_t) -> String {
    (readTail("/proc/\(pid)/cmdline", limitBytes: 4_096) ?? "").split(separator: "\0")
      .joined(separator: " ")
  }

  private func remove() {
    if !waitUntilDeserted() {
      Issue.record("left running: \(remains)")
      for pid in processes { kill(pid, SIGKILL) }
      _ = waitUntilDeserted()
    }
    TestCluster.removeFolder(folder)
  }

  /// A stopped home to copy, made once per run of the tests.
  private static let template = Result {
    let home = CrashHome(folder: TestCluster.temporaryFolder())
    templateFolder.withLock { $0 = home.folder }
    atexit {
      if let folder = templateFolder.withLock({ $0 }) { TestCluster.removeFolder(folder) }
    }
    let seeding = try home.run(KeyedWrite.preparations)
    try #require(seeding.poll() == .exited(0), "\(seeding.errors)")
    try #require(home.waitUntilDeserted(), "left running: \(home.remains)")
    return home.folder
  }
}

/// What the end of the test run removes.
private let templateFolder = Mutex<String?>(nil)
