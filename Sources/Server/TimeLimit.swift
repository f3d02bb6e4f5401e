import Access
import CommandLanguage
import EventLoop
import Foundations

/// How long the database may work for one request of a user who has a limit of their own.
@EventLoop
final class TimeLimit {
  private let seconds: Int64
  private var millisecondsLeft: Int64
  private var begunAt: Int64 = 0
  private let timer = LoopTimer()
  /// Whether time was up.
  private(set) var isReached = false

  /// So much time.
  init(seconds: Int64) {
    self.seconds = seconds
    // As a timer can be set to, whatever an administrator has typed.
    millisecondsLeft = min(seconds, 1_000_000_000) * 1_000
  }

  /// Time passes from now on; `action` is called when it is up.
  func begin(_ action: @escaping @EventLoop () -> Void) {
    begunAt = MonotonicClock.nowMilliseconds
    timer.start(milliseconds: max(millisecondsLeft, 0)) { [weak self] in
      self?.isReached = true
      action()
    }
  }

  /// Time stands still.
  func end() {
    millisecondsLeft -= MonotonicClock.nowMilliseconds - begunAt
    timer.cancel()
  }

  /// What whoever asked is told when time was up.
  func error(for principal: Principal?) -> DomainError {
    DomainError(
      .timeout,
      "the database may work for \(seconds) s on a request of \(principal?.name ?? "nobody")'s; "
        + "ask for less at once")
  }
}
