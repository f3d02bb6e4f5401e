import CLibEvent
import Glibc

/// Unix sockets: addresses, connecting, and who is at the other end.
package enum UnixSocket {
  /// The longest path that fits a socket address, in bytes.
  package static let longestPath = 107
  /// The longest path that can be listened on, in bytes: a socket is bound beside it first.
  package static let longestListenPath = longestPath - 4

  /// The socket address of `path`; nil if it is too long.
  package static func address(_ path: String) -> (sockaddr_storage, Int32)? {
    var address = sockaddr_un()
    guard path.utf8.count <= longestPath else { return nil }
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    var storage = sockaddr_storage()
    withUnsafeMutableBytes(of: &storage) { target in
      withUnsafeBytes(of: &address) { target.copyMemory(from: $0) }
    }
    return (storage, Int32(MemoryLayout<sockaddr_un>.size))
  }

  /// A blocking connection to the server that listens on `path`; nil if none does.
  package static func connect(_ path: String) -> Int32? {
    guard let (storage, length) = address(path) else { return nil }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    let status = withUnsafePointer(to: storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(length))
      }
    }
    guard status == 0 else {
      close(descriptor)
      return nil
    }
    return descriptor
  }

  /// Whether a server listens on `path`.
  package static func answers(_ path: String) -> Bool {
    guard let descriptor = connect(path) else { return false }
    close(descriptor)
    return true
  }

  /// A connected pair: a blocking end for a client and a nonblocking end for the loop.
  package static func pair() -> (client: Int32, server: Int32)? {
    var ends: [Int32] = [-1, -1]
    guard
      socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0
    else { return nil }
    _ = fcntl(ends[1], F_SETFL, fcntl(ends[1], F_GETFL) | O_NONBLOCK)
    return (ends[0], ends[1])
  }

  /// The server of this protocol and this user that listens on `path`, vouched for by the kernel and by
  /// its greeting; nil if there is none. Waits for that no longer than two seconds.
  static func serverProcess(_ path: String) -> pid_t? {
    guard let descriptor = connect(path) else { return nil }
    defer { close(descriptor) }
    // One of another container has no number here.
    guard let peer = peer(descriptor), peer.process > 0, peer.user == geteuid() else { return nil }
    var limit = timeval(tv_sec: 2, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    let wanted = Array("* slp=1 server=sister/".utf8)
    var greeting = [UInt8](repeating: 0, count: wanted.count)
    guard recv(descriptor, &greeting, greeting.count, Int32(MSG_WAITALL)) == wanted.count,
      greeting == wanted
    else { return nil }
    return peer.process
  }

  /// The user at the other end of a Unix socket, vouched for by the kernel; nil for other sockets.
  package static func peerUser(_ descriptor: Int32) -> uid_t? { peer(descriptor)?.user }

  private static func peer(_ descriptor: Int32) -> (process: pid_t, user: uid_t)? {
    var domain: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    guard getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0, domain == AF_UNIX
    else { return nil }
    // struct ucred is hidden behind _GNU_SOURCE: a process, a user and a group, 32 bits each.
    var credentials: (pid: Int32, uid: UInt32, gid: UInt32) = (0, 0, 0)
    size = socklen_t(MemoryLayout.size(ofValue: credentials))
    guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 else {
      return nil
    }
    return (credentials.pid, credentials.uid)
  }
}
