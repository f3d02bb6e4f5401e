import EventLoop
import Glibc
import Synchronization
import Testing

@testable import Postgres

/// A real process that a test starts: usually `sister` itself. It is ended by its number,
/// whatever becomes of the test.
final class Program: Sendable {
  /// How a process ended.
  enum Ending: Equatable {
    case exited(Int32)
    case signalled(Int32)
  }

  let pid: pid_t
  private let outputPath: String
  private let errorsPath: String
  /// Our end of its standard input, where it has one.
  private let input: Mutex<Int32?>
  private let ending = Mutex<Ending?>(nil)

  /// The program under test, which is built beside the tests.
  static let sister: String = {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &path, path.count - 1)
    let bytes = path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
    let folder = String(decoding: bytes, as: UTF8.self).split(separator: "/").dropLast()
    return "/" + folder.joined(separator: "/") + "/sister"
  }()

  /// Starts `sister` with these arguments; what it prints goes into files in `folder`.
  convenience init(sister arguments: [String], in folder: String, hasInput: Bool = false) throws {
    try self.init([Self.sister] + arguments, in: folder, hasInput: hasInput)
  }

  /// Starts any program.
  init(_ arguments: [String], in folder: String, hasInput: Bool = false) throws {
    let name = "\(folder)/program-\(Self.nextNumber())"
    outputPath = name + ".out"
    errorsPath = name + ".err"
    let pair = hasInput ? UnixSocket.pair() : nil
    try #require(!hasInput || pair != nil, "no socket can be made: \(errorText(errno))")
    defer { if let pair { close(pair.client) } }
    input = Mutex(pair?.server)

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let pair {
      posix_spawn_file_actions_adddup2(&actions, pair.client, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    let flags = O_WRONLY | O_CREAT | O_TRUNC
    posix_spawn_file_actions_addopen(&actions, 1, outputPath, flags, 0o644)
    posix_spawn_file_actions_addopen(&actions, 2, errorsPath, flags, 0o644)
    for descriptor in namesInFolder("/proc/self/fd").compactMap({ Int32($0) }) where descriptor > 2
    {
      posix_spawn_file_actions_addclose(&actions, descriptor)
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

    var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var envp: [UnsafeMutablePointer<CChar>?] = Self.environment.map { strdup($0) } + [nil]
    defer { for text in argv + envp { free(text) } }
    var started: pid_t = 0
    let failure = posix_spawn(&started, arguments[0], &actions, &attributes, &argv, &envp)
    try #require(failure == 0, "\(arguments[0]) does not start: \(errorText(failure))")
    pid = started
  }

  deinit {
    closeInput()
    if poll() == nil {
      kill(pid, SIGKILL)
      waitpid(pid, nil, 0)
    }
  }

  /// What it has written to standard output so far.
  var output: String { readTail(outputPath, limitBytes: 4_194_304) ?? "" }
  /// What it has written to standard error so far.
  var errors: String { readTail(errorsPath, limitBytes: 4_194_304) ?? "" }

  /// Sends it a signal, unless it has ended.
  func signal(_ number: Int32) {
    if poll() == nil { kill(pid, number) }
  }

  /// Types a line on its standard input.
  func type(_ line: String) {
    let text = line + "\n"
    input.withLock { input in
      if let input { _ = send(input, text, text.utf8.count, Int32(MSG_NOSIGNAL)) }
    }
  }

  /// Ends its standard input.
  func closeInput() {
    input.withLock { input in
      if let input { close(input) }
      input = nil
    }
  }

  /// How it has ended, if it has.
  @discardableResult
  func poll() -> Ending? {
    ending.withLock { ending in
      if ending != nil { return ending }
      var status: Int32 = 0
      guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
      let signal = status & 0x7f
      ending = signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
      return ending
    }
  }

  /// Waits for its end; nil if it goes on all that time.
  @discardableResult
  func wait(seconds: Int = 60) -> Ending? {
    _ = waitUntil(seconds: seconds, everyMilliseconds: 5) { poll() != nil }
    return poll()
  }

  /// Kills it so that it can do nothing about it.
  func crash() {
    signal(SIGKILL)
    wait()
  }

  private static let numbers = Mutex(0)
  private static func nextNumber() -> Int {
    numbers.withLock { number in
      number += 1
      return number
    }
  }

  /// Nothing of the developer's own `SISTER_…` settings.
  private static let environment: [String] = {
    let inherited = ["PATH", "LANG", "SISTER_PG_BIN", "LD_LIBRARY_PATH"]
    return inherited.compactMap { (name: String) -> String? in
      getenv(name).map { "\(name)=\(String(cString: $0))" }
    } + ["HOME=/nonexistent"]
  }()
}
