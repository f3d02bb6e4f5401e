import CommandLanguage
import Foundations

/// Cuts a stream of bytes into lines and counted literals, within limits.
///
/// Pure: bytes in, frames out. A line that is too long is discarded up to its end and reported;
/// only when even that end does not come is framing lost.
package struct LineFramer {
  /// What the bytes amount to.
  package enum Frame: Sendable, Equatable {
    /// A line, without its end.
    case line([UInt8])
    /// The bytes of a literal, without the LF that follows it.
    case literal([UInt8])
    /// Bytes that are no line; the next line is a new chance.
    case refused(DomainError)
    /// Where the next line starts is no longer known: the connection must end.
    case lost(DomainError)
  }

  private enum Mode {
    case line
    /// Inside a line that is too long; so many bytes of it have gone by.
    case discarding(Int)
    case literal(Int)
    case lost
  }

  private var buffer: [UInt8] = []
  private var start = 0
  private var mode = Mode.line
  private var seen = 0

  package init() {}

  /// Bytes kept for frames that are not whole yet.
  package var pendingBytes: Int { buffer.count - start }

  /// Takes in bytes. They become frames as `next` is called.
  package mutating func feed(_ bytes: [UInt8]) {
    if start == buffer.count {
      buffer = bytes
      start = 0
      seen = 0
    } else {
      if start > 0 {
        buffer.removeFirst(start)
        start = 0
      }
      buffer.append(contentsOf: bytes)
    }
  }

  /// The next `count` bytes and the LF after them are a literal.
  package mutating func expectLiteral(_ count: Int) { mode = .literal(count) }

  /// The next frame; nil until more bytes come.
  package mutating func next() -> Frame? {
    switch mode {
    case .lost: return nil
    case .literal(let count): return nextLiteral(count)
    case .discarding(let gone): return discard(gone)
    case .line: return nextLine()
    }
  }

  private mutating func nextLine() -> Frame? {
    guard let end = indexOfLF() else {
      guard pendingBytes > Limits.lineBytes else { return nil }
      mode = .discarding(0)
      return discard(0)
    }
    var line = buffer[start..<end]
    start = end + 1
    seen = 0
    if line.count > Limits.lineBytes { return .refused(Self.tooLong) }
    if line.last == 0x0D { line.removeLast() }
    var high: UInt8 = 0
    for (offset, byte) in line.enumerated() {
      high |= byte
      guard byte != 0, byte != 0x0D else {
        let name = byte == 0 ? "NUL" : "carriage return"
        return .refused(
          DomainError(
            .badByte, "a \(name) inside a line; lines are UTF-8 text and end with LF or CR LF",
            column: offset + 1))
      }
    }
    let bytes = Array(line)
    if high >= 0x80, String(validating: bytes, as: UTF8.self) == nil {
      return .refused(DomainError(.badUTF8, "the line is not UTF-8"))
    }
    return .line(bytes)
  }

  private mutating func nextLiteral(_ count: Int) -> Frame? {
    guard pendingBytes > count else { return nil }
    let literal = Array(buffer[start..<(start + count)])
    let end = buffer[start + count]
    start += count + 1
    seen = 0
    mode = .line
    guard end == 0x0A else {
      mode = .lost
      return .lost(DomainError(.overflow, "no LF after the \(count) bytes of the literal"))
    }
    guard !literal.contains(0), String(validating: literal, as: UTF8.self) != nil else {
      return .refused(DomainError(.badUTF8, "the literal is not UTF-8 text"))
    }
    return .literal(literal)
  }

  private mutating func discard(_ gone: Int) -> Frame? {
    if let end = indexOfLF() {
      start = end + 1
      seen = 0
      mode = .line
      return .refused(Self.tooLong)
    }
    let total = gone + pendingBytes
    start = buffer.count
    seen = 0
    mode = .discarding(total)
    guard total > Limits.fatalLineBytes else { return nil }
    mode = .lost
    return .lost(
      DomainError(.overflow, "a line of more than \(Limits.fatalLineBytes) bytes: framing is lost"))
  }

  /// Where the line that starts at `start` ends. What was searched once is not searched again.
  private mutating func indexOfLF() -> Int? {
    let found = buffer.withUnsafeBufferPointer { bytes -> Int? in
      var index = start + seen
      while index < bytes.count {
        if bytes[index] == 0x0A { return index }
        index += 1
      }
      return nil
    }
    if found == nil { seen = pendingBytes }
    return found
  }

  private static let tooLong = DomainError(
    .lineTooLong,
    "a line of more than \(Limits.lineBytes) bytes was discarded; "
      + "send long values as a literal: name={bytes}")
}
