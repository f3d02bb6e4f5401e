import CommandLanguage
import Foundations

/// One connection's side of SLP/1 as a pure state machine: bytes and outcomes in, actions out.
///
/// Each request gets exactly one status line. Untagged answers leave in the order of their
/// requests. What runs beside what is its `RequestOrder`.
package struct WireSession {
  /// What the driver is to do.
  package enum Action: Sendable, Equatable {
    /// Send these bytes.
    case send([UInt8])
    /// Run the request, and report its end to `finish` under this number.
    case run(Int, Request)
    /// Bytes of the literal of the running request of this number, and whether they are the last.
    case feed(Int, [UInt8], isLast: Bool)
    /// The literal of this request does not end as it should: it is to be answered with this error.
    case cutOff(Int, DomainError)
    /// No more input is wanted until `resumeReading`.
    case pauseReading
    case resumeReading
    /// Send what is queued, then close.
    case close
  }

  private let order: @Sendable (Request) -> RequestOrder
  private let takesPieces: @Sendable (Request) -> Bool
  private let maximumInFlight: Int
  private let maximumUnsentBytes: Int
  private var framer = LineFramer()
  private var queue = RequestQueue()
  /// A request whose literal is to come, and the bytes of its line.
  private var partial: Request?
  private var partialSize = 0
  /// The request whose literal is coming piece by piece, and whether it wants the next.
  private var pieces: (number: Int, isWanted: Bool)?
  /// A line that waits for the answers in front of it.
  private var postponedLine: [UInt8]?
  private var isFirstLine = true
  private var inputHasEnded = false
  /// Framing is lost, or was never there: the error to say when all is answered that came before.
  private var farewell: [UInt8]?
  private var isClosing = false
  private var isPaused = false
  /// Bytes handed out since the driver last said that all of them had left.
  private var unsentBytes = 0

  /// Whether nobody has said yet who they are. What strangers can make the server keep is little:
  /// the requests under way are no more bytes than one of them may be, and another.
  package var isAnonymous = false {
    didSet { framer.maximumLineBytes = isAnonymous ? Limits.anonymousBytes : Limits.lineBytes }
  }

  /// A session; `order` tells which requests may overlap with others.
  ///
  /// While more than `maximumUnsentBytes` of answers wait for a slow reader, nothing is taken and
  /// nothing is started; nor while so much waits for earlier answers.
  ///
  /// The literals of requests that `takesPieces` are not kept: they come with `feed`, when they are
  /// wanted.
  package init(
    maximumInFlight: Int = Limits.requestsInFlight,
    maximumUnsentBytes: Int = Limits.queuedOutputBytes,
    order: @escaping @Sendable (Request) -> RequestOrder,
    takesPieces: @escaping @Sendable (Request) -> Bool = { _ in false }
  ) {
    self.maximumInFlight = maximumInFlight
    self.maximumUnsentBytes = maximumUnsentBytes
    self.order = order
    self.takesPieces = takesPieces
  }

  /// The numbers of the latest lines that were no requests, or were cancelled before they ran: as many as can matter to what is under way.
  private var refusedLines: [Int] = []

  /// Whether one of the lines between these was no request.
  package func hasRefusedLine(after first: Int, before last: Int) -> Bool {
    refusedLines.contains { first < $0 && $0 < last }
  }

  /// Whether the session ends when what runs has been answered: what has no end of its own is to be
  /// ended.
  package var isEnding: Bool { isClosing }

  /// Requests that are not answered yet.
  package var unanswered: Int { queue.count }

  /// A line that answers no request: the greeting, or that the server is stopping.
  package static func notice(_ pairs: [(String, String)]) -> [UInt8] {
    [UInt8(ascii: "*"), 0x20] + Pairs.encode(pairs) + [0x0A]
  }

  /// Bytes have arrived.
  package mutating func receive(_ bytes: [UInt8]) -> [Action] {
    guard !isClosing, farewell == nil else { return [] }
    framer.feed(bytes)
    return pump()
  }

  /// The client has sent its last byte: what it sent is finished and answered, then it ends.
  package mutating func endOfInput() -> [Action] {
    guard !isClosing, !inputHasEnded else { return [] }
    inputHasEnded = true
    return pump()
  }

  /// The server is stopping: nothing new is taken, what runs is finished, then it ends.
  package mutating func drain() -> [Action] {
    guard !isClosing else { return [] }
    endAfterAnswers()
    let notice = Self.notice([("drain", "yes"), ("msg", "the server is stopping")])
    return [.send(notice)] + pump()
  }

  /// Whether the literal of the request of this number is still to come.
  package func isFeeding(_ number: Int) -> Bool { pieces?.number == number }

  /// The running request of this number wants the next piece of its literal.
  package mutating func wantPiece(_ number: Int) -> [Action] {
    guard pieces?.number == number else { return [] }
    pieces?.isWanted = true
    return pump()
  }

  /// Lines of the answer to a request that goes on.
  package mutating func add(_ number: Int, _ lines: [UInt8]) -> [Action] {
    queue.add(number, lines) ? pump() : []
  }

  /// A request has ended, with the lines of its answer.
  package mutating func finish(_ number: Int, _ answer: [UInt8]) -> [Action] {
    // Nobody wants what is left of its literal: it goes by.
    if pieces?.number == number { pieces = (-1, true) }
    return queue.finish(number, answer) ? pump() : []
  }

  /// Refuses what waits for its turn, of this tag only if there is one, and tells how many those
  /// were and which requests of it run: the driver is to cancel those.
  package mutating func cancel(
    tag: String?, before: Int? = nil, with error: DomainError
  ) -> (running: [Int], refused: Int, actions: [Action]) {
    let running = queue.running(tag: tag, before: before)
    let refused = queue.refuseWaiting(tag: tag, before: before) {
      AnswerEncoder.error(error, tag: $0)
    }
    // A transaction around them is not what was meant any more.
    for number in refused { noteRefused(number) }
    // Nobody will want the literal.
    if let pieces, refused.contains(pieces.number) { self.pieces = (-1, true) }
    return (running, refused.count, refused.isEmpty ? [] : pump())
  }

  /// Whether the request of this number runs alone.
  package func runsAlone(_ number: Int) -> Bool { queue.runsAlone(number) }

  /// Everything that was sent has left.
  package mutating func outputHasLeft() -> [Action] {
    unsentBytes = 0
    return isClosing ? [] : pump()
  }

  /// The session ends when what runs has been answered: what waits for its turn is refused, and
  /// nothing more is taken. Called while a request runs.
  package mutating func endAfterAnswers() {
    guard !isClosing else { return }
    isClosing = true
    let error = DomainError(.draining, "not run: the connection is ending", retry: .seconds(1))
    queue.refuseWaiting { AnswerEncoder.error(error, tag: $0) }
    if let tag = partial.map(\.tag) {
      partial = nil
      queue.append(answer: AnswerEncoder.error(error, tag: tag), tag: tag)
    }
  }

  // MARK: Input

  /// Does all that can be done now, which a chunk of any bytes bounds: frames are left where they
  /// are once enough requests are under way or enough output waits.
  private mutating func pump() -> [Action] {
    var output: [UInt8] = []
    flush(&output)
    var isDry = false
    var fed: [Action] = []
    if let line = postponedLine, queue.isEmpty, !isClosing {
      postponedLine = nil
      takeLine(line)
      flush(&output)
    }
    while !isClosing, farewell == nil, !isDry, mayTakeMore {
      if let frame = framer.next() {
        take(frame, &fed)
        flush(&output)
      } else {
        isDry = true
      }
    }
    if isDry, inputHasEnded {
      farewell = unfinishedLine()
      // What is left of a literal does not come any more: an empty last piece would be a lie.
      _ = cutPieces(DomainError(.truncated, "the input ended inside the literal"), &fed)
    }
    if let farewell, queue.isEmpty, !isClosing {
      isClosing = true
      output += farewell
    }
    var actions: [Action] = (output.isEmpty ? [] : [.send(output)]) + fed
    if !isClosing {
      actions += queue.start(onlyUrgent: !mayStartMore).map { .run($0.number, $0.request) }
    }
    if !isClosing, !inputHasEnded, isPaused == mayTakeMore {
      isPaused.toggle()
      actions.append(isPaused ? .pauseReading : .resumeReading)
    }
    if isClosing, queue.isEmpty { actions.append(.close) }
    return actions
  }

  private var mayTakeMore: Bool {
    if let pieces { return pieces.isWanted }
    if postponedLine != nil { return false }
    return queue.count < maximumInFlight && unsentBytes <= maximumUnsentBytes
      && (!isAnonymous || queue.requestBytes < Limits.anonymousBytes)
  }

  /// Finished answers wait for something that runs; where nothing runs, the next must start, for
  /// them to leave.
  private var mayStartMore: Bool {
    guard unsentBytes <= maximumUnsentBytes else { return false }
    return unsentBytes + queue.finishedBytes <= maximumUnsentBytes || !queue.isRunning
  }

  /// Ends the literal that comes piece by piece; whether the request that takes it will say so.
  private mutating func cutPieces(_ error: DomainError, _ fed: inout [Action]) -> Bool {
    defer { pieces = nil }
    guard let pieces, pieces.number >= 0 else { return false }
    fed.append(.cutOff(pieces.number, error))
    return true
  }

  /// What is said of a last line without its end. Of a literal that comes piece by piece its request
  /// says it, or has been answered before.
  private func unfinishedLine() -> [UInt8] {
    guard pieces == nil, framer.isInsideFrame || partial != nil || postponedLine != nil else {
      return []
    }
    let error = DomainError(
      .truncated, "the input ended inside a line; its last line must end with LF")
    return AnswerEncoder.error(error, tag: partial?.tag)
  }

  private mutating func take(_ frame: LineFramer.Frame, _ fed: inout [Action]) {
    switch frame {
    case .piece(let bytes, let isLast):
      if let pieces, pieces.number >= 0 {
        fed.append(.feed(pieces.number, bytes, isLast: isLast))
        self.pieces?.isWanted = false
      }
      if isLast { pieces = nil }
    case .line(let line): takeLine(line)
    case .literal(let bytes):
      guard var request = partial else { return }
      partial = nil
      request.arguments[request.arguments.count - 1].value = String(
        decoding: bytes, as: UTF8.self)
      enqueue(request, size: partialSize + bytes.count)
    case .refused(let error, let tag):
      let tag = partial?.tag ?? tag
      partial = nil
      refuse(error, tag: tag)
    case .lost(let error):
      let tag = partial?.tag
      partial = nil
      if cutPieces(error, &fed) { farewell = [] } else { end(error, tag: tag) }
    }
  }

  /// Whether a line must wait until it is known who speaks: the requests in front of it may say so.
  private func mustWait(_ request: Request) -> Bool {
    guard isAnonymous, !queue.isEmpty, let count = request.literalBytes else { return false }
    return count > Limits.anonymousBytes
  }

  private mutating func takeLine(_ line: [UInt8]) {
    if isFirstLine, Self.looksLikeHTTP(line) {
      return end(
        DomainError(.http, "this port speaks SLP/1, one command a line, not HTTP; try: help"),
        tag: nil)
    }
    isFirstLine = false
    do throws(RequestError) {
      guard let request = try RequestParser.parse(line) else { return }
      guard let count = request.literalBytes else {
        return enqueue(request, size: line.count)
      }
      if mustWait(request) {
        postponedLine = line
        return
      }
      if takesPieces(request), !isAnonymous {
        guard count <= Limits.streamedLiteralBytes else {
          return end(
            DomainError(
              .overflow,
              "a literal of \(count) bytes; at most \(Limits.streamedLiteralBytes) are taken here"),
            tag: request.tag)
        }
        pieces = (queue.nextNumber, false)
        framer.expectPieces(count)
        return enqueue(request, size: line.count)
      }
      let maximum = isAnonymous ? Limits.anonymousBytes : Limits.literalBytes
      guard count <= maximum else {
        let condition = isAnonymous ? " before authentication" : ""
        return end(
          DomainError(
            .overflow, "a literal of \(count) bytes; at most \(maximum) are taken\(condition)"),
          tag: request.tag)
      }
      partial = request
      partialSize = line.count
      framer.expectLiteral(count)
    } catch {
      refuse(error.error, tag: error.tag)
    }
  }

  private mutating func refuse(_ error: DomainError, tag: String?) {
    noteRefused(queue.nextNumber)
    queue.append(answer: AnswerEncoder.error(error, tag: tag), tag: tag)
  }

  private mutating func noteRefused(_ number: Int) {
    if refusedLines.count == Self.refusedLinesKept { refusedLines.removeFirst() }
    refusedLines.append(number)
  }

  /// More than can come between a commit's being read and its being run.
  private static let refusedLinesKept = 4 * Limits.requestsInFlight

  private mutating func enqueue(_ request: Request, size: Int) {
    queue.append(request, size: size, order: order(request))
  }

  private mutating func end(_ error: DomainError, tag: String?) {
    farewell = AnswerEncoder.error(error, tag: tag, isFatal: true)
  }

  /// Takes the answers that may leave now.
  private mutating func flush(_ output: inout [UInt8]) {
    let before = output.count
    queue.takeAnswers(&output)
    unsentBytes += output.count - before
  }

  private static func looksLikeHTTP(_ line: [UInt8]) -> Bool {
    let text = String(decoding: line.prefix(4_096), as: UTF8.self)
    guard text.contains(" HTTP/") else { return false }
    return ["GET ", "POST ", "PUT ", "HEAD ", "DELETE ", "OPTIONS ", "CONNECT ", "PATCH ", "PRI "]
      .contains { text.hasPrefix($0) }
  }
}
