import CommandLanguage
import EventLoop
import Foundations
import Postgres

/// What is known in this process of how far the audit is final, and who waits for more of it.
///
/// It is told by the sealer of this process, by the notifications of others', and by looking every few
/// seconds: notifications only wake, and what is there is there.
@EventLoop
package final class ChangeHub {
  /// Nothing up to the change of this number is still to come.
  private(set) var horizon: Int64 = 0
  /// Counts the times that there was something to look at.
  private(set) var generation = 0
  /// Watches that are open.
  package private(set) var watches = 0
  private let database: Database
  private let maximumWatches: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private var listener: NotificationListener?
  private let timer = LoopTimer()

  init(_ database: Database, maximumWatches: Int) {
    self.database = database
    self.maximumWatches = maximumWatches
  }

  /// A watch of a session begins; the first has notifications listened to.
  func open(_ session: Session) throws(DomainError) {
    guard watches < maximumWatches else {
      throw DomainError(
        .watchesBusy, "the server has \(maximumWatches) watches open already", retry: .seconds(30))
    }
    guard session.watches < Limits.watchesOfConnection else {
      throw DomainError(
        .watchesBusy, "this connection has \(session.watches) watches open already: cancel one")
    }
    watches += 1
    session.watches += 1
    guard listener == nil else { return }
    listener = database.listen(to: "sister_audit") { [weak self] payload in
      if let horizon = Int64(payload) { self?.advance(to: horizon) }
    }
    lookLater()
  }

  /// A watch of a session has ended.
  func close(_ session: Session) {
    watches -= 1
    session.watches -= 1
    guard watches == 0 else { return }
    listener?.stop()
    listener = nil
    timer.cancel()
  }

  /// The audit is final up to the change of this number.
  func advance(to change: Int64) {
    guard change > horizon else { return }
    horizon = change
    wake()
  }

  /// Has every watch look at what has become of it: something may have ended it.
  package func wake() {
    generation += 1
    let woken = waiting
    waiting = []
    for waiter in woken { waiter.resume() }
  }

  /// Returns when there was something to look at since that generation, or the task is cancelled.
  func wait(beyond generation: Int) async {
    guard generation == self.generation else { return }
    await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        waiting.append(waiter)
        // It may have come on the way here.
        if generation != self.generation || Task.isCancelled { wake() }
      }
    } onCancel: {
      EventLoop.task { await self.wake() }
    }
  }

  private func lookLater() {
    timer.start(milliseconds: Limits.watchLookMilliseconds) { [weak self] in
      guard let self else { return }
      EventLoop.task { await self.look() }
    }
  }

  private func look() async {
    // Where it cannot be asked, it is asked again.
    let found = try? await database.read(ChangeStatements.horizon, ()).first
    guard watches > 0 else { return }
    if let found { advance(to: found) }
    // Rights are looked up again, and connections without a word are found out.
    wake()
    lookLater()
  }
}
