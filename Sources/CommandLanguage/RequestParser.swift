import Foundations

/// Takes a line apart into words and arguments, by the grammar of SLP/1.
///
///     request = [ "@" tag SP ] arg *( SP arg )
///     arg     = value / name op value / name "={" 1*DIGIT "}"
///     value   = bare / json-string
///
/// A byte order mark before it is no part of it: editors put one at the start of a script.
package struct RequestParser {
  private let bytes: [UInt8]
  private var position = 0
  private var tag: String?

  /// Parses one line, without its end of line. An empty or blank line, or one that starts with
  /// `--` (a comment in scripts), is nil.
  package static func parse(_ line: [UInt8]) throws(RequestError) -> Request? {
    var parser = RequestParser(bytes: line)
    return try parser.request()
  }

  /// Parses one line of text.
  package static func parse(_ line: String) throws(RequestError) -> Request? {
    try parse(Array(line.utf8))
  }

  /// The tag that a line begins with, for lines that are refused before they are parsed.
  package static func tag(of line: some Sequence<UInt8>) -> String? {
    let most = byteOrderMark.count + Limits.tagCharacters + 2
    var parser = RequestParser(bytes: Array(line.prefix(most)))
    parser.skipSpace()
    guard parser.position < parser.bytes.count else { return nil }
    let start = parser.position
    try? parser.parseTag()
    // A tag that nothing follows here may go on in the line.
    guard let tag = parser.tag, parser.position > start + 1 + tag.utf8.count else { return nil }
    return tag
  }

  private init(bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: Self.byteOrderMark) { position = Self.byteOrderMark.count }
  }

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  private mutating func request() throws(RequestError) -> Request? {
    skipSpace()
    if position == bytes.count { return nil }
    if bytes[position...].starts(with: [0x2D, 0x2D]) { return nil }
    try parseTag()
    var arguments: [Argument] = []
    var literalBytes: Int?
    while position < bytes.count {
      if literalBytes != nil { throw failure("a literal {N} must be the last argument", position) }
      guard arguments.count < Limits.arguments else {
        throw failure("more than \(Limits.arguments) arguments", position)
      }
      let start = position
      let (argument, literal) = try parseArgument(start)
      arguments.append(argument)
      literalBytes = literal
      guard position == bytes.count || isSpace(bytes[position]) else {
        throw failure("a space must follow the closing quote", position)
      }
      skipSpace()
    }
    if arguments.isEmpty { throw failure("a command must follow the tag", position) }
    return Request(tag: tag, arguments: arguments, literalBytes: literalBytes)
  }

  private mutating func parseTag() throws(RequestError) {
    guard bytes[position] == UInt8(ascii: "@") else { return }
    let start = position + 1
    var end = start
    while end < bytes.count, isTagByte(bytes[end]) { end += 1 }
    guard end > start, end - start <= Limits.tagCharacters,
      end == bytes.count || isSpace(bytes[end])
    else {
      throw failure(
        "a tag is @ and 1 to \(Limits.tagCharacters) letters, digits, - or _", position)
    }
    tag = String(decoding: bytes[start..<end], as: UTF8.self)
    position = end
    skipSpace()
  }

  private mutating func parseArgument(_ start: Int) throws(RequestError) -> (Argument, Int?) {
    guard let (name, comparison) = parseName() else {
      return (Argument(value: try parseValue(), column: column(start)), nil)
    }
    if comparison == .equal, let count = parseLiteral() {
      return (Argument(name: name, value: "", column: column(start)), count)
    }
    let value = position < bytes.count && !isSpace(bytes[position]) ? try parseValue() : ""
    return (
      Argument(name: name, comparison: comparison, value: value, column: column(start)), nil
    )
  }

  /// `name op`, if the argument starts with it; nothing is consumed otherwise.
  private mutating func parseName() -> (String, Comparison)? {
    var end = position
    while end < bytes.count, isNameByte(bytes[end], first: end == position) { end += 1 }
    guard end > position, end < bytes.count else { return nil }
    let next = end + 1 < bytes.count ? bytes[end + 1] : 0
    let comparison: Comparison
    switch (bytes[end], next) {
    case (UInt8(ascii: "="), _): comparison = .equal
    case (UInt8(ascii: "!"), UInt8(ascii: "=")): comparison = .notEqual
    case (UInt8(ascii: "<"), UInt8(ascii: "=")): comparison = .lessOrEqual
    case (UInt8(ascii: ">"), UInt8(ascii: "=")): comparison = .greaterOrEqual
    case (UInt8(ascii: "<"), _): comparison = .less
    case (UInt8(ascii: ">"), _): comparison = .greater
    case (UInt8(ascii: "~"), _): comparison = .contains
    default: return nil
    }
    let name = String(decoding: bytes[position..<end], as: UTF8.self)
    position = end + comparison.rawValue.utf8.count
    return (name, comparison)
  }

  /// `{N}` at the end of the line.
  private mutating func parseLiteral() -> Int? {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "{"),
      bytes.last == UInt8(ascii: "}"), bytes.count - position >= 3
    else { return nil }
    let digits = bytes[(position + 1)..<(bytes.count - 1)]
    guard digits.count <= 12, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
    position = bytes.count
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }

  private mutating func parseValue() throws(RequestError) -> String {
    if bytes[position] == UInt8(ascii: "\"") { return try parseString() }
    let start = position
    while position < bytes.count, !isSpace(bytes[position]) {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 || byte == 0x7F {
        throw failure(
          "a value with a quote, a backslash or a control character must stand in double quotes",
          position)
      }
      position += 1
    }
    if bytes[start] == UInt8(ascii: "'") {
      // A shell's habit: taken as it stands, it would be stored with its quotes, or be two values.
      throw failure(
        #"text with spaces stands in double quotes, as "Hello World", not in single ones"#, start)
    }
    if bytes[start] == UInt8(ascii: "{") {
      throw failure("a value that starts with { must stand in double quotes", start)
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func parseString() throws(RequestError) -> String {
    do throws(QuotedString.Failure) {
      return try QuotedString.parse(bytes, &position)
    } catch {
      throw failure(error.message, error.index)
    }
  }

  private mutating func skipSpace() {
    while position < bytes.count, isSpace(bytes[position]) { position += 1 }
  }

  private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  private func isNameByte(_ byte: UInt8, first: Bool) -> Bool {
    switch byte {
    case 0x61...0x7A: true
    case 0x30...0x39, 0x2D: !first
    default: false
    }
  }

  private func isTagByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
    default: false
    }
  }

  /// Bytes before `index` that start a character, plus one.
  private func column(_ index: Int) -> Int {
    bytes[..<index].reduce(1) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
  }

  private func failure(_ message: String, _ index: Int) -> RequestError {
    RequestError(tag: tag, error: DomainError(.syntax, message, column: column(index)))
  }
}
