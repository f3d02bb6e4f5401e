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

  private static func isBare(_ bytes: String.UTF8View) -> Bool {
    guard let first = bytes.first, first != UInt8(ascii: "{") else { return false }
    var isAfterC2 = false
    return bytes.allSatisfy { byte in
      // C2 80 to C2 9F are the control characters of C1, which terminals may obey.
      defer { isAfterC2 = byte == 0xC2 }
      if isAfterC2, byte < 0xA0 { return false }
      return byte > 0x20 && byte != 0x22 && byte != 0x5C && byte != 0x7F
    }
  }
}
