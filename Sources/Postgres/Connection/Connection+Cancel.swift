import CLibPQ
import EventLoop
import Foundations

/// Cancelling what a connection on loan is running.
extension Connection {
  /// Runs `body`, on a connection that nobody else uses. When its task is cancelled, PostgreSQL is
  /// asked to stop, and whatever `body` was stopped at is `cancelled`.
  ///
  /// The connection is not given up before the asking has come to its end: PostgreSQL cancels whatever
  /// the connection runs when it is asked, and that would be the next borrower's statement.
  func cancellable<Value>(
    _ body: () async throws(PostgresError) -> Value
  ) async throws(PostgresError) -> Value {
    let cancellation = Cancellation(self)
    let outcome: Result<Value, PostgresError> = await withTaskCancellationHandler {
      do throws(PostgresError) {
        return .success(try await body())
      } catch {
        return .failure(error)
      }
    } onCancel: {
      EventLoop.task { await cancellation.ask() }
    }
    let wasAsked = await cancellation.end()
    if case .failure(let error) = outcome, wasAsked, error.isStopped { throw .cancelled }
    return try outcome.get()
  }

  /// Returns when no cancellation that was asked for can meet a statement any more.
  fileprivate func settle() async {
    for _ in 0..<3 {
      do throws(PostgresError) {
        _ = try await run([.barrier])
        return
      } catch {
        // It may have met this one, then it is over.
        guard error.isStopped else { return }
      }
    }
  }
}

extension Query {
  fileprivate static let barrier = control("barrier", "SELECT")
}

/// The asking of one connection's server to stop.
@EventLoop
private final class Cancellation {
  private let connection: Connection
  private var asking: Task<Void, Never>?
  private var isOver = false

  init(_ connection: Connection) { self.connection = connection }

  /// Asks, unless what was to be cancelled has ended.
  func ask() {
    guard !isOver, asking == nil, !connection.isBroken,
      let request = PQgetCancel(connection.handle)
    else { return }
    let holder = CancelRequest(request)
    // libpq makes a connection for it, and waits: not on the loop.
    asking = EventLoop.task { await OwnThread.run { holder.send() } }
  }

  /// What was to be cancelled has ended; whether it had been asked to.
  func end() async -> Bool {
    isOver = true
    guard let asking else { return false }
    await asking.value
    await connection.settle()
    return true
  }
}

/// libpq's cancel request, which is for any thread.
private final class CancelRequest: @unchecked Sendable {
  private let request: OpaquePointer

  init(_ request: OpaquePointer) { self.request = request }

  func send() {
    var reason = [CChar](repeating: 0, count: 256)
    // Where it fails, the statement goes on to its end: that is what it would be without.
    PQcancel(request, &reason, Int32(reason.count))
  }

  deinit { PQfreeCancel(request) }
}
