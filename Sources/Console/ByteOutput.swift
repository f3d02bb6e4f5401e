import Glibc
import Rendering

/// Writes to a descriptor through a buffer, and remembers why it cannot any more.
final class ByteOutput {
  private static let bufferBytes = 65_536

  private let descriptor: Int32
  private var buffer: [UInt8] = []
  /// Whether a person sees it directly: data must not command the terminal then.
  let isTerminal: Bool
  /// `errno` of the first write that failed.
  private(set) var failure: Int32?

  /// An output on a descriptor; `isTerminal` says what cannot be seen from it, as of a pager's.
  init(descriptor: Int32, isTerminal: Bool? = nil) {
    self.descriptor = descriptor
    self.isTerminal = isTerminal ?? (isatty(descriptor) == 1)
  }

  /// Writes a line of data and its end.
  func writeLine(_ bytes: [UInt8]) {
    if isTerminal {
      let text = String(decoding: bytes, as: UTF8.self)
      buffer.append(contentsOf: TerminalText.safe(text, keepingTabs: true).utf8)
    } else {
      buffer.append(contentsOf: bytes)
    }
    buffer.append(0x0A)
    if buffer.count >= Self.bufferBytes { flush() }
  }

  /// Writes text of our own, with its colours.
  func write(_ text: String) { buffer.append(contentsOf: text.utf8) }

  /// Writes out what is in the buffer.
  func flush() {
    var rest = buffer[...]
    buffer = []
    while failure == nil, !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&wanted, 1, -1)
        continue
      }
      guard count > 0 else {
        failure = errno
        return
      }
      rest = rest.dropFirst(count)
    }
  }
}
