import CommandLanguage
import Foundations

/// One connection's side of SLP/1 as a pure state machine: bytes and outcomes in, actions out.
///
/// Each request gets exactly one status line. Untagged answers leave in the order of their
/// requests. Reads that follow one another run side by side; a write, or anything that changes the
/// session, runs alone.
package struct WireSession {
  /// What the driver is to do.
  package enum Action: Sendable, Equatable {
    /// Send these bytes.
    case send([UInt8])
    /// Run the request, and report its end to `finish` under this number.
    case run(Int, Request)
    /// No more input is wanted until `resumeReading`.
    case pauseReading
    case resumeReading
    /// Send what is queued, then close.
    case close
  }

  private struct Slot {
    let number: Int
    let tag: String?
    /// Not run yet: it waits for its turn.
    var request: Request?
    let runsAlone: Bool
    /// The whole answer, waiting for earlier answers to leave.
    var answer: [UInt8]?
  }

  private let runsAlone: @Sendable (Request) -> Bool
  private let maximumInFlight: Int
  private var framer = LineFramer()
  private var slots: [Slot] = []
  private var nextNumber = 0
  private var partial: Request?
  private var isFirstLine = true
  private var inputHasEnded = false
  private var isClosing = false
  private var isPaused = false

  /// A session; `runsAlone` tells which requests must not overlap with others.
  package init(
    maximumInFlight: Int = Limits.requestsInFlight,
    runsAlone: @escaping @Sendable (Request) -> Bool
  ) {
    self.maximumInFlight = maximumInFlight
    self.runsAlone = runsAlone
  }

  /// Requests that are not answered yet.
  package var unanswered: Int { slots.count }

  /// The first line a client sees.
  package static func greeting(server: String, authenticated: Bool) -> [UInt8] {
    let pairs = [
      ("slp", "1"), ("server", server), ("auth", authenticated ? "peer,token" : "token"),
      ("max-line", String(Limits.lineBytes)), ("max-inflight", String(Limits.requestsInFlight)),
    ]
    return notice(pairs)
  }

  private static func notice(_ pairs: [(String, String)]) -> [UInt8] {
    [UInt8(ascii: "*"), 0x20] + Pairs.encode(pairs) + [0x0A]
  }

  /// Bytes have arrived.
  package mutating func receive(_ bytes: [UInt8]) -> [Action] {
    guard !isClosing else { return [] }
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
    var actions: [Action] = [
      .send(Self.notice([("drain", "yes"), ("msg", "the server is stopping")]))
    ]
    refuseWaiting()
    isClosing = true
    actions += flush()
    return actions
  }

  /// A request has ended, with the lines of its answer.
  package mutating func finish(_ number: Int, _ answer: [UInt8]) -> [Action] {
    guard let index = slots.firstIndex(where: { $0.number == number }) else { return [] }
    slots[index].answer = answer
    return isClosing ? flush() : pump()
  }

  /// The session's last answer has been given: nothing more is taken.
  package mutating func endAfterAnswers() { isClosing = true }

  // MARK: Input

  private mutating func pump() -> [Action] {
    var actions = flush()
    while slots.count < maximumInFlight, !isClosing, let frame = framer.next() {
      take(frame)
      actions += flush()
    }
    actions += startWaiting()
    let full = slots.count >= maximumInFlight
    if full != isPaused, !isClosing, !inputHasEnded {
      isPaused = full
      actions.append(full ? .pauseReading : .resumeReading)
    }
    if inputHasEnded, slots.isEmpty, !isClosing {
      isClosing = true
      if framer.pendingBytes > 0 || partial != nil {
        let error = DomainError(
          .truncated, "the input ended inside a line; its last line must end with LF")
        actions.append(.send(AnswerEncoder.error(error, tag: nil)))
      }
      actions.append(.close)
    }
    return actions
  }

  private mutating func take(_ frame: LineFramer.Frame) {
    switch frame {
    case .line(let line): takeLine(line)
    case .literal(let bytes):
      guard var request = partial else { return }
      partial = nil
      request.arguments[request.arguments.count - 1].value = String(
        decoding: bytes, as: UTF8.self)
      enqueue(request)
    case .refused(let error):
      let tag = partial?.tag
      partial = nil
      enqueueAnswer(AnswerEncoder.error(error, tag: tag), tag: tag)
    case .lost(let error): end(error)
    }
  }

  private mutating func takeLine(_ line: [UInt8]) {
    if isFirstLine, Self.looksLikeHTTP(line) {
      return end(
        DomainError(.http, "this port speaks SLP/1, one command a line, not HTTP; try: help"))
    }
    isFirstLine = false
    do throws(RequestError) {
      guard let request = try RequestParser.parse(line) else { return }
      guard let count = request.literalBytes else { return enqueue(request) }
      guard count <= Limits.literalBytes else {
        return end(
          DomainError(
            .overflow, "a literal of \(count) bytes; at most \(Limits.literalBytes) are taken"))
      }
      partial = request
      framer.expectLiteral(count)
    } catch {
      enqueueAnswer(AnswerEncoder.error(error.error, tag: error.tag), tag: error.tag)
    }
  }

  private mutating func enqueue(_ request: Request) {
    slots.append(
      Slot(
        number: nextNumber, tag: request.tag, request: request, runsAlone: runsAlone(request),
        answer: nil))
    nextNumber += 1
  }

  private mutating func enqueueAnswer(_ answer: [UInt8], tag: String?) {
    slots.append(
      Slot(number: nextNumber, tag: tag, request: nil, runsAlone: false, answer: answer))
    nextNumber += 1
  }

  /// Framing is lost, or was never there: say so after what runs has been answered, and end.
  private mutating func end(_ error: DomainError) {
    refuseWaiting()
    enqueueAnswer(AnswerEncoder.error(error, tag: nil, isFatal: true), tag: nil)
    isClosing = true
  }

  private mutating func refuseWaiting() {
    for index in slots.indices where slots[index].request != nil {
      let error = DomainError(
        .draining, "not run: the connection is ending", retry: .seconds(1))
      slots[index].answer = AnswerEncoder.error(error, tag: slots[index].tag)
      slots[index].request = nil
    }
  }

  // MARK: Output

  /// Starts what may run now: everything up to the first that must wait.
  private mutating func startWaiting() -> [Action] {
    guard !isClosing else { return [] }
    var actions: [Action] = []
    var othersRun = false
    for index in slots.indices where slots[index].answer == nil {
      if let request = slots[index].request {
        if slots[index].runsAlone, othersRun { break }
        slots[index].request = nil
        actions.append(.run(slots[index].number, request))
      }
      if slots[index].runsAlone { break }
      othersRun = true
    }
    return actions
  }

  /// Sends the answers that may leave: tagged ones at once, untagged ones in order.
  private mutating func flush() -> [Action] {
    var bytes: [UInt8] = []
    var isBlocked = false
    var index = 0
    while index < slots.count {
      if let answer = slots[index].answer, !isBlocked || slots[index].tag != nil {
        bytes.isEmpty ? bytes = answer : bytes.append(contentsOf: answer)
        slots.remove(at: index)
        continue
      }
      if slots[index].tag == nil { isBlocked = true }
      index += 1
    }
    var actions: [Action] = bytes.isEmpty ? [] : [.send(bytes)]
    if isClosing, slots.isEmpty { actions.append(.close) }
    return actions
  }

  private static func looksLikeHTTP(_ line: [UInt8]) -> Bool {
    let text = String(decoding: line.prefix(4_096), as: UTF8.self)
    guard text.contains(" HTTP/") else { return false }
    return ["GET ", "POST ", "PUT ", "HEAD ", "DELETE ", "OPTIONS ", "CONNECT ", "PATCH ", "PRI "]
      .contains { text.hasPrefix($0) }
  }
}
