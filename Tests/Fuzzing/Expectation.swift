import CommandLanguage
import Foundations
import LineProtocol

/// What is to be answered to a stream, worked out without a session, and without running anything: a
/// request that is one gets a `+` here.
package struct Expectation {
  /// Of each request without a tag: `+`, or `-` and the code.
  package private(set) var untagged: [String] = []
  /// Of the others, with their tags behind it, and sorted.
  package private(set) var tagged: [String] = []
  /// Whether it is not known any more where the next line starts: nothing is answered then.
  package private(set) var isLost = false
  private let maximumLine: Int
  private let maximumLiteral: Int
  private var partial: Request?
  /// Whether the literal of a request that has been refused goes by.
  private var goesBy = false
  private let refusesLiteral: (Request) -> Bool
  private var isFirstLine: Bool

  /// What is to be answered to a stream of a client that has said who it is, or has not. `begins` tells
  /// whether it is the first of its connection, and `refusesLiteral` of which requests the literals
  /// would be taken piece by piece, but are not wanted: those are refused first.
  package init(
    _ stream: [UInt8], isAnonymous: Bool, begins: Bool = true,
    refusesLiteral: @escaping (Request) -> Bool = { _ in false }
  ) {
    self.refusesLiteral = refusesLiteral
    isFirstLine = begins
    maximumLine = isAnonymous ? Limits.anonymousBytes : Limits.lineBytes
    maximumLiteral = isAnonymous ? Limits.anonymousBytes : Limits.literalBytes
    var framer = LineFramer()
    framer.feed(stream)
    while !isLost {
      let before = framer.pendingBytes
      guard let frame = framer.next() else { break }
      take(frame, before - framer.pendingBytes, &framer)
    }
    if !isLost, !goesBy, framer.isInsideFrame || partial != nil { add(.truncated, partial?.tag) }
    tagged.sort()
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
    case .piece(_, let isLast): goesBy = !isLast
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
      if refusesLiteral(request), count <= Limits.streamedLiteralBytes {
        goesBy = true
        framer.expectPieces(count)
        return add(nil, request.tag)
      }
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
