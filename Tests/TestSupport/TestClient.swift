import EventLoop
import Glibc

/// Why a test's client cannot go on.
package struct TestClientError: Error, CustomStringConvertible {
  package let what: String
  package var description: String { what }

  /// An error that says `what`.
  package init(what: String) { self.what = what }
}

/// The client's end of a connection, with bytes as they are: what a test says and what it hears.
@EventLoop
package final class TestClient {
  private var descriptor: Int32
  private var pending: [UInt8] = []
  private var hasEnded = false
  private var waits = 0
  private var closesAfterWaits = false

  /// How long a client waits for the server before the test fails.
  private static let patienceMilliseconds: Int64 = 60_000

  /// Connects to a port of 127.0.0.1.
  package init(port: UInt16) throws {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    let status = withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else {
      Glibc.close(descriptor)
      throw TestClientError(what: "nothing listens on port \(port)")
    }
    setNonblocking()
  }

  /// Connects to a Unix socket.
  package init(path: String) throws {
    guard let connected = UnixSocket.connect(path) else {
      throw TestClientError(what: "nothing listens on \(path)")
    }
    descriptor = connected
    setNonblocking()
  }

  /// Takes over a connected socket.
  package init(descriptor: Int32) {
    self.descriptor = descriptor
    setNonblocking()
  }

  /// Reads a pipe that somebody else closes.
  package init(pipe: Int32) {
    descriptor = dup(pipe)
    setNonblocking()
  }

  isolated deinit { close() }

  private func setNonblocking() {
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  /// Sends text, all of it.
  package func send(_ text: String) async throws { try await send(Array(text.utf8)) }

  /// Sends bytes, all of them.
  package func send(_ bytes: [UInt8]) async throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(
          descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent,
          Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        sent += count
      } else if errno == EAGAIN {
        try await wait(forWriting: true)
      } else {
        throw TestClientError(what: "cannot send: \(String(cString: strerror(errno)))")
      }
    }
  }

  /// Sends as much as the connection takes without waiting; how many bytes that was.
  package func sendNow(_ bytes: [UInt8]) -> Int {
    max(0, Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)))
  }

  /// The next line, without its end.
  package func line() async throws -> String {
    var searched = 0
    while true {
      if let end = endOfLine(from: searched) {
        let line = String(decoding: pending[..<end], as: UTF8.self)
        pending.removeFirst(end + 1)
        return line
      }
      searched = pending.count
      guard try await read() else {
        throw TestClientError(
          what: "the server closed after \(String(decoding: pending, as: UTF8.self))")
      }
    }
  }

  /// The next so many lines.
  package func lines(_ count: Int) async throws -> [String] {
    var lines: [String] = []
    for _ in 0..<count { lines.append(try await line()) }
    return lines
  }

  /// Sends one line; the lines of its answer, the status line last.
  package func ask(_ line: String) async throws -> [String] {
    try await send(line + "\n")
    var lines: [String] = []
    repeat { lines.append(try await self.line()) } while !Self.isStatus(lines.last ?? "")
    return lines
  }

  /// Whether a line ends an answer.
  package static func isStatus(_ line: String) -> Bool {
    line.hasPrefix("+ ") || line.hasPrefix("- ")
  }

  /// Every further line, until the server closes.
  package func rest() async throws -> [String] {
    while try await read() {}
    var lines: [String] = []
    var start = 0
    while start < pending.count {
      let end = endOfLine(from: start) ?? pending.count
      if end > start { lines.append(String(decoding: pending[start..<end], as: UTF8.self)) }
      start = end + 1
    }
    pending = []
    return lines
  }

  /// Everything, until the other end closes.
  package func text() async throws -> String {
    while try await read() {}
    return String(decoding: pending, as: UTF8.self)
  }

  /// The next bytes; empty at the end.
  package func bytes() async throws -> [UInt8] {
    if pending.isEmpty { _ = try await read() }
    defer { pending = [] }
    return pending
  }

  /// Takes some of what there is.
  package func readSome() async throws -> Bool { try await read() }

  /// Sends nothing more, and still reads.
  package func halfClose() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Goes away.
  ///
  /// Whoever still waits is woken first: a descriptor that is closed while libevent watches it stays
  /// in libevent's books, and the next socket of its number would never be heard.
  package func close() {
    guard descriptor >= 0 else { return }
    if waits > 0 {
      shutdown(descriptor, Int32(SHUT_RDWR))
      closesAfterWaits = true
    } else {
      Glibc.close(descriptor)
      descriptor = -1
    }
  }

  /// Where the next line feed is. The client works on the loop that it tests, where others wait:
  /// megabytes are not searched byte by byte in a build for debugging.
  private func endOfLine(from start: Int) -> Int? {
    pending.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, start < bytes.count,
        let end = memchr(base + start, 0x0A, bytes.count - start)
      else { return nil }
      return UnsafeRawPointer(end) - base
    }
  }

  /// Reads what there is; false at the end.
  private func read() async throws -> Bool {
    guard !hasEnded else { return false }
    while true {
      let count = withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
        let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        if count > 0 { pending.append(contentsOf: buffer[..<count]) }
        return count
      }
      if count > 0 { return true }
      if count < 0, errno == EAGAIN {
        try await wait(forWriting: false)
        continue
      }
      hasEnded = true
      if count == 0 || errno == ECONNRESET { return false }
      throw TestClientError(what: "cannot read: \(String(cString: strerror(errno)))")
    }
  }

  private func wait(forWriting: Bool) async throws {
    waits += 1
    let isReady = await DescriptorWatch.wait(
      descriptor, forWriting: forWriting, milliseconds: Self.patienceMilliseconds)
    waits -= 1
    if waits == 0, closesAfterWaits { close() }
    guard isReady else { throw TestClientError(what: "the server says nothing") }
  }
}
