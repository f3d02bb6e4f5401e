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

  private let server: Server
  private let stream: ByteStream
  private let peer: Peer
  private let session: Session
  private var wire: WireSession
  private var phase = Phase.starting
  /// What came before the greeting.
  private var early: [UInt8] = []
  private var inputHasEnded = false
  private let startedAt = MonotonicClock.nowMilliseconds
  private var heardAt = MonotonicClock.nowMilliseconds
  /// Bytes given to the stream, and how many of them the client had taken at the last sweep that
  /// saw it take some.
  private var writtenBytes = 0
  private var takenBytes = 0
  private var tookAt = MonotonicClock.nowMilliseconds
  /// The literal that comes piece by piece, and whose it is.
  private var literal: (number: Int, feed: LiteralFeed)?
  /// What runs.
  private var running: [Int: RunningRequest] = [:]
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
    stream.start(
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
    case .starting: close()
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
    for request in running.values where !request.writes { request.task.cancel() }
    literal?.feed.cut(DomainError(.truncated, "the connection ended inside the literal"))
    session.abandonTransaction()
    server.service.closed(session)
    server.ended(self)
  }

  /// Ends the connection if it has been silent, anonymous or unread for too long.
  func endIfOverdue(_ now: Int64) {
    let taken = writtenBytes - stream.queuedBytes
    if stream.queuedBytes == 0 || taken != takenBytes {
      takenBytes = taken
      tookAt = now
    } else if now - tookAt > Limits.stalledReaderMilliseconds {
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
    case .starting where now - startedAt > Limits.loginMilliseconds:
      server.service.refused(session, command: "connect", .authenticationRequired, "no TLS in time")
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
    inputHasEnded = true
    switch (end, phase) {
    case (.halfClosed, .open):
      perform(wire.endOfInput())
      server.service.changes.wake()
    // What it sent is answered when it has been greeted; what is queued still leaves.
    case (.halfClosed, .starting), (.halfClosed, .ending): break
    case (.refused(let error), .starting), (.refused(let error), .open): refused(error)
    case (.halfClosed, .lingering), (.halfClosed, .closed), (.lost, _), (.refused, _): close()
    }
  }

  /// TLS has failed. A client that speaks none can be told in its own way.
  private func refused(_ error: TLSError) {
    let code: ErrorCode = error.isPlaintext ? .tlsRequired : .tlsFailed
    server.service.refused(session, command: "connect", code, error.message)
    if error.isPlaintext {
      write(
        AnswerEncoder.error(
          DomainError(
            .tlsRequired, "this port speaks TLS 1.3 only",
            suggestion: "openssl s_client -quiet -connect HOST:PORT"), tag: nil, isFatal: true))
    }
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
    for number in numbers {
      running[number]?.isCancelled = true
      running[number]?.task.cancel()
    }
    perform(actions)
    return numbers.count + refused
  }

  /// Writes rows as fast as the client takes them; the last lines of their answer.
  private func stream(
    _ rows: RowStream, _ number: Int, _ style: AnswerEncoder.Style, showsProgress: Bool
  ) async throws(DomainError) -> [UInt8] {
    var answer = StreamedAnswer(rows.columns, style)
    let start = MonotonicClock.nowMilliseconds
    running[number]?.streamsSince = start
    let progress = LoopTimer()
    if showsProgress { reportProgress(progress, number, style.tag) }
    defer { progress.cancel() }
    do throws(DomainError) {
      while phase == .open, let records = try await rows.next() {
        answer.append(records)
        running[number]?.rows = answer.rowCount
        perform(wire.add(number, answer.take()))
        await roomForOutput()
        sayProgress(number, style.tag)
        if running[number]?.isCancelled == true { throw .cancelledByClient }
        // It may go on for long: whoever is let in no more gets no more.
        try await server.service.recheck(session)
      }
    } catch {
      await rows.close()
      // The rows so far have left, or will: the error ends their answer.
      perform(wire.add(number, answer.take()))
      throw error
    }
    await rows.close()
    answer.finish(milliseconds: MonotonicClock.nowMilliseconds - start)
    return answer.take()
  }

  /// Writes lines as they come, for as long as the client wants them: it ends by an error, which says
  /// how to go on.
  private func push(
    _ pushes: PushStream, _ number: Int, _ tag: String?
  ) async throws(DomainError) {
    do throws(DomainError) {
      while phase == .open {
        if running[number]?.isCancelled == true { throw .cancelledByClient }
        if wire.isEnding {
          throw DomainError(.draining, "the connection is ending", retry: .seconds(1))
        }
        try await server.service.recheck(session)
        // A client that sends nothing more may listen still, or be gone: writing tells.
        let lines = try await pushes.next(isProbing: inputHasEnded)
        guard !lines.isEmpty else { continue }
        perform(wire.add(number, AnswerEncoder.pushes(lines, tag: tag)))
        await roomForOutput()
      }
      throw .cancelledByClient
    } catch {
      var error = error
      error.suggestion = await pushes.close()
      throw error
    }
  }

  /// Says every second how many rows have been written; where there is no room for it, when there is.
  private func reportProgress(_ timer: LoopTimer, _ number: Int, _ tag: String?) {
    timer.start(milliseconds: Limits.progressMilliseconds) { [weak self, weak timer] in
      guard let self, let timer, running[number] != nil else { return }
      running[number]?.isProgressDue = true
      if hasRoom { sayProgress(number, tag) }
      reportProgress(timer, number, tag)
    }
  }

  private func sayProgress(_ number: Int, _ tag: String?) {
    guard let request = running[number], request.isProgressDue else { return }
    running[number]?.isProgressDue = false
    let milliseconds = MonotonicClock.nowMilliseconds - (request.streamsSince ?? 0)
    let pairs = [("rows", String(request.rows)), ("ms", String(milliseconds))]
    perform(wire.add(number, AnswerEncoder.progress(pairs, tag: tag)))
  }

  /// Returns when little enough output waits for the client, or it is gone.
  private func roomForOutput() async {
    guard !hasRoom else { return }
    await withCheckedContinuation { writer in
      waitingForRoom.append(writer)
      // The client may have taken it all on the way here, or have gone.
      if hasRoom { resumeWriters() }
    }
  }

  private var hasRoom: Bool {
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
      case .run(let number, let request):
        let request = withLiteral(request, number)
        running[number] = RunningRequest(
          task: EventLoop.task { await self.run(number, request) },
          writes: server.service.writes(request))
      case .feed(let number, let bytes, let isLast):
        if literal?.number == number { literal?.feed.give(bytes, isLast: isLast) }
      case .cutOff(let number, let error):
        if literal?.number == number { literal?.feed.cut(error) }
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

  private func write(_ bytes: [UInt8]) {
    writtenBytes += bytes.count
    stream.write(bytes)
  }

  private func run(_ number: Int, _ request: Request) async {
    defer {
      running[number] = nil
      if literal?.number == number { literal = nil }
    }
    let start = MonotonicClock.nowMicroseconds
    if wire.runsAlone(number) { session.currentLine = number } else { session.urgentLine = number }
    let answer: [UInt8]
    // A literal that comes piece by piece takes as long as its client does.
    var isTimed = !wire.isFeeding(number)
    do throws(DomainError) {
      let (reply, invocation) = try await server.service.run(request, session)
      if case .goodbye = reply { endAfterAnswers() }
      let style = AnswerEncoder.Style(
        format: invocation.options.format ?? session.format, width: session.width,
        tag: request.tag)
      switch reply {
      case .stream(let rows):
        isTimed = false
        answer = try await stream(
          rows, number, style, showsProgress: invocation.options.progress)
      case .pushes(let pushes):
        isTimed = false
        try await push(pushes, number, request.tag)
        answer = []
      default:
        answer = AnswerEncoder.answer(
          reply, style, milliseconds: (MonotonicClock.nowMicroseconds - start) / 1_000)
      }
      server.metrics.ended(path(request), session, since: start, error: nil, isTimed: isTimed)
    } catch {
      var error = error
      if error.code == .internalFault, error.reference == nil {
        error = ErrorTranslation.fault(error.message)
      }
      server.metrics.ended(
        path(request), session, since: start, error: error.code, isTimed: isTimed)
      // A literal that ends in the wrong place has lost the framing.
      let isFatal =
        [.authenticationExpired, .overflow].contains(error.code)
        || session.failedLogins >= Limits.failedLogins
      if isFatal { endAfterAnswers() }
      answer = AnswerEncoder.error(error, tag: request.tag, isFatal: isFatal)
    }
    wire.isAnonymous = session.principal == nil
    perform(wire.finish(number, answer))
  }

  /// The command's words, without its arguments; empty where there is no such command.
  private func path(_ request: Request) -> String {
    (try? server.service.registry.resolve(request).0.declaration.path) ?? ""
  }

  /// The connection ends when what runs has been answered. Watches have no end: they are woken to it.
  private func endAfterAnswers() {
    wire.endAfterAnswers()
    server.service.changes.wake()
  }
}

/// A request that runs.
private struct RunningRequest {
  let task: Task<Void, Never>
  /// Whether it changes data: then it is finished even for a client that is gone.
  let writes: Bool
  var isCancelled = false
  /// When its rows began to stream, and how many have been written.
  var streamsSince: Int64?
  var rows = 0
  var isProgressDue = false
}

extension RequestOrder {
  /// The order of a request for this command.
  init(_ request: Request, _ command: CommandDeclaration) {
    if command.isUrgent {
      self = .urgent
    } else if case .pushes = command.returns {
      // Without a tag, the answers behind it would wait for ever.
      self = request.tag == nil ? .alone : .detached
    } else if command.effect.writes {
      self = .alone
    } else if let limit = request.arguments.first(where: { $0.name == "limit" })?.value {
      // What streams needs little memory. Without a tag, the answers behind it would wait in it.
      let isTagged = request.tag != nil
      let isShort = Int(limit).map { $0 <= Limits.rowsSideBySide } ?? false
      self = isShort ? .beside : limit == "all" && isTagged ? .detached : .alone
    } else {
      switch command.returns {
      // What answers no rows may change the session: auth, set, quit.
      case .done, .step: self = .alone
      // Whatever that is.
      case .other: self = .alone
      case .record, .list, .page, .pushes: self = .beside
      }
    }
  }
}
