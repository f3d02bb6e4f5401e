import Access
import CommandLanguage
import EventLoop
import Foundations

/// Seals the audit in the background: soon after writes, again while something waits for a
/// transaction to end, and now and then on its own, for what other processes left behind.
///
/// It rests for nine times as long as sealing took, so that it never takes more than a tenth of a
/// core from those who write.
@EventLoop
final class Sealer {
  private let service: Service
  private let timer = LoopTimer()
  /// When the timer fires; nil where it does not.
  private var dueAt: Int64?
  private var restsUntil: Int64 = 0
  private var isSealing = false
  private var isStopped = false
  /// Whether something was written since the last sealing began.
  private var hasWrites = false
  /// How often in a row nothing came of it: failed, or held up by a transaction.
  private var setbacks = 0
  private var isFailing = false

  /// A sealer of the service's audit, which does nothing before it is told of a write.
  init(_ service: Service) { self.service = service }

  /// Something was written, or may have been left unsealed by a server before this one.
  func noteWrite() {
    hasWrites = true
    schedule(milliseconds: Limits.sealDelayMilliseconds)
  }

  /// Seals no more.
  func stop() {
    isStopped = true
    timer.cancel()
    dueAt = nil
  }

  /// Seals after so many milliseconds, or sooner if that was said before.
  private func schedule(milliseconds: Int64) {
    // What comes in the meantime is seen at its end.
    guard !isStopped, !isSealing else { return }
    let now = MonotonicClock.nowMilliseconds
    let due = max(now + milliseconds, restsUntil)
    if let dueAt, dueAt <= due { return }
    dueAt = due
    timer.start(milliseconds: due - now) { [weak self] in
      guard let self else { return }
      dueAt = nil
      isSealing = true
      EventLoop.task { await self.seal() }
    }
  }

  private func seal() async {
    hasWrites = false
    let start = MonotonicClock.nowMilliseconds
    var report: SealReport?
    do throws(DomainError) {
      report = try await service.sealAudit()
      if isFailing { Log.info("the audit is sealed again") }
      isFailing = false
    } catch {
      if !isFailing { Log.error("the audit cannot be sealed", [("code", "\(error.code)")]) }
      isFailing = true
    }
    isSealing = false
    let now = MonotonicClock.nowMilliseconds
    restsUntil = now + 9 * (now - start)
    schedule(milliseconds: delay(report))
  }

  /// How long until the next time.
  private func delay(_ report: SealReport?) -> Int64 {
    let isHeldUp = report.map { $0.isPending && $0.sealed == 0 } ?? true
    setbacks = isHeldUp ? min(setbacks + 1, 16) : 0
    if isHeldUp {
      let longest =
        report == nil ? Limits.sealRetryMilliseconds : Limits.sealHeldUpMilliseconds
      return min(Limits.sealDelayMilliseconds << Int64(setbacks), longest)
    }
    return hasWrites || report?.isPending == true
      ? Limits.sealDelayMilliseconds : Limits.sealIdleMilliseconds
  }
}
