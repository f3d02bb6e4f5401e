import CLibPQ
import Glibc

/// Brings the cluster's PostgreSQL to the point where it answers, whatever state it is in:
/// running, starting, recovering, stopping, dead, or dead with children that go on.
///
/// Life is not read from `postmaster.pid`, which outlives its process and whose number may be
/// somebody else's by now. Every process of PostgreSQL inherits one locked descriptor: while
/// that lock is held, some process of it lives; when it is free, none does. The kernel keeps it.
struct Postmaster {
  let home: ClusterHome
  let timings: ClusterTimings

  /// Returns when PostgreSQL answers. The caller holds the cluster's lock, so that nobody else
  /// starts or stops it meanwhile.
  func ensure(
    binaries: () throws(EmbeddedClusterError) -> ServerBinaries, progress: (String) -> Void
  ) throws(EmbeddedClusterError) {
    let begin = ContinuousClock.now
    var logsBeforeStart: [String: Int]?
    var nextNote: Duration = .seconds(2)
    while true {
      let answer = PQping(ClusterLogin.administrator.connectionString(home, database: "postgres"))
      if answer == PQPING_OK { return }
      if answer == PQPING_NO_ATTEMPT { throw refusedParameters() }
      let waited = ContinuousClock.now - begin
      if answer != PQPING_REJECT {
        if let lock = try FileLock.tryAcquire(home.paths.processLock, owner: home.account) {
          if runningPid() == nil {
            if let logsBeforeStart { throw startFailure(since: logsBeforeStart) }
            logsBeforeStart = logSizes()
            try start(try binaries(), lock, progress)
          }
        } else if logsBeforeStart == nil, runningPid() == nil {
          endLeftovers(after: waited)
        }
      }
      if waited > nextNote {
        progress(
          answer == PQPING_REJECT
            ? "PostgreSQL is starting up, recovering or stopping…" : "Waiting for PostgreSQL…")
        nextNote += .seconds(5)
      }
      guard waited < timings.startLimit else { throw unanswered() }
      pause(milliseconds: waited < .seconds(2) ? 20 : 100)
    }
  }

  /// Creates the data folder if there is none, and starts PostgreSQL in a session of its own.
  private func start(
    _ binaries: ServerBinaries, _ lock: borrowing FileLock, _ progress: (String) -> Void
  ) throws(EmbeddedClusterError) {
    if FileStatus(home.paths.data) == nil {
      try ClusterCreation(home: home, processLock: lock.descriptor)
        .run(binaries, progress: progress)
    }
    guard let major = ServerBinaries.major(ofData: home.paths.data) else {
      throw EmbeddedClusterError(
        .startFailed,
        "\(home.paths.data) is no data folder of PostgreSQL: it has no readable PG_VERSION. "
          + "Restore it from a backup, or move it away to begin with an empty database.")
    }
    guard major == binaries.major else {
      // Only a folder that appeared since the server was chosen gets here.
      throw EmbeddedClusterError(
        .versionMismatch,
        "The data folder was made by PostgreSQL \(major), and \(binaries.folder) is "
          + "\(binaries.major).")
    }
    let configuration = ClusterConfiguration(home: home)
    try configuration.write(to: home.paths.data)
    configuration.trimLogs()
    // Nothing of the old server lives. Its lock files would still stop the new one while its
    // number belongs to another process of the same user, or to a zombie that nobody collects.
    for path in [home.paths.postmasterFile, home.paths.socket + ".lock", home.paths.socket] {
      unlink(path)
    }
    try ChildProcess.launch(
      [binaries.postgres, "-D", home.paths.data] + configuration.commandLine,
      as: home.account, log: home.paths.startLog, inherited: lock.descriptor)
  }

  /// The postmaster named in its pid file, if that process really works in our data folder.
  func runningPid() -> pid_t? {
    guard let text = readTail(home.paths.postmasterFile, limitBytes: 4_096),
      let line = text.split(separator: "\n").first, let pid = pid_t(line), pid > 1
    else { return nil }
    return worksInData(pid) ? pid : nil
  }

  /// Ends what a killed postmaster left behind: backends in the middle of a long query do not
  /// notice its death, and PostgreSQL refuses to start beside them. Crash recovery follows, so
  /// nothing committed is lost. Most leave by themselves, hence the delay.
  private func endLeftovers(after waited: Duration) {
    guard waited > .milliseconds(500) else { return }
    let signal = waited < .seconds(5) ? SIGQUIT : SIGKILL
    for name in namesInFolder("/proc") {
      if let pid = pid_t(name), pid > 1, pid != getpid(), worksInData(pid) { kill(pid, signal) }
    }
  }

  /// PostgreSQL's processes all work in their data folder; a shell of the operator may as well,
  /// hence the look at the program.
  private func worksInData(_ pid: pid_t) -> Bool {
    guard let link = FileStatus("/proc/\(pid)/cwd", followingLinks: true),
      let data = FileStatus(home.paths.data), link.isSameFile(as: data)
    else { return false }
    return readTail("/proc/\(pid)/comm", limitBytes: 64)?.hasPrefix("postgres") ?? false
  }

  /// The server's own logs with their sizes in bytes.
  private func logSizes() -> [String: Int] {
    var sizes: [String: Int] = [:]
    for name in namesInFolder(home.paths.log) where name.hasPrefix("postgres-") {
      let path = home.paths.log + "/" + name
      sizes[path] = FileStatus(path)?.sizeBytes
    }
    return sizes
  }

  /// Quotes what was logged since the start, not what an earlier run left there.
  private func startFailure(since before: [String: Int]) -> EmbeddedClusterError {
    var lines = lastLines(readTail(home.paths.startLog) ?? "", 12)
    for (path, size) in logSizes() {
      let old = before[path] ?? 0
      let grownBytes = size < old ? size : size - old
      lines += lastLines(readTail(path, limitBytes: min(grownBytes, 65_536)) ?? "", 12)
    }
    return home.failure(
      .startFailed, "PostgreSQL did not start in \(home.paths.data). Its log (\(home.paths.log)):",
      lines: lines)
  }

  private func refusedParameters() -> EmbeddedClusterError {
    EmbeddedClusterError(
      .unanswered,
      "libpq refuses to connect to \(home.paths.run). If the environment sets PGSERVICE or another "
        + "variable of libpq, unset it.")
  }

  private func unanswered() -> EmbeddedClusterError {
    EmbeddedClusterError(
      .unanswered,
      "PostgreSQL in \(home.paths.data) has not answered for "
        + "\(timings.startLimit.components.seconds) seconds. Its log is in \(home.paths.log). If it recovers from a crash, wait and try "
        + "again.")
  }
}
