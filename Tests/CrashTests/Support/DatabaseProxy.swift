import Dispatch
import EventLoop
import Glibc
import Synchronization

@testable import Postgres

/// Stands between `sister` and PostgreSQL, and breaks the connection at the one moment that
/// matters: around a COMMIT.
final class DatabaseProxy: Sendable {
  /// What becomes of the next COMMIT, or other statement, that comes by; each happens once.
  enum Cut: Equatable {
    case none
    /// PostgreSQL commits, and nobody learns of it.
    case afterCommit
    /// PostgreSQL never sees the COMMIT.
    case beforeCommit
  }

  /// The folder to give as `host=`.
  let folder: String
  private let upstream: String
  private let listener: Int32
  private let state = Mutex(State())

  private struct State {
    var cut = Cut.none
    var statement = ""
    var closesAfterCut = false
    var isClosed = false
    var connections = 0
    var admitted = Int.max
  }

  /// A proxy for the PostgreSQL whose sockets are in `upstream`.
  init?(in folder: String, upstream: String) {
    self.folder = folder
    self.upstream = "\(upstream)/.s.PGSQL.5432"
    listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard let (address, length) = UnixSocket.address("\(folder)/.s.PGSQL.5432") else { return nil }
    let fd = listener
    let status = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(fd, $0, socklen_t(length))
      }
    }
    guard status == 0, listen(fd, 16) == 0 else { return nil }
    DispatchQueue(label: "proxy").async { [self] in accept() }
  }

  /// Ends it; its connections end by themselves.
  func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
  }

  /// Breaks the connection of the next COMMIT, or of the next statement of another name, and lets
  /// none be made after that if so told.
  func cutNext(_ cut: Cut, of statement: String = "commit", thenClose: Bool) {
    state.withLock { state in
      state.cut = cut
      state.statement = statement
      state.closesAfterCut = thenClose
    }
  }

  /// Lets connections be made again.
  func reopen() { state.withLock { $0.isClosed = false } }

  /// Whether the cut that was asked for has been made.
  var hasCut: Bool { state.withLock { $0.cut == .none } }

  /// Lets so many connections be made in all.
  func admit(_ count: Int) { state.withLock { $0.admitted = count } }

  private func accept() {
    while true {
      let client = Glibc.accept(listener, nil, nil)
      if client < 0 {
        if errno == EINTR || errno == ECONNABORTED { continue }
        close(listener)
        return
      }
      _ = fcntl(client, F_SETFD, FD_CLOEXEC)
      let isAdmitted = state.withLock { state in
        state.connections += 1
        return !state.isClosed && state.connections <= state.admitted
      }
      guard isAdmitted, let server = UnixSocket.connect(upstream) else {
        close(client)
        continue
      }
      DispatchQueue(label: "proxied").async { [self] in
        forward(client, server)
        close(client)
        close(server)
      }
    }
  }

  /// Carries bytes both ways until one side ends, or the connection is cut.
  private func forward(_ client: Int32, _ server: Int32) {
    var wanted = [
      pollfd(fd: client, events: Int16(POLLIN), revents: 0),
      pollfd(fd: server, events: Int16(POLLIN), revents: 0),
    ]
    while true {
      guard poll(&wanted, 2, -1) > 0 || errno == EINTR else { return }
      if wanted[1].revents != 0 {
        guard let bytes = Self.receive(server), Self.send(bytes, to: client) else { return }
      }
      if wanted[0].revents != 0 {
        guard let bytes = Self.receive(client) else { return }
        switch takeCut(bytes) {
        case .none: guard Self.send(bytes, to: server) else { return }
        case .beforeCommit: return
        case .afterCommit:
          guard Self.send(bytes, to: server) else { return }
          var answer: [UInt8] = []
          while !Self.contains(answer, Array("COMMIT\0".utf8)) {
            guard let more = Self.receive(server) else { return }
            answer += more
          }
          return
        }
      }
    }
  }

  /// What is to be done with these bytes of the client. Statements are bound by name.
  private func takeCut(_ bytes: [UInt8]) -> Cut {
    state.withLock { state in
      // Nobody reaches the database any more, on older connections neither.
      if state.isClosed { return .beforeCommit }
      let cut = state.cut
      let name = Array("\0\(state.statement)\0".utf8)
      guard cut != .none, Self.contains(bytes, name) else { return .none }
      // The server seals its audit when it likes, and commits that too: no test means that.
      guard !Self.contains(bytes, Array("access.seal-pending".utf8)) else { return .none }
      state.cut = .none
      state.isClosed = state.closesAfterCut
      return cut
    }
  }

  private static func receive(_ descriptor: Int32) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return count > 0 ? Array(buffer[..<count]) : nil
  }

  private static func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  private static func contains(_ bytes: [UInt8], _ wanted: [UInt8]) -> Bool {
    guard bytes.count >= wanted.count else { return false }
    return (0...bytes.count - wanted.count).contains { bytes[$0...].starts(with: wanted) }
  }
}
