import CommandLanguage
import Foundations

/// Tab-separated cells, escaped as PostgreSQL's COPY text format escapes them.
///
/// Control characters without a letter of their own are written `\xHH`, byte for byte, which COPY
/// reads too: a session held with a plain TCP tool must not let data command the terminal, nor
/// turn the order of a line around.
enum TabSeparated {
  static func append(_ row: [Value], to output: inout [UInt8]) {
    var isFirst = true
    for value in row {
      if isFirst { isFirst = false } else { output.append(0x09) }
      switch value {
      case .null:
        output.append(0x5C)
        output.append(UInt8(ascii: "N"))
      case .text(let text): appendEscaped(text, to: &output)
      case .table: appendEscaped(value.shownText, to: &output)
      }
    }
  }

  private static func appendEscaped(_ text: String, to output: inout [UInt8]) {
    var text = text
    text.withUTF8 { appendEscaped($0, to: &output) }
  }

  private static func appendEscaped(
    _ bytes: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]
  ) {
    var start = 0
    for index in bytes.indices {
      let byte = bytes[index]
      guard byte < 0x20 || byte == 0x5C || byte == 0x7F || byte == 0xC2 || byte == 0xE2 else {
        continue
      }
      let length = byte == 0x5C ? 1 : TerminalHazard.at(index, in: bytes)?.length
      guard let length else { continue }
      output.append(contentsOf: bytes[start..<index])
      for byte in bytes[index..<(index + length)] { appendEscape(byte, to: &output) }
      start = index + length
    }
    output.append(contentsOf: bytes[start...])
  }

  static func appendEscape(_ byte: UInt8, to output: inout [UInt8]) {
    output.append(0x5C)
    switch byte {
    case 0x08: output.append(UInt8(ascii: "b"))
    case 0x09: output.append(UInt8(ascii: "t"))
    case 0x0A: output.append(UInt8(ascii: "n"))
    case 0x0B: output.append(UInt8(ascii: "v"))
    case 0x0C: output.append(UInt8(ascii: "f"))
    case 0x0D: output.append(UInt8(ascii: "r"))
    case 0x5C: output.append(0x5C)
    default:
      output.append(UInt8(ascii: "x"))
      output.append(Hexadecimal.digit(byte >> 4))
      output.append(Hexadecimal.digit(byte & 15))
    }
  }

  /// The cells of a line, unescaped; nil is null. An unknown escape stands for its letter.
  static func decode(_ line: some Collection<UInt8>) -> [String?] {
    line.split(separator: 0x09, omittingEmptySubsequences: false).map { cell in
      cell.elementsEqual([0x5C, UInt8(ascii: "N")]) ? nil : unescaped(Array(cell))
    }
  }

  private static func unescaped(_ cell: [UInt8]) -> String {
    var result: [UInt8] = []
    var index = 0
    while index < cell.count {
      var byte = cell[index]
      index += 1
      if byte == 0x5C, index < cell.count {
        (byte, index) = escape(cell, index)
      }
      result.append(byte)
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// The byte that the escape whose letter is at `index` stands for, and where it ends.
  private static func escape(_ cell: [UInt8], _ index: Int) -> (UInt8, Int) {
    switch cell[index] {
    case UInt8(ascii: "b"): return (0x08, index + 1)
    case UInt8(ascii: "t"): return (0x09, index + 1)
    case UInt8(ascii: "n"): return (0x0A, index + 1)
    case UInt8(ascii: "v"): return (0x0B, index + 1)
    case UInt8(ascii: "f"): return (0x0C, index + 1)
    case UInt8(ascii: "r"): return (0x0D, index + 1)
    case UInt8(ascii: "x"):
      guard index + 2 < cell.count, let high = Hexadecimal.value(cell[index + 1]),
        let low = Hexadecimal.value(cell[index + 2])
      else { return (cell[index], index + 1) }
      return (high << 4 | low, index + 3)
    default: return (cell[index], index + 1)
    }
  }
}

/// Hexadecimal digits, lower case.
enum Hexadecimal {
  static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? 0x30 + value : UInt8(ascii: "a") + value - 10
  }

  static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
