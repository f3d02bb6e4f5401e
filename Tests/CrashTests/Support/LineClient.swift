import Glibc

/// What came of sending one command.
enum Outcome: Equatable {
  /// `+`: it is done, now or by an earlier request with this key.
  case acknowledged(replayed: Bool)
  /// `-`: its code, and whether the server says that it does not know the outcome.
  case refused(code: String, effectIsUnknown: Bool)
  /// The connection ended before the answer came.
  case unanswered

  var code: String? {
    if case .refused(let code, _) = self { return code }
    return nil
  }
}

/// A client of the line protocol on a Unix socket, as small as one can be: it shares no code with
/// what it tests.
final class LineClient {
  private let descriptor: Int32
  private var received: [UInt8] = []
  /// The rows of the last answer, without their marker.
  private(set) var rows: [String] = []
  /// The last status line.
  private(set) var status = ""
  /// Whether the connection has ended, or nothing has come for so long that it is as good as ended.
  private(set) var hasEnded = false

  /// Connects and waits for the greeting; nil where no server greets.
  init?(_ path: String) {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    // Nothing may hang for ever: a server that says nothing for that long is as good as gone.
    var limit = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    guard connect(path), readLine()?.hasPrefix("* slp=1") == true else { return nil }
  }

  deinit { close(descriptor) }

  /// Sends a command and waits for what comes of it.
  func run(_ command: String) -> Outcome { send([command]) ? outcome() : .unanswered }

  /// Sends commands without waiting for any answer; false where not all of them have left.
  func send(_ commands: [String]) -> Bool {
    let lines = commands.map { $0 + "\n" }.joined()
    return Glibc.send(descriptor, lines, lines.utf8.count, Int32(MSG_NOSIGNAL)) == lines.utf8.count
  }

  /// What comes of the first command that has been sent and not answered.
  func outcome() -> Outcome {
    rows = []
    while !hasEnded, let line = readLine() {
      switch line.first {
      case "|": rows.append(String(line.dropFirst(2)))
      case "+":
        status = line
        return .acknowledged(replayed: line.contains(" replayed=yes"))
      case "-":
        status = line
        let code = line.dropFirst(2).prefix { $0 != " " }
        return .refused(
          code: String(code), effectIsUnknown: line.contains(" effect=unknown "))
      default: continue
      }
    }
    return .unanswered
  }

  private func connect(_ path: String) -> Bool {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
  }

  /// The next whole line; nil when the connection has ended.
  private func readLine() -> String? {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while true {
      if let end = received.firstIndex(of: 0x0A) {
        defer { received.removeFirst(end + 1) }
        return String(decoding: received[..<end], as: UTF8.self)
      }
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        hasEnded = true
        return nil
      }
      received += buffer[..<count]
    }
  }
}
