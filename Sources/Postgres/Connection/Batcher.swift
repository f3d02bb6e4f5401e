import EventLoop
import Foundations

/// A statement that does many requests at once: it takes arrays, and answers one row for each
/// request, in order, whatever becomes of it.
package struct BatchStatement<Request: Sendable, Row: Sendable>: Sendable {
  /// What is known of the statement without its Swift types.
  package let description: StatementDescription
  /// The statement with these requests filled in.
  package let query: @Sendable ([Request]) -> Query
  /// The rows of its result.
  package let rows: @Sendable (QueryResult) throws(PostgresError) -> [Row]

  /// A batch of `statement`, whose input `collect` gathers from requests.
  package init<Input>(
    _ statement: Statement<Input, Row>, collect: @escaping @Sendable ([Request]) -> Input
  ) {
    description = statement.description
    query = { statement.with(collect($0)) }
    rows = { (result) throws(PostgresError) in try result.rows(statement) }
  }
}

/// The one writer of a hot path: whatever arrived while the last batch ran is the next batch.
///
/// Many transactions on one row wait for each other, and each pays for its own flush to disk; one
/// writer does not wait, and its requests share a flush. Each request has its own outcome, and one
/// that the database refuses does not hurt the others.
@EventLoop
final class Batcher<Request: Sendable, Row: Sendable> {
  /// Runs requests in one transaction, and gives a row for each.
  typealias Execute = @EventLoop @Sendable ([Request]) async throws(PostgresError) -> [Row]

  private struct Waiter {
    let request: Request
    /// Whether doing it twice is doing it once: it has a key.
    let isRepeatable: Bool
    let since = MonotonicClock.nowMilliseconds
    var attempts = 0
    /// An attempt may have been committed, and nothing has told yet.
    var mayHaveHappened = false
    let resume: (Result<Row, PostgresError>) -> Void
  }

  private let queueLength: Int
  private let execute: Execute
  private var waiting: [Waiter] = []
  private var admitted = 0
  private var isRunning = false

  /// A writer that executes batches so; at most `queueLength` requests are under way.
  init(queueLength: Int = Limits.batchQueueLength, execute: @escaping Execute) {
    self.queueLength = queueLength
    self.execute = execute
  }

  /// Does one request in the next batch.
  func run(_ request: Request, isRepeatable: Bool) async throws(PostgresError) -> Row {
    // Counted here: other requests may come in before this one stands in the queue.
    guard admitted < queueLength else { throw .overloaded }
    admitted += 1
    defer { admitted -= 1 }
    let outcome: Result<Row, PostgresError> = await withUnsafeContinuation { continuation in
      waiting.append(
        Waiter(request: request, isRepeatable: isRepeatable) { continuation.resume(returning: $0) })
      guard !isRunning else { return }
      isRunning = true
      // The rest of this turn's requests come along.
      EventLoop.atEndOfTurn { EventLoop.task { await self.drain() } }
    }
    return try outcome.get()
  }

  private func drain() async {
    while !waiting.isEmpty {
      refuseStale()
      let batch = Array(waiting.prefix(Limits.batchRequests))
      waiting.removeFirst(batch.count)
      if !batch.isEmpty { await run(batch) }
    }
    isRunning = false
  }

  private func run(_ batch: [Waiter]) async {
    do throws(PostgresError) {
      let rows = try await execute(batch.map { $0.request })
      for (index, waiter) in batch.enumerated() {
        waiter.resume(
          index < rows.count
            ? .success(rows[index])
            : .failure(.undecodable(statement: "batch", column: 0, type: "row for each request")))
      }
    } catch .connectionLost(let committing) {
      sendAgain(batch, committing: committing)
    } catch  where error.isOfTheRequest && batch.count > 1 {
      // Some request is at fault, and nothing tells which.
      for waiter in batch { await run([waiter]) }
    } catch {
      for waiter in batch { fail(waiter, error) }
    }
  }

  /// The connection broke. Whatever cannot have happened, or would not happen twice, is tried
  /// again before all others.
  private func sendAgain(_ batch: [Waiter], committing: Bool) {
    var again: [Waiter] = []
    for var waiter in batch {
      waiter.attempts += 1
      waiter.mayHaveHappened = waiter.mayHaveHappened || committing
      if waiter.attempts < Limits.lostConnectionAttempts, waiter.isRepeatable || !committing {
        again.append(waiter)
      } else {
        fail(waiter, .connectionLost(committing: committing))
      }
    }
    waiting.insert(contentsOf: again, at: 0)
  }

  private func refuseStale() {
    let oldest = MonotonicClock.nowMilliseconds - Limits.batchQueueMilliseconds
    guard let first = waiting.first, first.since < oldest else { return }
    for waiter in waiting where waiter.since < oldest { fail(waiter, .overloaded) }
    waiting.removeAll { $0.since < oldest }
  }

  /// No later failure can tell that an earlier attempt was not committed.
  private func fail(_ waiter: Waiter, _ error: PostgresError) {
    waiter.resume(.failure(waiter.mayHaveHappened ? .connectionLost(committing: true) : error))
  }
}
