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
        let isQuoted = byte == 0x22 || byte == 0x5C
        guard
          let (scalar, length) = isQuoted
            ? (UInt16(byte), 1) : TerminalHazard.at(index, in: bytes)
        else { continue }
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

  /// Appends a character as strings escape it.
  package static func appendEscape(_ scalar: UInt16, to output: inout [UInt8]) {
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
