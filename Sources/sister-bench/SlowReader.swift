import Glibc

/// A client that asks for much and takes it slowly: so many bytes a second, with the buffers that
/// every socket has.
enum SlowReader {
  private static let readsPerSecond = 10

  /// Reads for so many seconds, or until the other end has had enough; how many bytes those were, and
  /// whether it had.
  static func run(
    port: UInt16, lines: String, bytesPerSecond: Int, seconds: Int
  ) throws(BenchError) -> (bytes: Int, wasDropped: Bool) {
    let descriptor = try Loopback.connect(port)
    defer { close(descriptor) }
    Loopback.send(lines, descriptor)
    var buffer = [UInt8](repeating: 0, count: bytesPerSecond / readsPerSecond)
    var total = 0
    for turn in 0..<(seconds * readsPerSecond) {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { return (total, true) }
      total += count
      if turn == 0 { say("reading\n") }
      usleep(UInt32(1_000_000 / readsPerSecond))
    }
    return (total, false)
  }

  /// Whoever waits for this line reads a file: it must not rest in a buffer.
  static func say(_ text: String) {
    _ = text.utf8CString.withUnsafeBytes { bytes in
      write(STDOUT_FILENO, bytes.baseAddress, bytes.count - 1)
    }
  }
}
