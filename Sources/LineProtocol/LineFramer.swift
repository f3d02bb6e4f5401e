import CommandLanguage
import Foundations
import Glibc

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
    /// Some bytes of a literal that is not kept whole, and whether they are its last: then the LF has
    /// followed.
    case piece([UInt8], isLast: Bool)
    /// Bytes that are no line, with the tag they begin with; the next line is a new chance.
    case refused(DomainError, tag: String?)
    /// Where the next line starts is no longer known: the connection must end.
    case lost(DomainError)
  }

  private enum Mode {
    case line
    /// Inside a line that is too long and has this tag; so many bytes of it have gone by.
    case discarding(Int, tag: String?)
    case literal(Int)
    /// Inside a literal that is not kept; so many bytes of it are to come.
    case pieces(Int)
    case lost
  }

  private var buffer: [UInt8] = []
  private var start = 0
  private var mode = Mode.line
  private var seen = 0

  /// Longest line that is taken, in bytes without its end.
  var maximumLineBytes = Limits.lineBytes

  package init() {}

  /// Bytes kept for frames that are not whole yet.
  package var pendingBytes: Int { buffer.count - start }

  /// Whether an end of the input would cut something off.
  package var isInsideFrame: Bool {
    if pendingBytes > 0 { return true }
    switch mode {
    case .line, .lost: return false
    case .discarding, .literal, .pieces: return true
    }
  }

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

  /// The next `count` bytes and the LF after them are a literal that comes piece by piece.
  package mutating func expectPieces(_ count: Int) { mode = .pieces(count) }

  /// The next frame; nil until more bytes come.
  package mutating func next() -> Frame? {
    switch mode {
    case .lost: return nil
    case .literal(let count): return nextLiteral(count)
    case .pieces(let count): return nextPiece(count)
    case .discarding(let gone, let tag): return discard(gone, tag)
    case .line: return nextLine()
    }
  }

  /// Whether a line comes next that would be discarded for its length, as far as it has come.
  var isNextLineTooLong: Bool {
    mutating get {
      guard case .line = mode, pendingBytes > maximumLineBytes else { return false }
      return (indexOfLF() ?? buffer.count) - start > maximumLineBytes + 1
    }
  }

  private mutating func nextLine() -> Frame? {
    guard let end = indexOfLF() else {
      // The last byte may be the carriage return of CR LF.
      guard pendingBytes > maximumLineBytes + 1 else { return nil }
      return discard(0, RequestParser.tag(of: buffer[start...]))
    }
    var line = buffer[start..<end]
    start = end + 1
    seen = 0
    if line.last == 0x0D { line.removeLast() }
    if line.count > maximumLineBytes { return refused(tooLong, line) }
    var high: UInt8 = 0
    var column = 0
    for byte in line {
      high |= byte
      if byte & 0xC0 != 0x80 { column += 1 }
      guard byte != 0, byte != 0x0D else {
        let name = byte == 0 ? "NUL" : "carriage return"
        return refused(
          DomainError(
            .badByte, "a \(name) inside a line; lines are UTF-8 text and end with LF or CR LF",
            column: column), line)
      }
    }
    let bytes = Array(line)
    if high >= 0x80, String(validating: bytes, as: UTF8.self) == nil {
      return refused(DomainError(.badUTF8, "the line is not UTF-8"), line)
    }
    return .line(bytes)
  }

  private func refused(_ error: DomainError, _ line: ArraySlice<UInt8>) -> Frame {
    .refused(error, tag: RequestParser.tag(of: line))
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
      return .refused(DomainError(.badUTF8, "the literal is not UTF-8 text"), tag: nil)
    }
    return .literal(literal)
  }

  private mutating func nextPiece(_ left: Int) -> Frame? {
    // The last piece comes with the LF behind it, so that it is known to be whole.
    let isLast = pendingBytes > left
    let count = isLast ? left : min(pendingBytes, left)
    guard isLast || count > 0 else { return nil }
    let piece = Array(buffer[start..<(start + count)])
    start += count
    seen = 0
    guard isLast else {
      mode = .pieces(left - count)
      return .piece(piece, isLast: false)
    }
    let end = buffer[start]
    start += 1
    guard end == 0x0A else {
      mode = .lost
      return .lost(DomainError(.overflow, "no LF after the bytes of the literal"))
    }
    mode = .line
    return .piece(piece, isLast: true)
  }

  private mutating func discard(_ gone: Int, _ tag: String?) -> Frame? {
    if let end = indexOfLF() {
      start = end + 1
      seen = 0
      mode = .line
      return .refused(tooLong, tag: tag)
    }
    let total = gone + pendingBytes
    start = buffer.count
    seen = 0
    mode = .discarding(total, tag: tag)
    guard total > Limits.fatalLineBytes else { return nil }
    mode = .lost
    return .lost(
      DomainError(.overflow, "a line of more than \(Limits.fatalLineBytes) bytes: framing is lost"))
  }

  /// Where the line that starts at `start` ends. What was searched once is not searched again.
  private mutating func indexOfLF() -> Int? {
    let from = start + seen
    let found = buffer.withUnsafeBytes { bytes -> Int? in
      guard let base = bytes.baseAddress, from < bytes.count,
        let end = memchr(base + from, 0x0A, bytes.count - from)
      else { return nil }
      return UnsafeRawPointer(end) - base
    }
    if found == nil { seen = pendingBytes }
    return found
  }

  private var tooLong: DomainError {
    DomainError(
      .lineTooLong,
      "a line of more than \(maximumLineBytes) bytes was discarded; "
        + (maximumLineBytes < Limits.lineBytes
          ? "say who you are before you send long lines: auth token=…"
          : "send long values as a literal: name={bytes}"))
  }
}
