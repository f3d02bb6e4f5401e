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
    /// There is no room for the request of this number: it waits, and what stands behind it, until
    /// the driver says `admit` or `refuse`.
    case wait(Int, Request)
    /// No more input is wanted until `resumeReading`.
    case pauseReading
    case resumeReading
    /// Send what is queued, then close.
    case close
  }

  /// Whose literal is coming piece by piece.
  private enum Feeding {
    case nobody
    case request(Int, wantsMore: Bool)
    /// Nobody's any more: it goes by.
    case discarding
  }

  private let order: @Sendable (Request) -> RequestOrder
  private let admits: @Sendable (Request, _ others: Int) -> Bool
  private let maximumInFlight: Int
  private let maximumUnsentBytes: Int
  private var reader: RequestReader
  private var queue = RequestQueue()
  private var feeding = Feeding.nobody
  private var inputHasEnded = false
  /// Framing is lost, or was never there: the error to say when all is answered that came before.
  private var farewell: [UInt8]?
  private var isClosing = false
  private var isPaused = false
  /// The number of the request that there is no room for. Nothing is started, what is urgent apart.
  private var waiting: Int?
  /// Bytes handed out since the driver last said that all of them had left.
  private var unsentBytes = 0
  /// The numbers of the latest lines that were no requests, or were cancelled before they ran: as many
  /// as can matter to what is under way.
  private var refusedLines: [Int] = []

  /// Whether nobody has said yet who they are. What strangers can make the server keep is little:
  /// the requests under way are no more bytes than one of them may be, and another.
  package var isAnonymous: Bool {
    get { reader.isAnonymous }
    set { reader.isAnonymous = newValue }
  }

  /// A session; `order` tells which requests may overlap with others.
  ///
  /// While more than `maximumUnsentBytes` of answers wait for a slow reader, nothing is taken and
  /// nothing is started; nor while so much waits for earlier answers.
  ///
  /// The literals of requests that `takesPieces` are not kept: they come with `feed`, when they are
  /// wanted. A request that the driver has no room for, as `admits` says when its turn has come, waits;
  /// there must be room for all that is urgent. It is told how many others start with it.
  package init(
    maximumInFlight: Int = Limits.requestsInFlight,
    maximumUnsentBytes: Int = Limits.queuedOutputBytes,
    order: @escaping @Sendable (Request) -> RequestOrder,
    takesPieces: @escaping @Sendable (Request) -> Bool = { _ in false },
    admits: @escaping @Sendable (Request, _ others: Int) -> Bool = { _, _ in true }
  ) {
    self.admits = admits
    self.maximumInFlight = maximumInFlight
    self.maximumUnsentBytes = maximumUnsentBytes
    self.order = order
    reader = RequestReader(takesPieces: takesPieces)
  }

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
    reader.feed(bytes)
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
  package func isFeeding(_ number: Int) -> Bool {
    if case .request(number, _) = feeding { true } else { false }
  }

  /// The running request of this number wants the next piece of its literal.
  package mutating func wantPiece(_ number: Int) -> [Action] {
    guard isFeeding(number) else { return [] }
    feeding = .request(number, wantsMore: true)
    return pump()
  }

  /// Lines of the answer to a request that goes on.
  package mutating func add(_ number: Int, _ lines: [UInt8]) -> [Action] {
    queue.add(number, lines) ? pump() : []
  }

  /// A request has ended, with the lines of its answer.
  package mutating func finish(_ number: Int, _ answer: [UInt8]) -> [Action] {
    if isFeeding(number) { feeding = .discarding }
    return queue.finish(number, answer) ? pump() : []
  }

  /// Refuses what waits for its turn, of this tag only if there is one, and tells what that was and
  /// which requests of it run: the driver is to cancel those.
  package mutating func cancel(
    tag: String?, before: Int? = nil, with error: DomainError
  ) -> (running: [Int], refused: [Request], actions: [Action]) {
    let running = queue.running(tag: tag, before: before)
    let refused = queue.refuseWaiting(tag: tag, before: before) {
      AnswerEncoder.error(error, tag: $0)
    }
    for (number, _) in refused {
      // A transaction around it is not what was meant any more.
      noteRefused(number)
      if isFeeding(number) { feeding = .discarding }
      if waiting == number { waiting = nil }
    }
    return (running, refused.map(\.request), refused.isEmpty ? [] : pump())
  }

  /// Whether the request of this number runs alone.
  package func runsAlone(_ number: Int) -> Bool { queue.runsAlone(number) }

  /// There is room for the request of this number, if it waits for it still.
  package mutating func admit(_ number: Int) -> [Action] {
    guard waiting == number else { return [] }
    waiting = nil
    return pump()
  }

  /// There was none for too long for the request of this number: it is answered so, if it waits still,
  /// and the session goes on.
  package mutating func refuse(_ number: Int) -> (isRefused: Bool, actions: [Action]) {
    guard waiting == number else { return (false, []) }
    waiting = nil
    queue.refuseWaiting(number: number) { AnswerEncoder.error(.tooManyRequests, tag: $0) }
    if isFeeding(number) { feeding = .discarding }
    return (true, pump())
  }

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
    waiting = nil
    let error = DomainError(.draining, "not run: the connection is ending", retry: .seconds(1))
    queue.refuseWaiting { AnswerEncoder.error(error, tag: $0) }
    if let tag = reader.abandonUnfinished() {
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
    while !isClosing, farewell == nil, !isDry, mayTakeMore {
      if let event = reader.next(isIdle: queue.isEmpty) {
        take(event, &fed)
        flush(&output)
      } else {
        isDry = !reader.isPostponing
      }
    }
    if isDry, inputHasEnded {
      farewell = unfinishedLine()
      // What is left of a literal does not come any more: an empty last piece would be a lie.
      _ = cutFeeding(DomainError(.truncated, "the input ended inside the literal"), &fed)
    }
    if let farewell, queue.isEmpty, !isClosing {
      isClosing = true
      output += farewell
    }
    var actions: [Action] = (output.isEmpty ? [] : [.send(output)]) + fed
    if !isClosing {
      let start = queue.start(
        onlyUrgent: waiting != nil || !mayStartMore, isAnonymous: isAnonymous, admits: admits)
      actions += start.requests.map { .run($0.number, $0.request) }
      if let (number, request) = start.waiting {
        waiting = number
        actions.append(.wait(number, request))
      }
    }
    if !isClosing, !inputHasEnded, isPaused == mayTakeMore {
      isPaused.toggle()
      actions.append(isPaused ? .pauseReading : .resumeReading)
    }
    if isClosing, queue.isEmpty { actions.append(.close) }
    return actions
  }

  private var mayTakeMore: Bool {
    switch feeding {
    case .request(_, let wantsMore): return wantsMore
    case .discarding: return true
    case .nobody: break
    }
    if reader.isPostponing { return queue.isEmpty }
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
  private mutating func cutFeeding(_ error: DomainError, _ fed: inout [Action]) -> Bool {
    defer { feeding = .nobody }
    guard case .request(let number, _) = feeding else { return false }
    fed.append(.cutOff(number, error))
    return true
  }

  /// What is said of a last line without its end. Of a literal that comes piece by piece its request
  /// says it, or has been answered before.
  private func unfinishedLine() -> [UInt8] {
    guard case .nobody = feeding, reader.isUnfinished else { return [] }
    let error = DomainError(
      .truncated, "the input ended inside a line; its last line must end with LF")
    return AnswerEncoder.error(error, tag: reader.unfinishedTag)
  }

  private mutating func take(_ event: RequestReader.Event, _ fed: inout [Action]) {
    switch event {
    case .request(let request, let size, let isFed):
      if isFed { feeding = .request(queue.nextNumber, wantsMore: false) }
      queue.append(request, size: size, order: order(request))
    case .piece(let bytes, let isLast):
      if case .request(let number, _) = feeding {
        fed.append(.feed(number, bytes, isLast: isLast))
        feeding = .request(number, wantsMore: false)
      }
      if isLast { feeding = .nobody }
    case .refused(let error, let tag): refuse(error, tag: tag)
    case .lost(let error, let tag):
      let isSaid = cutFeeding(error, &fed)
      farewell = isSaid ? [] : AnswerEncoder.error(error, tag: tag, isFatal: true)
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

  /// Takes the answers that may leave now.
  private mutating func flush(_ output: inout [UInt8]) {
    let before = output.count
    queue.takeAnswers(&output)
    unsentBytes += output.count - before
  }
}

extension DomainError {
  /// Said to a request that the server has no room for.
  package static let tooManyRequests = DomainError(
    .queueBusy, "too many requests are being worked on", retry: .seconds(1))
}
