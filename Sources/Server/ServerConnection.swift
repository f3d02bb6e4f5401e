import Access
import CommandLanguage
import EventLoop
import Foundations
import LineProtocol

/// One client: its stream, its side of the protocol and its session.
@EventLoop
final class ServerConnection {
  private unowned let server: Server
  private let stream: ByteStream
  private let session: Session
  private var wire: WireSession
  private let startedAt = MonotonicClock.nowMilliseconds
  private var heardAt = MonotonicClock.nowMilliseconds
  private var drainedAt = MonotonicClock.nowMilliseconds
  private var pausedByProtocol = false
  private var pausedByOutput = false
  private var hasEnded = false

  init(_ server: Server, _ stream: ByteStream, _ session: Session) {
    self.server = server
    self.stream = stream
    self.session = session
    let registry = server.service.registry
    wire = WireSession { request in
      guard let command = try? registry.resolve(request).0.declaration else { return false }
      guard case .read = command.effect else { return true }
      // What answers no rows may change the session: auth, set, quit.
      if case .done = command.returns { return true }
      return false
    }
  }

  func start() {
    stream.start(
      onBytes: { [self] in received($0) },
      onEnd: { [self] in ended($0) },
      onDrained: { [self] in drained() })
    stream.write(
      WireSession.greeting(server: Server.name, authenticated: session.principal != nil))
  }

  /// Lets what runs finish, then ends.
  func drain() { perform(wire.drain()) }

  /// Ends at once.
  func close() {
    guard !hasEnded else { return }
    hasEnded = true
    stream.close()
    server.ended(self)
  }

  /// Ends the connection if it has been silent, anonymous or unread for too long.
  func endIfOverdue(_ now: Int64) {
    if session.principal == nil, now - startedAt > Limits.loginMilliseconds {
      end(DomainError(.authenticationRequired, "no authentication in time"))
    } else if wire.unanswered == 0, now - heardAt > Limits.idleMilliseconds {
      end(DomainError(.timeout, "the connection was idle for too long"))
    } else if stream.queuedBytes > 0, now - drainedAt > Limits.stalledReaderMilliseconds {
      Log.info("a client stopped reading", [("queued", String(stream.queuedBytes))])
      close()
    }
  }

  private func end(_ error: DomainError) {
    stream.write(AnswerEncoder.error(error, tag: nil, isFatal: true))
    finish()
  }

  private func finish() {
    guard !hasEnded else { return }
    hasEnded = true
    stream.closeWhenDrained()
    server.ended(self)
  }

  private func received(_ bytes: [UInt8]) {
    heardAt = MonotonicClock.nowMilliseconds
    perform(wire.receive(bytes))
  }

  private func ended(_ end: ByteStream.End) {
    switch end {
    case .halfClosed: perform(wire.endOfInput())
    case .lost: close()
    }
  }

  private func perform(_ actions: [WireSession.Action]) {
    for action in actions where !hasEnded {
      switch action {
      case .send(let bytes): write(bytes)
      case .run(let number, let request):
        EventLoop.task { await self.run(number, request) }
      case .pauseReading: setPaused(protocol: true)
      case .resumeReading: setPaused(protocol: false)
      case .close: finish()
      }
    }
  }

  private func run(_ number: Int, _ request: Request) async {
    let start = MonotonicClock.nowMilliseconds
    let answer: [UInt8]
    do throws(DomainError) {
      let (reply, invocation) = try await server.service.run(request, session)
      if case .goodbye = reply { wire.endAfterAnswers() }
      let style = AnswerEncoder.Style(
        format: invocation.options.format ?? session.format, width: session.width,
        tag: request.tag)
      answer = AnswerEncoder.answer(
        reply, style, milliseconds: MonotonicClock.nowMilliseconds - start)
    } catch {
      if session.failedLogins >= Limits.failedLogins { wire.endAfterAnswers() }
      answer = AnswerEncoder.error(error, tag: request.tag)
    }
    guard !hasEnded else { return }
    perform(wire.finish(number, answer))
  }

  // MARK: Backpressure

  private func write(_ bytes: [UInt8]) {
    if stream.queuedBytes == 0 { drainedAt = MonotonicClock.nowMilliseconds }
    stream.write(bytes)
    if stream.queuedBytes > Limits.queuedOutputBytes { setPaused(output: true) }
  }

  private func drained() {
    drainedAt = MonotonicClock.nowMilliseconds
    setPaused(output: false)
  }

  private func setPaused(protocol byProtocol: Bool? = nil, output byOutput: Bool? = nil) {
    let wasPaused = pausedByProtocol || pausedByOutput
    pausedByProtocol = byProtocol ?? pausedByProtocol
    pausedByOutput = byOutput ?? pausedByOutput
    let isPaused = pausedByProtocol || pausedByOutput
    guard isPaused != wasPaused else { return }
    isPaused ? stream.pauseReading() : stream.resumeReading()
  }
}
