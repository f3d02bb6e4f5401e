/// Finds the status lines in what a connection receives, however it is cut into chunks.
struct AnswerCounter {
  /// What a status line says.
  enum Kind {
    case good
    /// Refused for now: an error of the class `busy`.
    case busy
    case error
  }

  private enum Place {
    case lineStart
    /// In an error's line, of which so many bytes are as those of a busy one.
    case error(matched: Int)
    case restOfLine
  }

  private static let busy = Array("- busy.".utf8)
  private var place = Place.lineStart

  /// Calls `onAnswer` for each status line of the next chunk, as soon as its kind is known.
  mutating func take(
    _ bytes: UnsafeBufferPointer<UInt8>, _ onAnswer: (_ kind: Kind, _ index: Int) -> Void
  ) {
    for (index, byte) in bytes.enumerated() {
      switch place {
      case .restOfLine:
        if byte == 0x0A { place = .lineStart }
      case .lineStart:
        place = byte == 0x0A ? .lineStart : .restOfLine
        if byte == UInt8(ascii: "+") { onAnswer(.good, index) }
        if byte == UInt8(ascii: "-") { place = .error(matched: 1) }
      case .error(let matched):
        if byte != Self.busy[matched] {
          onAnswer(.error, index)
          place = byte == 0x0A ? .lineStart : .restOfLine
        } else if matched + 1 == Self.busy.count {
          onAnswer(.busy, index)
          place = .restOfLine
        } else {
          place = .error(matched: matched + 1)
        }
      }
    }
  }
}
