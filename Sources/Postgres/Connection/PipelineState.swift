/// What a pipelined connection waits for, and what each arriving result means.
///
/// Pure: no I/O, no libpq. Queries between two syncs share their fate: when one fails, the server
/// skips the rest. Skipped reads are to be sent again; a skipped part of a transaction is not.
struct PipelineState<Request> {
  /// What the server will answer next.
  private enum Expectation {
    case prepare(String)
    case query(Request)
    case sync
  }

  /// What a result was, seen from the protocol.
  enum Arrival {
    case success
    case failure
    /// Skipped because something before it, since the last sync, failed.
    case skipped
    case sync
  }

  /// What is to be done about it.
  enum Action {
    /// The query has its result.
    case finish(Request)
    /// The query failed by itself.
    case fail(Request)
    /// The query was never run.
    case skip(Request)
    /// The statement could not be prepared.
    case forget(String)
    /// The query could not be prepared: the failure is that of the statement.
    case failUnprepared(Request)
    /// Nothing sent before the sync is open any more.
    case synced
  }

  private var expected: [Expectation] = []
  private var head = 0
  private var brokenStatement: String?

  /// Queries sent and not yet answered.
  private(set) var unanswered = 0

  /// Everything sent and not yet answered, in order; the connection is lost.
  mutating func abandon() -> [Request] {
    let requests = expected[head...].compactMap { expectation -> Request? in
      if case .query(let request) = expectation { request } else { nil }
    }
    self = PipelineState()
    return requests
  }

  /// Whether nothing is expected.
  var isIdle: Bool { head == expected.count }
  /// Whether everything sent is followed by a sync.
  private(set) var isSynced = true

  /// Whether the answer to a statement's preparation is still to come.
  func expectsPrepare(of statement: String) -> Bool {
    expected[head...].contains { expectation in
      if case .prepare(statement) = expectation { true } else { false }
    }
  }

  mutating func sentPrepare(_ statement: String) { send(.prepare(statement)) }
  mutating func sentQuery(_ request: Request) {
    send(.query(request))
    unanswered += 1
  }
  mutating func sentSync() {
    send(.sync)
    isSynced = true
  }

  /// Takes the next result and says what it means.
  mutating func received(_ arrival: Arrival) -> Action? {
    guard head < expected.count else { return nil }
    let expectation = expected[head]
    head += 1
    if case .query = expectation { unanswered -= 1 }
    if head == expected.count {
      expected.removeAll(keepingCapacity: true)
      head = 0
    } else if head > 4_096 {
      expected.removeFirst(head)
      head = 0
    }
    switch (expectation, arrival) {
    case (.sync, _):
      brokenStatement = nil
      return .synced
    case (.prepare, .success): return nil
    case (.prepare(let name), .failure):
      brokenStatement = name
      return .forget(name)
    case (.prepare(let name), _): return .forget(name)
    case (.query(let request), .success): return .finish(request)
    case (.query(let request), .failure): return .fail(request)
    case (.query(let request), _):
      guard brokenStatement == nil else {
        // The query right behind the statement that could not be prepared.
        brokenStatement = nil
        return .failUnprepared(request)
      }
      return .skip(request)
    }
  }

  private mutating func send(_ expectation: Expectation) {
    expected.append(expectation)
    isSynced = false
  }
}
