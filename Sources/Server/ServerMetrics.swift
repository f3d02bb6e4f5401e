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
  private let slowMilliseconds: Int64
  /// The second that it is, how many slow requests have been logged in it, and how many since the
  /// last line have not.
  private var second: Int64 = 0
  private var logged = 0
  private var unsaid = 0

  /// Nothing is counted yet; requests that take this long are logged.
  init(slowMilliseconds: Int64) { self.slowMilliseconds = slowMilliseconds }

  /// A request of a session has been answered that began at this moment, in microseconds.
  ///
  /// What streams takes as long as its client likes, and the answer to a failed login waits on
  /// purpose: neither says how fast the server is.
  func ended(
    _ command: @autoclosure () -> String, _ session: Session, since start: Int64,
    error: ErrorCode?, isTimed: Bool
  ) {
    requests += 1
    if error != nil { errors += 1 }
    guard isTimed, error?.errorClass != .auth else { return }
    let now = MonotonicClock.nowMicroseconds
    latency.add(microseconds: now - start, at: now / 1_000)
    let milliseconds = (now - start) / 1_000
    guard milliseconds >= slowMilliseconds, mayLog(at: now / 1_000_000) else { return }
    // The command's own words alone: its arguments may be secrets, or say something of somebody.
    Log.info(
      "slow request",
      [
        ("session", String(session.number)), ("principal", session.principal?.name ?? ""),
        ("command", command()), ("ms", String(milliseconds)),
        ("code", error?.description ?? ""), ("unsaid", String(unsaid)),
      ])
    unsaid = 0
  }

  /// Whether there is room in the log of this second: when everything is slow, it must not be too.
  private func mayLog(at now: Int64) -> Bool {
    if now != second {
      second = now
      logged = 0
    }
    logged += 1
    if logged > Limits.slowRequestsLogged { unsaid += 1 }
    return logged <= Limits.slowRequestsLogged
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
