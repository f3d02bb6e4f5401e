/// One statement of an SQL file.
struct SQLStatement: Equatable {
  /// From the statement's first word on, without the semicolon.
  var text: String
  /// The line of its first word in the file, counted from 1.
  var line: Int
  /// Its first words in lower case, for the little that must be known about it.
  var words: [String]

  /// The line in the file of a position in the statement, counted in characters from 1 as
  /// PostgreSQL counts them.
  func line(at position: Int?) -> Int {
    guard let position, position > 1 else { return line }
    return text.unicodeScalars.prefix(position - 1).reduce(line) { $1 == "\n" ? $0 + 1 : $0 }
  }
}

/// Splits a file into statements, so that each failure has a line even where PostgreSQL gives no
/// position, and so that none of them ends the transaction around the file.
///
/// It knows what hides a semicolon: comments, quotes of every kind, parentheses, and the bodies
/// of SQL-standard routines (`BEGIN ATOMIC … END`), which it counts as psql does.
struct SQLSplitter {
  /// Why a file cannot be split.
  struct Problem: Error, Equatable {
    var line: Int
    var message: String
  }

  private let bytes: [UInt8]
  private var index = 0
  private var line = 1
  private var statements: [SQLStatement] = []
  private var start: (index: Int, line: Int)?
  private var words: [String] = []
  private var parentheses = 0
  private var blocks = 0

  static func split(_ sql: String) throws(Problem) -> [SQLStatement] {
    var splitter = SQLSplitter(bytes: Array(sql.utf8))
    try splitter.run()
    return splitter.statements
  }

  private init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  private mutating func run() throws(Problem) {
    while let byte = peek() {
      if Self.isBlank(byte) {
        advance()
      } else if byte == UInt8(ascii: "-") && peek(1) == byte {
        skipLine()
      } else if byte == UInt8(ascii: "/") && peek(1) == UInt8(ascii: "*") {
        try skipComment()
      } else if byte == UInt8(ascii: ";") && parentheses == 0 && blocks == 0 {
        finish()
        advance()
      } else {
        if start == nil { start = (index, line) }
        try token(byte)
      }
    }
    finish()
  }

  private mutating func token(_ byte: UInt8) throws(Problem) {
    switch byte {
    case UInt8(ascii: "'"): try skipQuoted(byte, escapes: false)
    case UInt8(ascii: "\""): try skipQuoted(byte, escapes: false)
    case UInt8(ascii: "$"): try skipDollarQuoted()
    case UInt8(ascii: "("): parentheses += 1; advance()
    case UInt8(ascii: ")"): parentheses = max(0, parentheses - 1); advance()
    case UInt8(ascii: "\\"):
      throw Problem(line: line, message: "a backslash command of psql has no place here")
    case 0: throw Problem(line: line, message: "the file holds a NUL byte")
    default:
      if Self.isWordStart(byte) { try word() } else { advance() }
    }
  }

  private mutating func word() throws(Problem) {
    let from = index
    while let byte = peek(), Self.isWordPart(byte) { advance() }
    // E'…' alone lets a backslash hide the quote.
    if index - from == 1, bytes[from] | 0x20 == UInt8(ascii: "e"), peek() == UInt8(ascii: "'") {
      return try skipQuoted(UInt8(ascii: "'"), escapes: true)
    }
    let text = String(decoding: bytes[from..<index], as: UTF8.self).lowercased()
    if words.count < 4 { words.append(text) }
    guard createsRoutine, parentheses == 0 else { return }
    switch text {
    case "begin": blocks += 1
    case "case" where blocks > 0: blocks += 1
    case "end" where blocks > 0: blocks -= 1
    default: break
    }
  }

  private var createsRoutine: Bool {
    guard words.first == "create" else { return false }
    let isReplacing = words.count > 3 && words[1] == "or" && words[2] == "replace"
    guard words.count > 1 else { return false }
    return ["function", "procedure"].contains(isReplacing ? words[3] : words[1])
  }

  private mutating func finish() {
    if let start {
      let text = String(decoding: bytes[start.index..<index], as: UTF8.self)
      statements.append(SQLStatement(text: text, line: start.line, words: words))
    }
    start = nil
    words = []
    parentheses = 0
    blocks = 0
  }

  private func peek(_ offset: Int = 0) -> UInt8? {
    index + offset < bytes.count ? bytes[index + offset] : nil
  }

  private mutating func advance() {
    if bytes[index] == UInt8(ascii: "\n") { line += 1 }
    index += 1
  }

  private mutating func skipLine() {
    while let byte = peek(), byte != UInt8(ascii: "\n") { advance() }
  }

  private mutating func skipComment() throws(Problem) {
    let opened = line
    var depth = 0
    while let byte = peek() {
      if byte == UInt8(ascii: "/") && peek(1) == UInt8(ascii: "*") {
        depth += 1
        advance()
      } else if byte == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/") {
        depth -= 1
        advance()
      }
      advance()
      if depth == 0 { return }
    }
    throw Problem(line: opened, message: "a comment is not closed")
  }

  private mutating func skipQuoted(_ quote: UInt8, escapes: Bool) throws(Problem) {
    let opened = line
    advance()
    while let byte = peek() {
      advance()
      if escapes && byte == UInt8(ascii: "\\") && peek() != nil { advance() }
      // A doubled quote closes and opens again, which comes to the same here.
      if byte == quote {
        guard escapes && peek() == quote else { return }
        advance()
      }
    }
    throw Problem(line: opened, message: "a quotation is not closed")
  }

  private mutating func skipDollarQuoted() throws(Problem) {
    let opened = line
    var end = index + 1
    while end < bytes.count, bytes[end] != UInt8(ascii: "$"), Self.isWordPart(bytes[end]) {
      end += 1
    }
    guard end < bytes.count, bytes[end] == UInt8(ascii: "$"),
      end == index + 1 || Self.isWordStart(bytes[index + 1])
    else { return advance() }
    let tag = Array(bytes[index...end])
    while index <= end { advance() }
    while index + tag.count <= bytes.count {
      if bytes[index] == tag[0] && bytes[index..<index + tag.count].elementsEqual(tag) {
        index += tag.count
        return
      }
      advance()
    }
    throw Problem(
      line: opened,
      message: "a quotation with \(String(decoding: tag, as: UTF8.self)) "
        + "is not closed")
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0d).contains(byte)
  }

  private static func isWordStart(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
      || byte >= 0x80
  }

  private static func isWordPart(_ byte: UInt8) -> Bool {
    isWordStart(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || byte == UInt8(ascii: "$")
  }
}
