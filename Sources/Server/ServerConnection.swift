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
  private let peer: Peer
  private var wire: WireSession
  private var phase = Phase.starting
  /// Why a load balancer's connection is not served.
  private var refusal: DomainError?
  /// What came before the greeting.
  private var early: [UInt8] = []
  /// Whether the client sends nothing more.
  private(set) var inputHasEnded = false
  private let startedAt = MonotonicClock.nowMilliseconds
  /// By when it is to have begun, while the server is stopping.
  private var startsUntil: Int64?
  private var heardAt = MonotonicClock.nowMilliseconds
  private var intake = OutputIntake()
  /// Whether its own requests are as many as they may be, and whether all the server's are.
  private var isReadingPaused = false
  private var isHeld = false
  /// The literal that comes piece by piece, and whose it is.
  private var literal: (number: Int, feed: LiteralFeed)?
  private var running: [Int: RunningRequest] = [:]
  /// Requests that are to be refused, with their tags, and whether that is being done.
  private var tooMany: [(number: Int, tag: String?)] = []
  private var isRefusing = false
  /// Answers that go on when the client has taken what waits.
  private var waitingForRoom: [CheckedContinuation<Void, Never>] = []

  init(_ server: Server, _ stream: ByteStream, _ peer: Peer) {
    self.server = server
    self.stream = stream
    self.peer = peer
    session = Session(source: peer.source)
    let registry = server.service.registry
    wire = WireSession(
      order: { request in
        guard let (command, _) = try? registry.resolve(request) else { return .beside }
        return RequestOrder(request, command.declaration)
      },
      takesPieces: { request in
        guard let (command, _) = try? registry.resolve(request) else { return false }
        return command.declaration.parameters.contains {
          $0.kind == .stream && $0.name == request.arguments.last?.name
        }
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

  /// Bytes of answers that the client has not taken.
  var queuedBytes: Int { stream.queuedBytes }

  func start() {
    session.hasRefusedLine = { [weak self] line in
      guard let self else { return true }
      return wire.hasRefusedLine(after: line, before: session.currentLine)
    }
    session.cancel = { [weak self] tag, before in self?.cancel(tag, before) ?? 0 }
    server.service.opened(session)
    var onPreamble: (@EventLoop ([UInt8]) -> ByteStream.Preamble)?
    if peer.isBalancer { onPreamble = { [self] in announced($0) } }
    stream.start(
      onPreamble: onPreamble,
      onReady: { [self] in ready() },
      onBytes: { [self] in received($0) },
      onEnd: { [self] in ended($0) },
      onDrained: { [self] in outputHasLeft() })
  }

  /// Both ends can speak; the connection itself may tell who the client is.
  private func ready() {
    session.channelBinding = stream.channelBinding
    if peer.isOwner {
      session.begin(as: .owner)
      return greet()
    }
    guard
      let credential = peer.credential ?? stream.peerName.map({ Credential.certificate(name: $0) })
    else {
      return greet()
    }
    stream.pauseReading()
    EventLoop.task {
      await self.server.service.identify(self.session, credential)
      await self.greet()
    }
  }

  private func greet() {
    guard phase == .starting else { return }
    phase = .open
    var mechanisms = session.principal == nil ? [] : ["peer"]
    mechanisms += ["token", session.channelBinding == nil ? "scram" : "scram-plus"]
    write(
      WireSession.notice([
        ("slp", "1"), ("server", Server.name), ("auth", mechanisms.joined(separator: ",")),
        ("max-line", String(Limits.lineBytes)), ("max-literal", String(Limits.literalBytes)),
        ("max-inflight", String(Limits.requestsInFlight)),
        ("session", String(session.number)), ("secret", session.secret),
      ]))
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
    // It is told when it can be. What takes long to begin is not waited for.
    case .starting: startsUntil = MonotonicClock.nowMilliseconds + Limits.lingerMilliseconds
    case .lingering: close()
    case .open, .ending, .closed: perform(wire.drain())
    }
    server.service.changes.wake()
  }

  /// Ends at once.
  func close() {
    guard phase != .closed else { return }
    phase = .closed
    stream.close()
    resumeWriters()
    // A client that is gone needs no rows any more; what writes is finished.
    for request in running.values where !request.writes { request.abandon() }
    literal?.feed.cut(DomainError(.truncated, "the connection ended inside the literal"))
    session.abandonTransaction()
    server.service.closed(session)
    server.ended(self)
  }

  /// Ends the connection if it has been silent, anonymous or unread for too long.
  func endIfOverdue(_ now: Int64) {
    if intake.isStalled(queued: stream.queuedBytes, at: now) {
      // It takes nothing, so it cannot be told.
      Log.info(
        "a client stopped reading and was dropped",
        [
          ("code", ErrorCode.slowClient.description), ("queued", String(stream.queuedBytes)),
        ])
      return close()
    }
    let streamsSince = running.values.compactMap(\.streamsSince).min()
    if let streamsSince, now - streamsSince > Limits.copyMilliseconds {
      Log.info("an answer that streamed for too long was cut off")
      return close()
    }
    session.endTransactionIfOverdue(now)
    switch phase {
    case .starting where startsUntil.map { now > $0 } ?? false: close()
    case .starting where now - startedAt > Limits.loginMilliseconds:
      server.service.refused(
        session, command: "connect", .authenticationRequired,
        "no \(peer.isBalancer ? "PROXY header or " : "")TLS in time")
      close()
    case .open:
      if session.principal == nil, wire.unanswered == 0, now - startedAt > Limits.loginMilliseconds
      {
        server.service.refused(
          session, command: "connect", .authenticationRequired, "no authentication in time")
        end(DomainError(.authenticationRequired, "no authentication in time"))
      } else if wire.unanswered == 0, now - heardAt > Limits.idleMilliseconds {
        end(DomainError(.timeout, "the connection was idle for too long"))
      }
    case .lingering(let end) where now > end: close()
    case .starting, .ending, .lingering, .closed: break
    }
  }

  private func end(_ error: DomainError) {
    write(AnswerEncoder.error(error, tag: nil, isFatal: true))
    finish()
  }

  /// Nothing more is said: closes when what is queued has left.
  private func finish() {
    guard phase == .open else { return }
    phase = .ending
    if stream.queuedBytes == 0 { outputHasLeft() }
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
    case (.refused(let error), .starting), (.refused(let error), .open): refused(error)
    case (.unannounced, .starting): if let refusal { turnAway(refusal, refusal.message) }
    case (.halfClosed, .lingering), (.halfClosed, .closed), (.lost, _), (.refused, _),
      (.unannounced, _):
      close()
    }
  }

  /// What a load balancer says of its connection.
  private func announced(_ bytes: [UInt8]) -> ByteStream.Preamble {
    switch ProxyHeader.parse(bytes) {
    case .needsMore: return .needsMore
    case .complete(.balancer, let length): return .complete(length: length)
    case .complete(.client(let address, let isSecure), let length):
      let host = address.map { NetworkAddress.unmapped(NetworkAddress.split($0).host) }
      session.source = host ?? session.source
      let isLocal = host.map { NetworkAddress.isLoopback($0) } ?? false
      if stream.isUnderTLS || isSecure || isLocal { return .complete(length: length) }
      refusal = DomainError(
        .tlsRequired,
        "the load balancer does not say that its client speaks TLS to it; have it say so "
          + "(HAProxy: send-proxy-v2-ssl), or pass TLS on to --listen-tls")
    case .refused(let reason):
      refusal = DomainError(.noProxyHeader, reason)
    }
    return .refused
  }

  /// Says why nobody is served here, for the client and for the audit.
  private func turnAway(_ error: DomainError, _ reason: String) {
    server.service.refused(session, command: "connect", error.code, reason)
    write(AnswerEncoder.error(error, tag: nil, isFatal: true))
    phase = .open
    finish()
  }

  /// TLS has failed. A client that speaks none can be told in its own way.
  private func refused(_ error: TLSError) {
    guard !error.isPlaintext else {
      return turnAway(
        DomainError(
          .tlsRequired, "this port speaks TLS 1.3 only",
          suggestion: "openssl s_client -quiet -connect HOST:PORT"), error.message)
    }
    server.service.refused(session, command: "connect", .tlsFailed, error.message)
    phase = .open
    finish()
  }

  private func outputHasLeft() {
    resumeWriters()
    switch phase {
    case .open: perform(wire.outputHasLeft())
    case .ending where inputHasEnded || server.isDraining: close()
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
    perform(actions)
    return numbers.count + refused
  }

  /// Returns when little enough output waits for the client, or it is gone.
  func roomForOutput() async {
    guard !hasRoom else { return }
    await withCheckedContinuation { writer in
      waitingForRoom.append(writer)
      // The client may have taken it all on the way here, or have gone.
      if hasRoom { resumeWriters() }
    }
  }

  /// Whether little enough output waits for the client.
  var hasRoom: Bool {
    phase == .closed || stream.queuedBytes <= Limits.queuedOutputBytes
  }

  private func resumeWriters() {
    let writers = waitingForRoom
    waitingForRoom = []
    for writer in writers { writer.resume() }
  }

  private func perform(_ actions: [WireSession.Action]) {
    for action in actions where phase == .open {
      switch action {
      case .send(let bytes): write(bytes)
      case .run(let number, let request) where server.admission.refuses(request, session):
        tooMany.append((number, request.tag))
      case .run(let number, let request):
        running[number] = RunningRequest(
          self, number, withLiteral(request, number), isFed: wire.isFeeding(number))
      case .feed(let number, let bytes, let isLast):
        if literal?.number == number { literal?.feed.give(bytes, isLast: isLast) }
      case .cutOff(let number, let error):
        if literal?.number == number { literal?.feed.cut(error) }
      case .pauseReading:
        isReadingPaused = true
        stream.pauseReading()
      case .resumeReading:
        isReadingPaused = false
        if !isHeld { stream.resumeReading() }
      case .close: finish()
      }
    }
    refuseTooMany()
  }

  /// Answers what there is no room for. That makes room for the next lines, which are refused here too.
  private func refuseTooMany() {
    guard !isRefusing, !tooMany.isEmpty else { return }
    isRefusing = true
    let now = MonotonicClock.nowMicroseconds
    while let (number, tag) = tooMany.popLast() {
      server.metrics.ended("", session, since: now, error: Admission.error.code, isTimed: false)
      server.admission.refused(self)
      if literal?.number == number { literal = nil }
      perform(wire.finish(number, Admission.refusal(tag: tag)))
    }
    isRefusing = false
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

  /// Reads nothing until `release`; false where it is so already, or the connection is ending.
  func hold() -> Bool {
    guard phase == .open, !isHeld else { return false }
    isHeld = true
    stream.pauseReading()
    return true
  }

  /// Reads again.
  func release() {
    isHeld = false
    if phase == .open, !isReadingPaused { stream.resumeReading() }
  }

  private func write(_ bytes: [UInt8]) {
    intake.written(bytes.count)
    stream.write(bytes)
  }

  // MARK: What runs

  /// Whether requests are still answered.
  var isOpen: Bool { phase == .open }

  /// Whether the connection ends when what runs has been answered.
  var isEnding: Bool { wire.isEnding }

  /// The request of this number begins to run.
  func begins(_ number: Int) {
    if wire.runsAlone(number) { session.currentLine = number } else { session.urgentLine = number }
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
