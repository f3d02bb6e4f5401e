import Glibc
import Testing

/// A client by TCP that sends and receives at the same time, as a hostile one has to: a server that
/// nobody reads from stops reading, too.
final class HostileClient {
  private let descriptor: Int32

  /// Connects from `source` to a port of 127.0.0.1.
  init(port: UInt16, from source: String = "127.0.0.1") throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var on: Int32 = 1
    // So that thousands of connections in a minute find ports.
    setsockopt(
      descriptor, Int32(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT, &on,
      socklen_t(MemoryLayout<Int32>.size))
    try Self.with(source, 0) { try #require(bind(descriptor, $0, $1) == 0, "no \(source)") }
    try Self.with("127.0.0.1", port) {
      try #require(connect(descriptor, $0, $1) == 0, "the server does not accept: \(errno)")
    }
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
  }

  deinit { close(descriptor) }

  private static func with(
    _ host: String, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Void
  ) rethrows {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    inet_pton(AF_INET, host, &address.sin_addr)
    try withUnsafePointer(to: address) { pointer in
      try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        try body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  /// Sends a short line.
  func say(_ line: String) { _ = send(descriptor, line, line.utf8.count, Int32(MSG_NOSIGNAL)) }

  /// The next line that the server says by itself or answers, without its end; nil at the end.
  func line() -> [UInt8]? {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while wait(POLLIN) != 0, recv(descriptor, &byte, 1, 0) == 1 {
      if byte == 0x0A { return line }
      line.append(byte)
    }
    return nil
  }

  /// Sends all of it, then half-closes, and reads until the server closes: what came; nil where the
  /// server says nothing and does not close either.
  func exchange(_ bytes: [UInt8]) -> [UInt8]? {
    var sent = 0
    var received: [UInt8] = []
    var isOpen = true
    var piece = [UInt8](repeating: 0, count: 65_536)
    while true {
      let ready = wait(isOpen ? POLLIN | POLLOUT : POLLIN)
      if ready == 0 { return nil }
      if ready & (POLLIN | POLLHUP | POLLERR) != 0 {
        let count = recv(descriptor, &piece, piece.count, 0)
        if count > 0 { received += piece[..<count] }
        // A reset is the end too: the server has closed while more was on its way to it.
        if count == 0 || count < 0 && errno != EAGAIN && errno != EINTR { return received }
      }
      if isOpen, ready & POLLOUT != 0 {
        let count = bytes[sent...].withUnsafeBytes {
          send(descriptor, $0.baseAddress, min($0.count, 16_384), Int32(MSG_NOSIGNAL))
        }
        if count > 0 { sent += count }
        if count < 0 && errno != EAGAIN { sent = bytes.count }
        if sent == bytes.count {
          isOpen = false
          shutdown(descriptor, Int32(SHUT_WR))
        }
      }
    }
  }

  /// What it is ready for, within a minute.
  private func wait(_ events: Int32) -> Int32 {
    var wanted = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    return poll(&wanted, 1, 60_000) > 0 ? Int32(wanted.revents) : 0
  }
}
