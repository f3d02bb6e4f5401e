/// Writing JSON text (RFC 8259) piece by piece, as UTF-8.
package enum JSON {
  /// Appends `text` as a JSON string, quotes included. Control characters and bidirectional
  /// overrides are escaped, so that the result is safe to show on a terminal.
  package static func appendString(_ text: String, to output: inout [UInt8]) {
    output.append(0x22)
    var text = text
    text.withUTF8 { bytes in
      var start = 0
      for index in bytes.indices {
        let byte = bytes[index]
        guard
          byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F || byte == 0xC2
            || byte == 0xE2
        else { continue }
        guard let (scalar, length) = unsafeScalar(bytes[index...]) else { continue }
        output.append(contentsOf: bytes[start..<index])
        appendEscape(scalar, to: &output)
        start = index + length
      }
      output.append(contentsOf: bytes[start...])
    }
    output.append(0x22)
  }

  /// `text` as a JSON string, quotes included.
  package static func string(_ text: String) -> String {
    var bytes: [UInt8] = []
    appendString(text, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The scalar that `bytes` start with and its length, if it must be escaped: C0 and C1 controls,
  /// the quote, the backslash, U+2028 to U+202E and U+2066 to U+2069.
  private static func unsafeScalar(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> (UInt16, Int)? {
    let first = bytes[bytes.startIndex]
    guard first >= 0x80 else { return (UInt16(first), 1) }
    let rest = Array(bytes.dropFirst().prefix(2))
    if first == 0xC2, let second = rest.first, second < 0xA0 { return (UInt16(second), 2) }
    guard first == 0xE2, rest.count == 2 else { return nil }
    let scalar = 0x2000 | UInt16(rest[0] & 0x3F) << 6 | UInt16(rest[1] & 0x3F)
    let isUnsafe = (0x2028...0x202E).contains(scalar) || (0x2066...0x2069).contains(scalar)
    return isUnsafe ? (scalar, 3) : nil
  }

  private static func appendEscape(_ scalar: UInt16, to output: inout [UInt8]) {
    output.append(0x5C)
    switch scalar {
    case 0x22, 0x5C: output.append(UInt8(scalar))
    case 0x08: output.append(UInt8(ascii: "b"))
    case 0x09: output.append(UInt8(ascii: "t"))
    case 0x0A: output.append(UInt8(ascii: "n"))
    case 0x0C: output.append(UInt8(ascii: "f"))
    case 0x0D: output.append(UInt8(ascii: "r"))
    default:
      let digits = Array("0123456789abcdef".utf8)
      output.append(UInt8(ascii: "u"))
      for shift in [12, 8, 4, 0] { output.append(digits[Int(scalar >> UInt16(shift)) & 15]) }
    }
  }
}
