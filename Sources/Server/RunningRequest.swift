import Access
import CommandLanguage
import EventLoop
import Foundations
import LineProtocol

/// A request that runs: it asks the service, and writes the answer as fast as the client takes it.
@EventLoop
final class RunningRequest {
  /// Its line's number in its connection.
  let number: Int
  /// Whether it changes data: then it is finished even for a client that is gone.
  let writes: Bool
  /// When its rows began to stream, if they do.
  private(set) var streamsSince: Int64?

  private let request: Request
  /// The command's words, without its arguments; empty where there is no such command.
  private let path: String
  private let isUrgent: Bool
  private let connection: ServerConnection
  private var task: Task<Void, Never>?
  private var isCancelled = false
  private var progress: ProgressReport?
  private let timeLimit: TimeLimit?
  /// Since when it has been under way, or has waited for room, in microseconds.
  private let since: Int64
  /// Whether it is one of those that there is room for so many of.
  private let isLimited: Bool

  /// Starts a request of a connection. A literal that comes piece by piece takes as long as its client
  /// does: it `isFed`.
  init(
    _ connection: ServerConnection, _ number: Int, _ request: Request, isFed: Bool, since: Int64
  ) {
    self.connection = connection
    self.number = number
    self.request = request
    let command = try? connection.server.service.registry.resolve(request).0.declaration
    path = command?.path ?? ""
    writes = command?.effect.writes ?? false
    isUrgent = command?.isUrgent ?? false
    let seconds = isFed ? nil : connection.session.principal?.limits.seconds
    timeLimit = seconds.map { TimeLimit(seconds: $0) }
    self.since = since
    let admission = connection.server.admission
    isLimited = command.map { admission.limits($0, connection.session) } ?? false
    // Here: others may come in before it runs.
    if isLimited { admission.begin(path) }
    task = EventLoop.task { await self.run(isFed: isFed) }
  }

  /// Asks it to end, as its client or another one wants it.
  func cancel() {
    isCancelled = true
    task?.cancel()
  }

  /// Asks it to end, its client being gone.
  func abandon() { task?.cancel() }

  private func run(isFed: Bool) async {
    let server = connection.server
    let session = connection.session
    connection.begins(number, isUrgent: isUrgent)
    var isTimed = !isFed
    var failure: DomainError?
    var answer: [UInt8] = []
    do throws(DomainError) {
      let (reply, style) = try await reply()
      switch reply {
      case .stream(let rows):
        isTimed = false
        answer = try await stream(rows, style)
      case .pushes(let pushes):
        isTimed = false
        try await push(pushes)
      default:
        if case .goodbye = reply { connection.endAfterAnswers() }
        answer = AnswerEncoder.answer(
          reply, style, milliseconds: (MonotonicClock.nowMicroseconds - since) / 1_000)
      }
    } catch {
      let error = explained(error)
      failure = error
      // A literal that ends in the wrong place has lost the framing.
      let isFatal =
        [.authenticationExpired, .overflow].contains(error.code)
        || session.failedLogins >= Limits.failedLogins
      if isFatal { connection.endAfterAnswers() }
      answer = AnswerEncoder.error(error, tag: request.tag, isFatal: isFatal)
    }
    progress?.end()
    server.metrics.ended(path, session, since: since, error: failure?.code, isTimed: isTimed)
    connection.finish(self, answer)
  }

  private func reply() async throws(DomainError) -> (Reply, AnswerEncoder.Style) {
    timeLimit?.begin { [weak self] in self?.task?.cancel() }
    defer {
      timeLimit?.end()
      if isLimited { connection.server.admission.end(path) }
    }
    let session = connection.session
    let (reply, invocation) = try await connection.server.service.run(
      request, session, onProgress: hasCome)
    // Before the first row is there, it may take long.
    if case .stream = reply, invocation.options.progress { hasCome(to: 0) }
    let style = AnswerEncoder.Style(
      format: invocation.options.format ?? session.format, width: session.width, tag: request.tag)
    return (reply, style)
  }

  /// Says every second from now on how many rows have come.
  private func hasCome(to rows: Int) {
    let report = progress ?? ProgressReport(connection, number, tag: request.tag)
    progress = report
    report.rows = rows
    report.say()
  }

  /// The error as the client is told it.
  private func explained(_ error: DomainError) -> DomainError {
    if error.code == .cancelledByClient, !isCancelled, let timeLimit, timeLimit.isReached {
      return timeLimit.error(for: connection.session.principal)
    }
    guard error.code == .internalFault, error.reference == nil else { return error }
    return ErrorTranslation.fault(error.message)
  }

  // MARK: Answers that go on

  /// Writes rows as fast as the client takes them; the last lines of their answer.
  private func stream(
    _ rows: RowStream, _ style: AnswerEncoder.Style
  ) async throws(DomainError) -> [UInt8] {
    var answer = StreamedAnswer(rows.columns, style)
    let start = MonotonicClock.nowMilliseconds
    streamsSince = start
    do throws(DomainError) {
      while connection.isOpen, let records = try await next(rows) {
        answer.append(records)
        progress?.rows = answer.rowCount
        connection.add(number, answer.take())
        await connection.output.room()
        progress?.say()
        if isCancelled { throw .cancelledByClient }
        // It may go on for long: whoever is let in no more gets no more.
        try await connection.server.service.recheck(connection.session)
      }
    } catch {
      await rows.close()
      // The rows so far have left, or will: the error ends their answer.
      connection.add(number, answer.take())
      throw error
    }
    await rows.close()
    answer.finish(milliseconds: MonotonicClock.nowMilliseconds - start)
    return answer.take()
  }

  /// The next rows; how long the client takes for them is not counted.
  private func next(_ rows: RowStream) async throws(DomainError) -> RecordBatch? {
    timeLimit?.begin { [weak self] in self?.task?.cancel() }
    defer { timeLimit?.end() }
    return try await rows.next()
  }

  /// Writes lines as they come, for as long as the client wants them: it ends by an error, which says
  /// how to go on.
  private func push(_ pushes: PushStream) async throws(DomainError) {
    do throws(DomainError) {
      while connection.isOpen {
        if isCancelled { throw .cancelledByClient }
        if connection.isEnding {
          throw DomainError(.draining, "the connection is ending", retry: .seconds(1))
        }
        try await connection.server.service.recheck(connection.session)
        // A client that sends nothing more may listen still, or be gone: writing tells.
        let lines = try await pushes.next(isProbing: connection.inputHasEnded)
        guard !lines.isEmpty else { continue }
        connection.add(number, AnswerEncoder.pushes(lines, tag: request.tag))
        await connection.output.room()
      }
      throw .cancelledByClient
    } catch {
      var error = error
      error.suggestion = await pushes.close()
      throw error
    }
  }
}
