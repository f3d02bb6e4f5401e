import Glibc
import TestSupport
import Testing

/// `sister` as a process of its own, which these tests start and whose end they wait for.
final class StartedProgram {
  let pid: pid_t
  private var status: Int32?

  /// The program under test, which is built beside the tests.
  static let path: String = {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &path, path.count - 1)
    let bytes = path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
    let folder = String(decoding: bytes, as: UTF8.self).split(separator: "/").dropLast()
    return "/" + folder.joined(separator: "/") + "/sister"
  }()

  /// Starts a program in a session of its own.
  ///
  /// - Parameters:
  ///   - arguments: The program and its arguments.
  ///   - home: A folder for what a user's home is for.
  ///   - files: What its standard input, output and errors are; a terminal becomes its own.
  init(_ arguments: [String], home: String, files: (input: String, output: String, errors: String))
    throws
  {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, files.input, O_RDWR, 0)
    let flags = O_RDWR | O_CREAT
    posix_spawn_file_actions_addopen(&actions, 1, files.output, flags, 0o644)
    posix_spawn_file_actions_addopen(&actions, 2, files.errors, flags, 0o644)
    // Nothing of ours is its: a copy of an end of a socket or terminal would keep that open.
    for descriptor: Int32 in 3..<256 { posix_spawn_file_actions_addclose(&actions, descriptor) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    // The macro for POSIX_SPAWN_SETSID is one that Swift does not import.
    let setSession: Int32 = 0x80
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | setSession))
    let inherited = ["PATH", "SISTER_PG_BIN", "LD_LIBRARY_PATH"]
    var environment = inherited.compactMap { (name: String) -> String? in
      getenv(name).map { "\(name)=\(String(cString: $0))" }
    }
    environment += [
      "HOME=\(home)", "TERM=xterm", "LANG=C.UTF-8", "PAGER=cat", "INPUTRC=/dev/null", "NO_COLOR=1",
    ]
    var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    defer { for text in argv + envp { free(text) } }
    var started: pid_t = 0
    let failure = posix_spawn(&started, arguments[0], &actions, &attributes, &argv, &envp)
    try #require(failure == 0, "\(arguments[0]) does not start: \(failure)")
    pid = started
  }

  deinit {
    guard poll() == nil else { return }
    kill(pid, SIGKILL)
    waitpid(pid, nil, 0)
  }

  /// Its exit status, or 128 and the number of the signal that ended it; nil while it runs.
  func poll() -> Int32? {
    var result: Int32 = 0
    if status == nil, waitpid(pid, &result, WNOHANG) == pid {
      status = result & 0x7F == 0 ? result >> 8 & 0xFF : 128 + result & 0x7F
    }
    return status
  }

  /// Waits for its end; nil if it goes on all that time.
  func wait(seconds: Int = 120) -> Int32? {
    for _ in 0..<(seconds * 100) where poll() == nil { usleep(10_000) }
    return poll()
  }
}

/// The bytes of a file as text; empty where there is none.
func contents(_ path: String) -> String {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { return "" }
  defer { close(file) }
  var bytes: [UInt8] = []
  var piece = [UInt8](repeating: 0, count: 65_536)
  while case let count = read(file, &piece, piece.count), count > 0 { bytes += piece[..<count] }
  return String(decoding: bytes, as: UTF8.self)
}

/// Writes a file.
func write(_ text: String, to path: String) {
  let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
  write(file, text, text.utf8.count)
  close(file)
}
