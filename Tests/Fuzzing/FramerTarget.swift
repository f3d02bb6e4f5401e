import CommandLanguage
import Foundations
import LineProtocol

/// The server's side of a connection: bytes in any pieces, requests that end in any order.
///
/// The input: a byte of choices; a seed for the pieces; the stream, in which the first 0xFE, which
/// UTF-8 never has, may stand for more letters than a stranger's line may have.
enum FramerTarget {
  private static let manyLetters = [UInt8](
    repeating: UInt8(ascii: "a"), count: Limits.anonymousBytes + 1)

  static func check(_ input: [UInt8]) throws(Violation) {
    guard input.count > 2 else { return }
    let choices = input[0]
    let isAnonymous = choices & 1 != 0
    let stream = choices & 0x30 == 0x30 ? expanded(input.dropFirst(2)) : Array(input.dropFirst(2))
    var driver = WireDriver(
      isAnonymous: isAnonymous, endsLastFirst: choices & 2 != 0,
      unsentBytes: choices & 4 != 0 ? 40 : .max, endsAtOnce: choices & 8 != 0)
    try driver.run(Pieces(stream, seed: input[1]))
    try Expectation(stream, isAnonymous: isAnonymous).check(driver)
  }

  private static func expanded(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    guard let place = bytes.firstIndex(of: 0xFE) else { return Array(bytes) }
    return bytes[..<place] + manyLetters + bytes[(place + 1)...]
  }
}

/// What is to be answered to a stream, worked out without a session.
private struct Expectation {
  /// Of each request without a tag: `+`, or `-` and the code.
  private var untagged: [String] = []
  /// Of the others, with their tags behind it, and sorted.
  private var tagged: [String] = []
  private let maximumLine: Int
  private let maximumLiteral: Int
  private var partial: Request?
  private var isFirstLine = true
  private var isLost = false

  init(_ stream: [UInt8], isAnonymous: Bool) {
    maximumLine = isAnonymous ? Limits.anonymousBytes : Limits.lineBytes
    maximumLiteral = isAnonymous ? Limits.anonymousBytes : Limits.literalBytes
    var framer = LineFramer()
    framer.feed(stream)
    while !isLost {
      let before = framer.pendingBytes
      guard let frame = framer.next() else { break }
      take(frame, before - framer.pendingBytes, &framer)
    }
    if !isLost, framer.isInsideFrame || partial != nil { add(.truncated, partial?.tag) }
    tagged.sort()
  }

  func check(_ driver: WireDriver) throws(Violation) {
    try demand(
      driver.untagged == untagged,
      "requests without tags have the answers \(driver.untagged) and not \(untagged)")
    let answers = driver.tagged.sorted()
    try demand(answers == tagged, "tagged requests have the answers \(answers) and not \(tagged)")
  }

  private mutating func add(_ code: ErrorCode?, _ tag: String?) {
    let status = code.map { "- \($0)" } ?? "+"
    if let tag { tagged.append("\(status) \(tag)") } else { untagged.append(status) }
  }

  private mutating func take(
    _ frame: LineFramer.Frame, _ count: Int, _ framer: inout LineFramer
  ) {
    switch frame {
    case .line(let line) where line.count > maximumLine:
      add(.lineTooLong, RequestParser.tag(of: line))
    case .line(let line): takeLine(line, &framer)
    case .literal:
      add(nil, partial?.tag)
      partial = nil
    // No request of these takes its literal in pieces.
    case .piece: break
    case .refused(let error, let tag):
      let isTooLong = partial == nil && count > maximumLine
      add(isTooLong ? .lineTooLong : error.code, partial?.tag ?? tag)
      partial = nil
    case .lost(let error):
      add(error.code, partial?.tag)
      isLost = true
    }
  }

  private mutating func takeLine(_ line: [UInt8], _ framer: inout LineFramer) {
    if isFirstLine, isHTTP(line) {
      add(.http, nil)
      isLost = true
      return
    }
    isFirstLine = false
    do throws(RequestError) {
      guard let request = try RequestParser.parse(line) else { return }
      guard let count = request.literalBytes else { return add(nil, request.tag) }
      guard count <= maximumLiteral else {
        isLost = true
        return add(.overflow, request.tag)
      }
      partial = request
      framer.expectLiteral(count)
    } catch {
      add(error.error.code, error.tag)
    }
  }

  private func isHTTP(_ line: [UInt8]) -> Bool {
    let methods = ["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "CONNECT", "PATCH", "PRI"]
    let words = line.split(separator: 0x20, maxSplits: 1, omittingEmptySubsequences: false)
    guard words.count == 2, methods.contains(where: { words[0].elementsEqual($0.utf8) }) else {
      return false
    }
    let rest = line[words[0].endIndex...]
    return rest.indices.contains { rest[$0...].starts(with: " HTTP/".utf8) }
  }
}
