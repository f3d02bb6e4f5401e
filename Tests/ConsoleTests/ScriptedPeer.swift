import Glibc
import Synchronization

/// The server's end of a socket pair: answers each line as it is told to.
final class ScriptedPeer: Sendable {
  /// What to do about a line.
  enum Reaction {
    case answer(String)
    /// Answer and hang up.
    case cut(String)
    case silence
  }

  private struct State {
    var lines: [String] = []
    var isWaited = false
  }

  /// The client's end.
  let clientDescriptor: Int32
  private let descriptor: Int32
  private let state = Mutex(State())
  private let react: @Sendable (String) -> Reaction

  /// Every line received so far.
  var lines: [String] { state.withLock(\.lines) }

  init(
    greeting: String = "* slp=1 server=sister/1.2\n",
    react: @escaping @Sendable (String) -> Reaction
  ) {
    var ends: [Int32] = [-1, -1]
    socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
    clientDescriptor = ends[0]
    descriptor = ends[1]
    self.react = react
    say(greeting)
    startThread { self.serve() }
  }

  /// Says something unasked.
  func say(_ text: String) {
    let bytes = Array(text.utf8)
    send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  /// Ends the connection.
  func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  private func serve() {
    var pending: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    while true {
      while let end = pending.firstIndex(of: 0x0A) {
        let line = String(decoding: pending[..<end], as: UTF8.self)
        pending.removeFirst(end + 1)
        state.withLock { $0.lines.append(line) }
        switch react(line) {
        case .answer(let text): say(text)
        case .cut(let text):
          say(text)
          hangUp()
        case .silence: break
        }
      }
      let count = read(descriptor, &piece, piece.count)
      guard count > 0 else { break }
      pending += piece[..<count]
    }
    close(descriptor)
  }
}

/// Runs `body` on a thread of its own: blocking work must not hold the tests' threads.
func startThread(_ body: @escaping @Sendable () -> Void) {
  final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var thread = pthread_t()
  let box = Unmanaged.passRetained(Box(body)).toOpaque()
  pthread_create(
    &thread, nil,
    { box in
      if let box { Unmanaged<Box>.fromOpaque(box).takeRetainedValue().body() }
      return nil
    }, box)
  pthread_detach(thread)
}

/// A file without a name that takes what a script writes.
struct CapturedOutput {
  let descriptor: Int32

  init() {
    var template = Array("/tmp/sister-test-XXXXXX".utf8CString)
    descriptor = mkstemp(&template)
    unlink(template)
  }

  /// All that was written.
  var text: String {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = pread(descriptor, &piece, piece.count, off_t(bytes.count))
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += piece[..<count]
    }
  }
}
