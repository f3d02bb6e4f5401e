import CommandLanguage
import Foundations

/// The requests in the bytes of one connection.
struct RequestReader {
  /// What has come.
  enum Event {
    /// A whole request, and the bytes that it came in; where `isFed`, its literal follows in pieces.
    case request(Request, size: Int, isFed: Bool)
    /// Bytes of a literal that comes in pieces.
    case piece([UInt8], isLast: Bool)
    /// A line that is no request.
    case refused(DomainError, tag: String?)
    /// Framing is lost, or was never there: nothing more can be read.
    case lost(DomainError, tag: String?)
  }

  private let takesPieces: @Sendable (Request) -> Bool
  private var framer = LineFramer()
  /// A request whose literal is to come, and the bytes of its line.
  private var partial: (request: Request, size: Int)?
  /// A line whose literal is too long for strangers, when it waits for the answers in front of it.
  private var postponedLine: [UInt8]?
  /// Whether the framer's next line does, being too long itself.
  private var isNextLinePostponed = false
  private var isFirstLine = true

  /// Whether nobody has said yet who they are: what may come is little.
  var isAnonymous = false {
    didSet { framer.maximumLineBytes = isAnonymous ? Limits.anonymousBytes : Limits.lineBytes }
  }

  /// A reader; the literals of requests that `takesPieces` are not kept, but for strangers'.
  init(takesPieces: @escaping @Sendable (Request) -> Bool) { self.takesPieces = takesPieces }

  /// Whether a line waits until every request in front of it has been answered.
  var isPostponing: Bool { postponedLine != nil || isNextLinePostponed }

  /// Whether the end of a line or of a literal is still to come.
  var isUnfinished: Bool { framer.isInsideFrame || partial != nil || postponedLine != nil }

  /// The tag of the request whose literal is still to come, if it has one.
  var unfinishedTag: String? { partial?.request.tag }

  /// Bytes have arrived.
  mutating func feed(_ bytes: [UInt8]) { framer.feed(bytes) }

  /// Gives up the request whose literal is still to come: its tag, if there was one.
  mutating func abandonUnfinished() -> String?? {
    defer { partial = nil }
    return partial.map(\.request.tag)
  }

  /// What comes next, if it is whole. `isIdle` tells whether every request in front of it has been
  /// answered.
  mutating func next(isIdle: Bool) -> Event? {
    if let line = postponedLine {
      guard isIdle else { return nil }
      postponedLine = nil
      if let event = read(line, isIdle: isIdle) { return event }
    }
    while postponedLine == nil {
      // The requests in front of it may say who speaks.
      isNextLinePostponed = isAnonymous && !isIdle && framer.isNextLineTooLong
      guard !isNextLinePostponed, let frame = framer.next() else { return nil }
      if let event = take(frame, isIdle: isIdle) { return event }
    }
    return nil
  }

  private mutating func take(_ frame: LineFramer.Frame, isIdle: Bool) -> Event? {
    switch frame {
    case .piece(let bytes, let isLast): return .piece(bytes, isLast: isLast)
    case .line(let line): return read(line, isIdle: isIdle)
    case .literal(let bytes):
      guard let size = partial?.size, var request = partial?.request else { return nil }
      partial = nil
      request.arguments[request.arguments.count - 1].value = String(
        decoding: bytes, as: UTF8.self)
      return .request(request, size: size + bytes.count, isFed: false)
    case .refused(let error, let tag): return .refused(error, tag: abandonUnfinished() ?? tag)
    case .lost(let error): return .lost(error, tag: abandonUnfinished() ?? nil)
    }
  }

  private mutating func read(_ line: [UInt8], isIdle: Bool) -> Event? {
    if isFirstLine, Self.looksLikeHTTP(line) {
      return .lost(
        DomainError(.http, "this port speaks SLP/1, one command a line, not HTTP; try: help"),
        tag: nil)
    }
    isFirstLine = false
    do throws(RequestError) {
      guard let request = try RequestParser.parse(line) else { return nil }
      guard let count = request.literalBytes else {
        return .request(request, size: line.count, isFed: false)
      }
      if isAnonymous, !isIdle, count > Limits.anonymousBytes {
        // The requests in front of it may say who speaks.
        postponedLine = line
        return nil
      }
      return expectLiteral(count, request, size: line.count)
    } catch {
      return .refused(error.error, tag: error.tag)
    }
  }

  private mutating func expectLiteral(_ count: Int, _ request: Request, size: Int) -> Event? {
    let isFed = !isAnonymous && takesPieces(request)
    let maximum =
      isFed
      ? Limits.streamedLiteralBytes : isAnonymous ? Limits.anonymousBytes : Limits.literalBytes
    guard count <= maximum else {
      let condition = isAnonymous ? " before authentication" : " here"
      return .lost(
        DomainError(
          .overflow, "a literal of \(count) bytes; at most \(maximum) are taken\(condition)"),
        tag: request.tag)
    }
    if isFed {
      framer.expectPieces(count)
      return .request(request, size: size, isFed: true)
    }
    framer.expectLiteral(count)
    partial = (request, size)
    return nil
  }

  private static let methods = [
    "GET ", "POST ", "PUT ", "HEAD ", "DELETE ", "OPTIONS ", "CONNECT ", "PATCH ", "PRI ",
  ]

  /// Whether it is a method, what it is about, however long that is, and a version.
  private static func looksLikeHTTP(_ line: [UInt8]) -> Bool {
    methods.contains { line.starts(with: $0.utf8) }
      && line.indices.contains { line[$0...].starts(with: " HTTP/".utf8) }
  }
}
