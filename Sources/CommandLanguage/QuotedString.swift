/// A JSON string (RFC 8259, section 7) within a line: any language's JSON encoder quotes values
/// as this reads them.
struct QuotedString {
  /// Why there is no string, and the index of the byte where the trouble starts.
  struct Failure: Error {
    let message: String
    let index: Int
  }

  private let bytes: [UInt8]
  private var position: Int

  /// The text of the string whose opening quote is at `position`, which then is behind it.
  static func parse(_ bytes: [UInt8], _ position: inout Int) throws(Failure) -> String {
    var string = QuotedString(bytes: bytes, position: position)
    let text = try string.parse()
    position = string.position
    return text
  }

  private mutating func parse() throws(Failure) -> String {
    let start = position
    var result: [UInt8] = []
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return String(decoding: result, as: UTF8.self)
      case UInt8(ascii: "\\"):
        try parseEscape(into: &result)
      case 0..<0x20:
        throw Failure(
          message: "a control character in a string is written \\t, \\n or \\u00XX",
          index: position)
      default:
        result.append(byte)
        position += 1
      }
    }
    throw Failure(message: "the string that starts here is not closed", index: start)
  }

  private mutating func parseEscape(into result: inout [UInt8]) throws(Failure) {
    let start = position
    position += 2
    guard position <= bytes.count else {
      throw Failure(message: "the string is not closed", index: start)
    }
    if let byte = simpleEscape(bytes[position - 1]) {
      result.append(byte)
      return
    }
    guard bytes[position - 1] == UInt8(ascii: "u"), var scalar = parseHex() else {
      throw Failure(
        message: #"escapes are \" \\ \/ \b \f \n \r \t and \u with four digits"#, index: start)
    }
    if (0xD800..<0xDC00).contains(scalar), bytes[position...].starts(with: [0x5C, 0x75]) {
      position += 2
      guard let low = parseHex(), (0xDC00..<0xE000).contains(low) else {
        throw Failure(message: "half of a surrogate pair", index: start)
      }
      scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
    }
    guard scalar != 0, let unicode = Unicode.Scalar(scalar) else {
      throw Failure(
        message: "NUL and half of a surrogate pair cannot be stored", index: start)
    }
    result.append(contentsOf: Array(String(Character(unicode)).utf8))
  }

  private func simpleEscape(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x22, 0x5C, 0x2F: byte
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    default: nil
    }
  }

  /// Four hexadecimal digits. (The integer parser of the standard library takes a sign too.)
  private mutating func parseHex() -> UInt32? {
    guard position + 4 <= bytes.count else { return nil }
    var value: UInt32 = 0
    for byte in bytes[position..<(position + 4)] {
      switch byte {
      case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
      case 0x41...0x46, 0x61...0x66: value = value << 4 | UInt32((byte | 0x20) - 0x61 + 10)
      default: return nil
      }
    }
    position += 4
    return value
  }
}
