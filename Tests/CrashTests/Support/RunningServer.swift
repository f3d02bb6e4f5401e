import Glibc
import Synchronization
import Testing

@testable import Postgres

/// `sister serve` as a process, which can be killed and started again.
final class RunningServer: Sendable {
  let socket: String
  private let arguments: [String]
  private let folder: String
  private let running = Mutex<Program?>(nil)

  /// Serves a home with its embedded database, ready when this returns.
  convenience init(_ home: CrashHome) throws {
    try self.init(["--home", home.path], socket: home.socket, in: home.folder)
  }

  /// Serves what `arguments` say on `socket`.
  init(_ arguments: [String], socket: String, in folder: String) throws {
    self.socket = socket
    self.folder = folder
    self.arguments = ["serve", "--listen", "none", "--socket", socket] + arguments
    try start()
  }

  deinit { stop() }

  /// The process, if one was started.
  var program: Program? { running.withLock { $0 } }

  /// Starts it, and returns when it greets.
  func start() throws {
    let program = try Program(sister: arguments, in: folder)
    running.withLock { $0 = program }
    let answers = waitUntil(seconds: 120, everyMilliseconds: 5) {
      program.poll() != nil || LineClient(socket) != nil
    }
    try #require(answers && program.poll() == nil, "the server is not there: \(program.errors)")
  }

  /// `kill -9`.
  func crash() { program?.crash() }

  /// Ends it in order, or by force when it does not obey.
  func stop() {
    guard let program else { return }
    program.signal(SIGTERM)
    if program.wait() == nil { program.crash() }
  }
}
