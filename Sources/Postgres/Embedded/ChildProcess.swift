import Glibc

/// A process that the cluster starts: with default signals, a clean environment, `/` as its
/// folder, and no file descriptor of ours except the ones named.
struct ChildProcess {
  /// How a process ended.
  enum Ending: Equatable {
    case exited(Int32)
    case signalled(Int32)
    /// Somebody else in this program collected the status.
    case unknown
  }

  let pid: pid_t

  /// Starts a program.
  /// - Parameters:
  ///   - output: the file that takes its standard output and error; nil drops them.
  ///   - pipe: a descriptor that takes its standard output instead.
  ///   - inherited: a descriptor that it gets as its descriptor 3.
  static func spawn(
    _ arguments: [String], output: String? = nil, pipe: Int32? = nil, inherited: Int32? = nil
  ) throws(EmbeddedClusterError) -> ChildProcess {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(
      &actions, 1, output ?? "/dev/null", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    if let pipe { posix_spawn_file_actions_adddup2(&actions, pipe, 1) }
    if let inherited { posix_spawn_file_actions_adddup2(&actions, inherited, 3) }
    // Most descriptors close themselves on exec; this is for those that other code forgot. One
    // that is gone by then does no harm.
    for name in namesInFolder("/proc/self/fd") {
      if let other = Int32(name), other > (inherited == nil ? 2 : 3) {
        posix_spawn_file_actions_addclose(&actions, other)
      }
    }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    // Our folder may be closed to the account, and PostgreSQL would complain.
    let shell = ["/bin/sh", "-c", "cd / && exec \"$@\"", "sh"]
    var pid: pid_t = 0
    let failure = withCStrings(shell + arguments) { argv in
      withCStrings(environment) { envp in
        posix_spawn(&pid, shell[0], &actions, &attributes, argv, envp)
      }
    }
    guard failure == 0 else { throw .system("start", shell[0], failure) }
    return ChildProcess(pid: pid)
  }

  /// Nothing of the caller's environment: PGPORT, PGDATA, PGOPTIONS and the like would change
  /// what PostgreSQL does.
  private static let environment = [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
    "LC_ALL=C.UTF-8",
  ]

  /// Runs a short program and returns what it printed, or nil if it failed.
  static func capture(_ arguments: [String]) -> String? {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    defer { close(ends[0]) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let child = try? spawn(arguments, pipe: ends[1])
    close(ends[1])
    guard let child else { return nil }
    var text: [UInt8] = []
    var bytes = [UInt8](repeating: 0, count: 4_096)
    while text.count < 65_536 {
      let count = read(ends[0], &bytes, bytes.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { break }
      text += bytes[..<count]
    }
    let ending = child.wait()
    return ending == .exited(0) || ending == .unknown ? String(decoding: text, as: UTF8.self) : nil
  }

  /// Starts a program that outlives us and is nobody's child here: a shell starts it in the
  /// background and ends, so that no zombie of it can stay with us. It has its own session: what
  /// a terminal sends to our process group (Ctrl-C, a hang-up) does not reach it.
  static func launch(
    _ arguments: [String], as account: ClusterAccount, log: String, inherited: Int32? = nil
  ) throws(EmbeddedClusterError) {
    let launcher = "umask 077; log=$1; shift; setsid \"$@\" </dev/null >\"$log\" 2>&1 &"
    let child = try spawn(
      account.command(["/bin/sh", "-c", launcher, "sister-launch", log] + arguments),
      inherited: inherited)
    _ = child.wait()
  }

  /// Waits for the end, however long it takes.
  func wait() -> Ending {
    while true {
      var status: Int32 = 0
      let result = waitpid(pid, &status, 0)
      if result == pid { return Self.ending(status) }
      if errno != EINTR { return .unknown }
    }
  }

  /// The ending, if there is one by now.
  func poll() -> Ending? {
    var status: Int32 = 0
    let result = waitpid(pid, &status, WNOHANG)
    if result == pid { return Self.ending(status) }
    return result == 0 || errno == EINTR ? nil : .unknown
  }

  private static func ending(_ status: Int32) -> Ending {
    let signal = status & 0x7f
    return signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
  }
}
