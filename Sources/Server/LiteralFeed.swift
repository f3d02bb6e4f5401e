import Access
import CommandLanguage
import EventLoop
import Foundations

/// The way of a long literal from its connection to the command that takes it: one piece at a time,
/// when it is wanted, so that a client is not read faster than the database writes.
@EventLoop
final class LiteralFeed {
  private let want: () -> Void
  private var piece: [UInt8]?
  private var isOver = false
  private var failure: DomainError?
  private var waiting: CheckedContinuation<Void, Never>?
  private let silence = LoopTimer()

  /// A feed whose next piece `want` asks for.
  init(want: @escaping @EventLoop () -> Void) { self.want = want }

  /// The literal, as the command gets it.
  nonisolated var stream: LiteralStream {
    LiteralStream { () throws(DomainError) in try await self.next() }
  }

  /// A piece has come.
  func give(_ bytes: [UInt8], isLast: Bool) {
    piece = bytes
    isOver = isLast
    resume()
  }

  /// The rest will not come.
  func cut(_ error: DomainError) {
    failure = failure ?? error
    resume()
  }

  private func next() async throws(DomainError) -> [UInt8]? {
    if piece == nil, !isOver, failure == nil {
      want()
      await arrival()
    }
    if let failure { throw failure }
    defer { piece = nil }
    return piece
  }

  private func arrival() async {
    silence.start(milliseconds: Limits.transactionIdleMilliseconds) { [weak self] in
      self?.cut(
        DomainError(
          .timeout,
          "nothing of the literal came for \(Limits.transactionIdleMilliseconds / 1_000) s"))
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        waiting = waiter
        // It may have come on the way here.
        if piece != nil || failure != nil { resume() }
      }
    } onCancel: {
      EventLoop.task { await self.cut(.cancelledByClient) }
    }
    silence.cancel()
  }

  private func resume() {
    let waiter = waiting
    waiting = nil
    waiter?.resume()
  }
}
