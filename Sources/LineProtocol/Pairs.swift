import CommandLanguage
import Foundations

/// `name=value` pairs, as status lines carry them; a value that could be misread is a JSON string.
package struct Pairs: Sendable, Equatable {
  /// One name and its value.
  package struct Entry: Sendable, Equatable {
    /// The name: lower-case letters, digits and hyphens.
    package let name: String
    /// The value as it is meant, without quotes and escapes.
    package let value: String
  }

  /// The pairs in the order written.
  package private(set) var entries: [Entry]

  /// These pairs.
  package init(_ pairs: [(String, String)] = []) {
    entries = pairs.map { Entry(name: $0.0, value: $0.1) }
  }

  /// Reads pairs; nil for bytes that are none. What was meant for later versions is kept.
  package init?(decoding bytes: some Sequence<UInt8>) {
    entries = []
    let parsed: Request?
    do throws(RequestError) {
      parsed = try RequestParser.parse(Array(bytes))
    } catch {
      return nil
    }
    guard let request = parsed else { return }
    guard request.tag == nil, request.literalBytes == nil else { return nil }
    for argument in request.arguments {
      guard let name = argument.name, argument.comparison == .equal else { return nil }
      entries.append(Entry(name: name, value: argument.value))
    }
  }

  /// The value of the first pair of this name.
  package subscript(_ name: String) -> String? { entries.first { $0.name == name }?.value }

  /// The pairs as bytes, separated by single spaces.
  package static func encode(_ pairs: [(String, String)]) -> [UInt8] {
    var bytes: [UInt8] = []
    for (index, (name, value)) in pairs.enumerated() {
      if index > 0 { bytes.append(0x20) }
      append(name, value, to: &bytes)
    }
    return bytes
  }

  /// Appends one pair to `output`.
  package static func append(_ name: String, _ value: String, to output: inout [UInt8]) {
    output.append(contentsOf: name.utf8)
    output.append(UInt8(ascii: "="))
    appendValue(value, to: &output)
  }

  /// Appends a value to `output`, in quotes only where it needs them.
  package static func appendValue(_ value: String, to output: inout [UInt8]) {
    if isBare(value.utf8) {
      output.append(contentsOf: value.utf8)
    } else {
      JSON.appendString(value, to: &output)
    }
  }

  /// A value as a request or a pair carries it.
  package static func quoted(_ value: String) -> [UInt8] {
    var bytes: [UInt8] = []
    appendValue(value, to: &bytes)
    return bytes
  }

  private static func isBare(_ bytes: String.UTF8View) -> Bool {
    guard let first = bytes.first, first != UInt8(ascii: "{"), first != UInt8(ascii: "'") else {
      return false
    }
    // The last three bytes: what terminals may obey has up to three in UTF-8.
    var recent: UInt32 = 0
    return bytes.allSatisfy { byte in
      recent = recent << 8 & 0xFF_FFFF | UInt32(byte)
      switch recent {
      // The control characters of C1, U+0080 to U+009F.
      case _ where (0xC280...0xC29F).contains(recent & 0xFFFF): return false
      // Line separators, and what turns the order of text around: U+2028 to U+202E and
      // U+2066 to U+2069.
      case 0xE2_80A8...0xE2_80AE, 0xE2_81A6...0xE2_81A9: return false
      default: return byte > 0x20 && byte != 0x22 && byte != 0x5C && byte != 0x7F
      }
    }
  }
}
