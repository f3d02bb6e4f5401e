import CLibPQ
import EventLoop
import Foundations

/// A libpq connection on the loop, in pipeline mode but while a COPY has it to itself.
///
/// Reads sent in one turn of the loop share one sync, because every sync costs a write to the
/// socket; a transaction's statements have a sync of their own.
@EventLoop
final class Connection {
  typealias Outcome = Result<QueryResult, PostgresError>

  /// A query under way, and who waits for it.
  private struct Pending {
    let query: Query
    let waiter: Waiter
    /// How often its statement turned out not to be prepared.
    var unpreparedAttempts = 0

    var isRead: Bool { if case .read = waiter { true } else { false } }
  }

  private enum Waiter {
    /// A read by itself: it may be sent again.
    case read(UnsafeContinuation<Outcome, Never>)
    /// One of several that were sent together.
    case part((Outcome) -> Void)

    func complete(_ outcome: Outcome) {
      switch self {
      case .read(let continuation): continuation.resume(returning: outcome)
      case .part(let complete): complete(outcome)
      }
    }
  }

  let handle: OpaquePointer
  private var watch: DescriptorWatch?
  private var pipeline = PipelineState<Pending>()
  private var prepared: Set<String> = []
  private var syncIsScheduled = false
  private var lastResult: OpaquePointer?
  private var lastError: PostgresError?
  private(set) var isBroken = false
  /// Whether a COPY has the connection to itself.
  private(set) var isCopying = false
  private var isReadingPaused = false
  private var waitingForInput: UnsafeContinuation<Void, Never>?
  private let silence = LoopTimer()
  /// What was last found of the server's durability, and when.
  var durability: DurabilityFinding?
  private var parameterBuffer = ParameterBuffer()

  /// Queries sent and not yet answered.
  var inFlight: Int { pipeline.unanswered }

  /// Connects to `connectionString`, which is any libpq connection string or URL.
  static func open(
    _ connectionString: String, durability: DurabilityDemand = .full
  ) async throws(PostgresError) -> Connection {
    let handle = try await ConnectionAttempt.connect(connectionString, durability)
    guard PQenterPipelineMode(handle) == 1, PQsetnonblocking(handle, 1) == 0 else {
      PQfinish(handle)
      throw .unreachable("libpq cannot pipeline")
    }
    return Connection(handle)
  }

  private init(_ handle: OpaquePointer) {
    self.handle = handle
    watch = DescriptorWatch(
      descriptor: PQsocket(handle),
      onReadable: { [weak self] in self?.readable() },
      onWritable: { [weak self] in self?.flush() })
  }

  isolated deinit { breakOff() }

  /// Closes the connection; what is under way fails.
  func close() { breakOff() }

  /// Runs a query that only reads. It may share a sync with other reads, and is sent again if
  /// one of those fails.
  func read(_ query: Query) async throws(PostgresError) -> QueryResult {
    let outcome: Outcome = await withUnsafeContinuation { continuation in
      send(Pending(query: query, waiter: .read(continuation)))
      scheduleSync()
    }
    return try outcome.get()
  }

  /// Sends queries with one sync behind them, and gives their results in order.
  ///
  /// Throws the first error; what came after it was not run.
  func run(_ queries: [Query]) async throws(PostgresError) -> [QueryResult] {
    var results: [QueryResult] = []
    for outcome in await runEach(queries) { results.append(try outcome.get()) }
    return results
  }

  /// Sends queries with one sync behind them; what became of each, in order. What came after the first
  /// failure was not run, and fails with it.
  func runEach(_ queries: [Query]) async -> [Outcome] {
    await withUnsafeContinuation { continuation in
      var outcomes: [Outcome] = []
      // Results arrive in the order sent.
      let complete: (Outcome) -> Void = { outcome in
        outcomes.append(outcome)
        if outcomes.count == queries.count { continuation.resume(returning: outcomes) }
      }
      for query in queries {
        send(Pending(query: query, waiter: .part(complete)))
      }
      sync()
    }
  }

  // MARK: Copying

  /// Takes the connection out of pipeline mode; false if it cannot be. Until it is back, input stays
  /// where it is until somebody waits for it.
  func beginExclusiveUse() async -> Bool {
    // The last result comes before the sync behind it.
    while !isBroken, !pipeline.isIdle {
      await withUnsafeContinuation { waiter in
        waitingForInput = waiter
        // It may have come on the way here.
        if isBroken || pipeline.isIdle { resumeWaiting() }
      }
    }
    guard !isBroken, PQexitPipelineMode(handle) == 1 else { return false }
    isCopying = true
    return true
  }

  /// Goes back to pipeline mode, when all results have been taken; false if that cannot be.
  func endExclusiveUse() -> Bool {
    guard !isBroken, PQenterPipelineMode(handle) == 1 else { return false }
    isCopying = false
    if isReadingPaused { resumeReading() }
    return true
  }

  /// Takes in some input, when there is some. Throws, and closes the connection, when the server
  /// gives none for as long as a statement may take.
  func receive() async throws(PostgresError) {
    guard !isBroken else { throw .connectionLost(committing: false) }
    var isTooSlow = false
    silence.start(milliseconds: Int64(Limits.statementMilliseconds)) { [self] in
      isTooSlow = true
      breakOff()
    }
    await withUnsafeContinuation { waiter in
      waitingForInput = waiter
      // On the way here, there may have been input, with nobody to wait for it.
      if isReadingPaused { resumeReading() }
      if isBroken { resumeWaiting() }
    }
    silence.cancel()
    if isTooSlow { throw .tookTooLong }
    guard !isBroken, PQconsumeInput(handle) == 1 else {
      breakOff()
      throw .connectionLost(committing: false)
    }
  }

  private func resumeWaiting() {
    let waiter = waitingForInput
    waitingForInput = nil
    waiter?.resume()
  }

  /// There is input for whoever waits. Where nobody does, PostgreSQL is to wait, too.
  private func readableForCopy() {
    guard waitingForInput == nil else { return resumeWaiting() }
    watch?.pauseReading()
    isReadingPaused = true
  }

  private func resumeReading() {
    watch?.resumeReading()
    isReadingPaused = false
  }

  // MARK: Sending

  private func send(_ request: Pending) {
    guard !isBroken else {
      request.waiter.complete(.failure(.connectionLost(committing: false)))
      return
    }
    let description = request.query.description
    if prepared.insert(description.name).inserted {
      let types = description.inputOIDs
      guard
        PQsendPrepare(handle, description.name, description.sql, Int32(types.count), types) == 1
      else { return breakOff(request) }
      pipeline.sentPrepare(description.name)
    }
    guard sendQuery(description.name, request.query.parameters) else { return breakOff(request) }
    pipeline.sentQuery(request)
  }

  private func sendQuery(_ name: String, _ parameters: [String?]) -> Bool {
    parameterBuffer.withPointers(to: parameters) {
      PQsendQueryPrepared(handle, name, Int32(parameters.count), $0, nil, nil, 0) == 1
    }
  }

  private func scheduleSync() {
    guard !syncIsScheduled else { return }
    syncIsScheduled = true
    EventLoop.atEndOfTurn { [self] in
      syncIsScheduled = false
      if !isBroken, !pipeline.isSynced { sync() }
    }
  }

  private func sync() {
    guard !isBroken else { return }
    guard PQpipelineSync(handle) == 1 else { return breakOff() }
    pipeline.sentSync()
    flush()
  }

  /// Sends what libpq has not sent yet.
  func flush() {
    guard !isBroken else { return }
    switch PQflush(handle) {
    case 0: break
    case 1: watch?.wantsWrite()
    default: breakOff()
    }
  }

  // MARK: Receiving

  private func readable() {
    guard !isCopying else { return readableForCopy() }
    guard PQconsumeInput(handle) == 1 else { return breakOff() }
    while !isBroken, !pipeline.isIdle, PQisBusy(handle) == 0 {
      guard let result = PQgetResult(handle) else {
        finishOne()
        continue
      }
      if PQresultStatus(result) == PGRES_PIPELINE_SYNC {
        PQclear(result)
        _ = pipeline.received(.sync)
      } else {
        PQclear(lastResult)
        lastResult = result
      }
    }
    if PQstatus(handle) == CONNECTION_BAD { breakOff() }
    if pipeline.isIdle { resumeWaiting() }
    flush()
  }

  /// All results of the oldest query have arrived.
  private func finishOne() {
    guard let result = lastResult else { return }
    lastResult = nil
    let arrival: PipelineState<Pending>.Arrival
    switch PQresultStatus(result) {
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK: arrival = .success
    case PGRES_PIPELINE_ABORTED: arrival = .skipped
    default:
      arrival = .failure
      lastError = .server(from: result)
    }
    let action = sentAgain(pipeline.received(arrival))
    if case .finish(let request) = action {
      if isRolledBack(request, result) {
        PQclear(result)
        return request.waiter.complete(.failure(.cancelled))
      }
      request.waiter.complete(.success(QueryResult(result)))
      return
    }
    PQclear(result)
    if let action { handle(action) }
  }

  /// Whether it is the end of a COMMIT of a transaction that had been aborted: PostgreSQL rolls that
  /// back, and calls it a success. What aborts one between its statements and its COMMIT is a
  /// cancellation that came late.
  private func isRolledBack(_ request: Pending, _ result: OpaquePointer) -> Bool {
    request.query.description.name == Query.commitName
      && PQcmdStatus(result).map { String(cString: $0) } == "ROLLBACK"
  }

  /// A read whose statement is not prepared is as good as skipped. Its Parse was in an earlier sync,
  /// and was skipped there after this read had been sent: a neighbour's failure is not this read's.
  private func sentAgain(_ action: PipelineState<Pending>.Action?) -> PipelineState<Pending>.Action?
  {
    guard case .fail(var request)? = action, request.isRead, lastError?.isUnprepared == true,
      request.unpreparedAttempts < Limits.unpreparedAttempts
    else { return action }
    request.unpreparedAttempts += 1
    let name = request.query.description.name
    // If somebody prepares it anew already, a second Parse would fail.
    if !pipeline.expectsPrepare(of: name) { prepared.remove(name) }
    return .skip(request)
  }

  private func handle(_ action: PipelineState<Pending>.Action) {
    switch action {
    case .fail(let request), .failUnprepared(let request):
      request.waiter.complete(.failure(lastError ?? .connectionLost(committing: false)))
    case .skip(let request):
      if case .read = request.waiter {
        send(request)
        scheduleSync()
      } else {
        request.waiter.complete(.failure(lastError ?? .connectionLost(committing: false)))
      }
    case .forget(let name): prepared.remove(name)
    case .finish, .synced: break
    }
  }

  /// The connection is of no more use: everything under way fails, and `last`, which could not be
  /// sent.
  private func breakOff(_ last: Pending? = nil) {
    guard !isBroken else { return }
    isBroken = true
    watch?.cancel()
    watch = nil
    PQclear(lastResult)
    lastResult = nil
    PQfinish(handle)
    let lost = pipeline.abandon() + (last.map { [$0] } ?? [])
    let committing = lost.contains { $0.query.description.name == Query.commitName }
    for request in lost {
      request.waiter.complete(.failure(.connectionLost(committing: committing)))
    }
    resumeWaiting()
  }
}
