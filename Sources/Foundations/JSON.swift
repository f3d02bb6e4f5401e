/// Writing JSON text (RFC 8259) piece by piece, as UTF-8.
package enum JSON {
  /// Appends `text` as a JSON string, quotes included. Control characters are escaped, those of
  /// C1 (U+0080 to U+009F) too, so that the result is safe to show on a terminal.
  package static func appendString(_ text: String, to output: inout [UInt8]) {
    output.append(0x22)
    var text = text
    text.withUTF8 { bytes in
      var start = 0
      for index in bytes.indices {
        let byte = bytes[index]
        if byte == 0xC2, bytes[index + 1] < 0xA0 {
          output.append(contentsOf: bytes[start..<index])
          appendEscape(bytes[index + 1], to: &output)
          start = index + 2
        } else if byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F {
          output.append(contentsOf: bytes[start..<index])
          appendEscape(byte, to: &output)
          start = index + 1
        }
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

  private static func appendEscape(_ byte: UInt8, to output: inout [UInt8]) {
    switch byte {
    case 0x22, 0x5C: output.append(contentsOf: [0x5C, byte])
    case 0x08: output.append(contentsOf: Array(#"\b"#.utf8))
    case 0x09: output.append(contentsOf: Array(#"\t"#.utf8))
    case 0x0A: output.append(contentsOf: Array(#"\n"#.utf8))
    case 0x0C: output.append(contentsOf: Array(#"\f"#.utf8))
    case 0x0D: output.append(contentsOf: Array(#"\r"#.utf8))
    default:
      let digits = Array("0123456789abcdef".utf8)
      output.append(contentsOf: Array(#"\u00"#.utf8))
      output.append(digits[Int(byte >> 4)])
      output.append(digits[Int(byte & 15)])
    }
  }
}
