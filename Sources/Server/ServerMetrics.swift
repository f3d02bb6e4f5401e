import Access
import CommandLanguage
import EventLoop
import Foundations

/// What a server counts of its requests.
@EventLoop
final class ServerMetrics {
  private let startedAt = MonotonicClock.nowMilliseconds
  private var requests: Int64 = 0
  private var errors: Int64 = 0
  private var latency = LatencyHistogram()

  /// A request has been answered that began at this moment, in microseconds.
  ///
  /// What streams takes as long as its client likes, and the answer to a failed login waits on
  /// purpose: neither says how fast the server is.
  func ended(since start: Int64, error: ErrorCode?, isTimed: Bool) {
    requests += 1
    if error != nil { errors += 1 }
    guard isTimed, error?.errorClass != .auth else { return }
    let now = MonotonicClock.nowMicroseconds
    latency.add(microseconds: now - start, at: now / 1_000)
  }

  /// A server with these connections, as it is now.
  func status(of connections: some Collection<ServerConnection>, isDraining: Bool) -> ServerStatus {
    var status = ServerStatus()
    let now = MonotonicClock.nowMilliseconds
    status.uptimeMilliseconds = now - startedAt
    status.isDraining = isDraining
    for connection in connections { connection.count(in: &status) }
    status.requests = requests
    status.errors = errors
    status.latency = latency.summary(at: now)
    return status
  }
}
