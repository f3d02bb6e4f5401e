import Access
import CommandLanguage
import EventLoop
import Foundations
import LineProtocol
import Security

/// One client: its stream, its side of the protocol and its session.
///
/// It lives, and counts as one of the server's connections, until its socket is closed.
@EventLoop
final class ServerConnection {
  private enum Phase: Equatable {
    /// Nothing is said yet: TLS is being set up, or who is there is being looked up.
    case starting
    case open
    /// Nothing more is taken; what is queued leaves.
    case ending
    /// Everything has left, and the client has until this moment to close its side: a socket
    /// that is closed with input unread can lose the answers that are on their way.
    case lingering(until: Int64)
    case closed
  }

  let server: Server
  let session: Session
  private let stream: ByteStream
  let output: ClientOutput
  private let handshake: Handshake
  private var wire: WireSession
  private var phase = Phase.starting
  /// What came before the greeting.
  private var early: [UInt8] = []
  /// Whether the client sends nothing more.
  private(set) var inputHasEnded = false
  private var heardAt = MonotonicClock.nowMilliseconds
  /// The literal that comes piece by piece, and whose it is.
  private var literal: (number: Int, feed: LiteralFeed)?
  private var running: [Int: RunningRequest] = [:]
  /// Where it waits for room for its next request.
  var place: Admission.Place?

  init(_ server: Server, _ stream: ByteStream, _ peer: Peer) {
    self.server = server
    self.stream = stream
    output = ClientOutput(stream)
    let session = Session(source: peer.source)
    self.session = session
    handshake = Handshake(peer, session, stream)
    let registry = server.service.registry
    let admission = server.admission
    wire = WireSession(
      order: { request in
        guard let (command, _) = try? registry.resolve(request) else { return .beside }
        return RequestOrder(request, command.declaration)
      },
      takesPieces: { request in
        guard let (command, _) = try? registry.resolve(request) else { return false }
        return command.declaration.takesStream
          && command.declaration.parameters.contains {
            $0.kind == .stream && $0.name == request.arguments.last?.name
          }
      },
      admits: { request, others in
        EventLoop.assumeOnLoop { admission.admits(request, of: session, with: others) }
      })
  }

  /// The session of somebody who is silent, with nothing under way: their token may have been
  /// revoked meanwhile.
  func silentSession(at now: Int64) -> Session? {
    let isSilent = wire.unanswered == 0 && now - heardAt >= Limits.silenceMilliseconds
    return phase == .open && isSilent && session.principal != nil ? session : nil
  }

  /// Ends the connection if its session is one of those that have expired.
  func endIfExpired(_ sessions: [Session]) {
    guard phase == .open, wire.unanswered == 0, sessions.contains(where: { $0 === session }) else {
      return
    }
    end(.accessEnded)
  }

  /// Adds this connection to what the server says of itself.
  func count(in status: inout ServerStatus) {
    status.connections += 1
    if session.principal != nil { status.authenticated += 1 }
    status.running += running.count
    status.waiting += wire.unanswered - running.count
    status.streams += running.values.count { $0.streamsSince != nil }
  }

  func start() {
    session.hasRefusedLine = { [weak self] line in
      guard let self else { return true }
      return wire.hasRefusedLine(after: line, before: session.currentLine)
    }
    session.cancel = { [weak self] tag, before in self?.cancel(tag, before) ?? 0 }
    server.service.opened(session)
    stream.start(
      onPreamble: handshake.onPreamble,
      onReady: { [self] in handshake.identify(server.service) { self.greet() } },
      onBytes: { [self] in received($0) },
      onEnd: { [self] in ended($0) },
      onDrained: { [self] in outputHasLeft() })
  }

  private func greet() {
    guard phase == .starting else { return }
    phase = .open
    output.write(handshake.greeting)
    stream.resumeReading()
    let bytes = early
    early = []
    received(bytes)
    if inputHasEnded { perform(wire.endOfInput()) }
    if server.isDraining { drain() }
  }

  /// Lets what runs finish, then ends.
  func drain() {
    switch phase {
    // It is told when it can be.
    case .starting: handshake.hurry()
    case .open: perform(wire.drain())
    case .ending, .lingering, .closed: break
    }
    server.service.changes.wake()
  }

  /// Ends at once.
  func close() {
    guard phase != .closed else { return }
    phase = .closed
    stream.close()
    output.close()
    if let place { server.admission.leave(place) }
    // A client that is gone needs no rows any more; what writes is finished.
    for request in running.values where !request.writes { request.abandon() }
    literal?.feed.cut(DomainError(.truncated, "the connection ended inside the literal"))
    session.abandonTransaction()
    server.service.closed(session)
    server.ended(self)
  }

  /// Ends the connection if it has been silent, anonymous or unread for too long.
  func endIfOverdue(_ now: Int64) {
    if output.isStalled(at: now) {
      // It takes nothing, so it cannot be told.
      Log.info(
        "a client stopped reading and was dropped",
        [
          ("code", ErrorCode.slowClient.description), ("queued", String(output.queuedBytes)),
        ])
      return close()
    }
    let isTooLong = running.values.contains { request in
      request.streamsSince.map { now - $0 > Limits.copyMilliseconds } ?? false
    }
    if isTooLong {
      Log.info("an answer that streamed for too long was cut off")
      return close()
    }
    session.endTransactionIfOverdue(now)
    switch phase {
    case .starting:
      let delay = handshake.delay(at: now)
      if let delay { note(delay) }
      if delay != nil || handshake.isGivenUp(at: now) { close() }
    case .open:
      if session.principal == nil, wire.unanswered == 0,
        now - handshake.startedAt > Limits.loginMilliseconds
      {
        server.service.refused(
          session, command: "connect", .authenticationRequired, "no authentication in time")
        end(DomainError(.authenticationRequired, "no authentication in time"))
      } else if wire.unanswered == 0, now - heardAt > Limits.idleMilliseconds {
        end(DomainError(.timeout, "the connection was idle for too long"))
      }
    case .lingering(let end) where now > end: close()
    case .ending, .lingering, .closed: break
    }
  }

  private func end(_ error: DomainError) {
    output.write(AnswerEncoder.error(error, tag: nil, isFatal: true))
    finish()
  }

  /// Nothing more is said: closes when what is queued has left.
  private func finish() {
    guard phase == .open else { return }
    phase = .ending
    if output.queuedBytes == 0 { outputHasLeft() }
  }

  private func received(_ bytes: [UInt8]) {
    if phase == .starting { early += bytes }
    guard phase == .open else { return }
    heardAt = MonotonicClock.nowMilliseconds
    wire.isAnonymous = session.principal == nil
    perform(wire.receive(bytes))
  }

  private func ended(_ end: ByteStream.End) {
    if case .halfClosed = end { inputHasEnded = true }
    switch (end, phase) {
    case (.halfClosed, .open):
      perform(wire.endOfInput())
      server.service.changes.wake()
    // What it sent is answered when it has been greeted; what is queued still leaves.
    case (.halfClosed, .starting), (.halfClosed, .ending): break
    case (.refused(let error), .starting), (.refused(let error), .open):
      turnAway(Handshake.Refusal(error))
    case (.unannounced, .starting): if let refusal = handshake.refusal { turnAway(refusal) }
    case (.halfClosed, .lingering), (.halfClosed, .closed), (.lost, _), (.refused, _),
      (.unannounced, _):
      close()
    }
  }

  /// Nobody is served here: the audit says why, and so does the client's answer, if it can be told.
  private func turnAway(_ refusal: Handshake.Refusal) {
    note(refusal)
    if let error = refusal.error {
      output.write(AnswerEncoder.error(error, tag: nil, isFatal: true))
    }
    phase = .open
    finish()
  }

  private func note(_ refusal: Handshake.Refusal) {
    server.service.refused(session, command: "connect", refusal.code, refusal.reason)
  }

  private func outputHasLeft() {
    output.hasLeft()
    switch phase {
    case .open: perform(wire.outputHasLeft())
    case .ending where inputHasEnded: close()
    case .ending:
      phase = .lingering(until: MonotonicClock.nowMilliseconds + Limits.lingerMilliseconds)
      stream.endOutput()
      stream.resumeReading()
    case .starting, .lingering, .closed: break
    }
  }

  /// Cancels requests, those of one tag only if there is one: what waits for its turn is refused, what
  /// runs is asked to end. How many those were.
  private func cancel(_ tag: String?, _ before: Int?) -> Int {
    let (numbers, refused, actions) = wire.cancel(
      tag: tag, before: before, with: .cancelledByClient)
    for number in numbers { running[number]?.cancel() }
    for request in refused { server.service.cancelledBeforeItRan(request, session) }
    perform(actions)
    return numbers.count + refused.count
  }

  /// Does what the protocol says; requests that run have waited since that moment, in microseconds, if
  /// they have.
  private func perform(_ actions: [WireSession.Action], since: Int64? = nil) {
    for action in actions where phase == .open {
      switch action {
      case .send(let bytes): output.write(bytes)
      case .run(let number, let request):
        running[number] = RunningRequest(
          self, number, withLiteral(request, number), isFed: wire.isFeeding(number),
          since: since ?? MonotonicClock.nowMicroseconds)
      case .feed(let number, let bytes, let isLast):
        if literal?.number == number { literal?.feed.give(bytes, isLast: isLast) }
      case .cutOff(let number, let error):
        if literal?.number == number { literal?.feed.cut(error) }
      case .wait(let number, let request): server.admission.wait(self, number, for: request)
      case .pauseReading: stream.pauseReading()
      case .resumeReading: stream.resumeReading()
      case .close: finish()
      }
    }
  }

  /// The request with the literal that is still to come, if there is one.
  private func withLiteral(_ request: Request, _ number: Int) -> Request {
    guard wire.isFeeding(number), let last = request.arguments.indices.last else { return request }
    let feed = LiteralFeed { [weak self] in
      if let self { perform(wire.wantPiece(number)) }
    }
    literal = (number, feed)
    var request = request
    request.arguments[last].stream = feed.stream
    return request
  }

  // MARK: What runs

  /// Whether requests are still answered.
  var isOpen: Bool { phase == .open }

  /// Whether the connection ends when what runs has been answered.
  var isEnding: Bool { wire.isEnding }

  /// The request of this number begins to run.
  func begins(_ number: Int, isUrgent: Bool) {
    if wire.runsAlone(number) { session.currentLine = number }
    if isUrgent { session.urgentLine = number }
  }

  /// There is room for the request of this number, which has waited for it since this moment.
  func admit(_ number: Int, since: Int64) {
    guard phase == .open else { return }
    perform(wire.admit(number), since: since)
  }

  /// There was none for too long.
  func refuse(_ number: Int) {
    guard phase == .open else { return }
    let (isRefused, actions) = wire.refuse(number)
    if isRefused {
      server.metrics.ended(
        "", session, since: MonotonicClock.nowMicroseconds,
        error: DomainError.tooManyRequests.code, isTimed: false)
    }
    perform(actions)
  }

  /// Writes lines of the answer of a request that goes on.
  func add(_ number: Int, _ lines: [UInt8]) { perform(wire.add(number, lines)) }

  /// A request has ended, with the last lines of its answer.
  func finish(_ request: RunningRequest, _ answer: [UInt8]) {
    running[request.number] = nil
    if literal?.number == request.number { literal = nil }
    wire.isAnonymous = session.principal == nil
    perform(wire.finish(request.number, answer))
  }

  /// The connection ends when what runs has been answered. Watches have no end: they are woken to it.
  func endAfterAnswers() {
    wire.endAfterAnswers()
    server.service.changes.wake()
  }
}
