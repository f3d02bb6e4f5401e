import Foundations
import Glibc

/// Lines from a descriptor, as they come: a script on a pipe is run while it is being written.
struct ScriptInput {
  /// A line without its end, and its number from 1.
  struct Line: Equatable {
    let bytes: [UInt8]
    let number: Int
  }

  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var position = 0
  private var number = 0
  private var isAtEnd = false

  init(descriptor: Int32) { self.descriptor = descriptor }

  /// Lines that are in memory already.
  init(text: String) {
    descriptor = -1
    buffer = Array(text.utf8)
    isAtEnd = true
  }

  /// The next line, without LF or CRLF. A line longer than any server takes is cut there: the
  /// server refuses it.
  mutating func next() -> Line? {
    var scanned = position
    while true {
      if let end = buffer[scanned...].firstIndex(of: 0x0A) { return line(upTo: end, skip: 1) }
      scanned = buffer.count
      let isTooLong = buffer.count - position > Limits.fatalLineBytes
      if isTooLong || isAtEnd {
        return scanned > position ? line(upTo: scanned, skip: 0) : nil
      }
      scanned -= position
      fill()
    }
  }

  /// The next `count` bytes, and the line feed that may follow them; nil where there are fewer.
  mutating func take(_ count: Int) -> [UInt8]? {
    while buffer.count - position <= count, !isAtEnd { fill() }
    guard buffer.count - position >= count else { return nil }
    let bytes = Array(buffer[position..<(position + count)])
    position += count
    if position < buffer.count, buffer[position] == 0x0A { position += 1 }
    number += bytes.reduce(1) { $0 + ($1 == 0x0A ? 1 : 0) }
    return bytes
  }

  private mutating func line(upTo end: Int, skip: Int) -> Line {
    var bytes = buffer[position..<end]
    if bytes.last == 0x0D { bytes.removeLast() }
    // A byte order mark, which editors put at the start of a file.
    if number == 0, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    position = end + skip
    number += 1
    return Line(bytes: Array(bytes), number: number)
  }

  /// Reads more, and forgets what was handed out.
  private mutating func fill() {
    buffer.removeFirst(position)
    position = 0
    var piece = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      if count > 0 { buffer += piece[..<count] } else { isAtEnd = true }
      return
    }
  }
}
