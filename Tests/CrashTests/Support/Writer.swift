import Dispatch
import Synchronization

@testable import Postgres

/// A client that writes keyed commands on a thread of its own, several of them sent at once without
/// waiting for answers. What is not acknowledged it sends again under its key, on a new connection,
/// until it is.
final class Writer: Sendable {
  /// A write that is not acknowledged yet.
  private struct Pending {
    let write: KeyedWrite
    /// Whether an earlier attempt at it has an unknown outcome.
    var isUnknown = false
    var isFirst = true
  }

  /// How many writes are sent at once: a server or database that is killed has some of them behind it,
  /// one under way and others before it.
  fileprivate static let depth = 8

  private let name: String
  private let socket: String
  private let state = Mutex(Ledger())
  private let sent = Mutex(0)
  private let isStopping = Mutex(false)
  private let thread = DispatchGroup()

  /// Begins to write to the server on `socket`.
  init(_ name: String, socket: String) {
    self.name = name
    self.socket = socket
    DispatchQueue(label: name).async(group: thread) { [self] in write() }
  }

  /// What came of its writes so far.
  var ledger: Ledger { state.withLock { $0 } }

  /// Writes that have been sent and not answered.
  var unanswered: Int { sent.withLock { $0 } }

  /// Lets it finish the writes that it is at, and ends it.
  func stop() {
    isStopping.withLock { $0 = true }
    thread.wait()
  }

  private func write() {
    var client: LineClient?
    var number = 0
    while !isStopping.withLock({ $0 }) {
      let writes = (1...Self.depth).map { KeyedWrite(client: name, number: number + $0) }
      number += Self.depth
      settle(writes.map { Pending(write: $0) }, &client)
    }
  }

  /// Sends writes until their outcomes are known.
  private func settle(_ writes: [Pending], _ client: inout LineClient?) {
    var left = writes
    let begin = ContinuousClock.now
    while !left.isEmpty {
      guard ContinuousClock.now - begin < .seconds(120) else {
        return state.withLock { ledger in
          ledger.surprises += left.map { "never acknowledged: \($0.write.command)" }
        }
      }
      if client == nil { client = LineClient(socket) }
      guard let connected = client else {
        pause(milliseconds: 5)
        continue
      }
      // Some of them may have left where not all have: the answers tell.
      _ = connected.send(left.map(\.write.command))
      sent.withLock { $0 = left.count }
      var unsettled: [Pending] = []
      for var pending in left {
        let outcome = connected.outcome()
        sent.withLock { $0 -= 1 }
        if !isSettled(&pending, outcome, connected.status) { unsettled.append(pending) }
      }
      left = unsettled
      if connected.hasEnded { client = nil }
      if !left.isEmpty { pause(milliseconds: 5) }
    }
  }

  /// Whether this outcome of a write is its last.
  private func isSettled(_ pending: inout Pending, _ outcome: Outcome, _ status: String) -> Bool {
    let before = pending
    pending.isFirst = false
    switch outcome {
    case .acknowledged(let replayed):
      state.withLock { ledger in
        ledger.acknowledged.insert(before.write)
        if before.isFirst, replayed { ledger.resolvedByServer += 1 }
        if before.isUnknown, replayed { ledger.committed += 1 }
        if before.isUnknown, !replayed { ledger.fresh += 1 }
      }
      return true
    case .unanswered: noteUnknown(&pending)
    case .refused(let code, true) where code.hasPrefix("busy."): noteUnknown(&pending)
    case .refused(let code, false) where code.hasPrefix("busy."):
      state.withLock { $0.refused += 1 }
    case .refused:
      state.withLock { $0.surprises.append("\(before.write.command): \(status)") }
      return true
    }
    return false
  }

  /// Each write counts once, however often its outcome was unknown.
  private func noteUnknown(_ pending: inout Pending) {
    if !pending.isUnknown { state.withLock { $0.unknown += 1 } }
    pending.isUnknown = true
  }
}

/// Several writers at once.
struct Writers: Sendable {
  private let all: [Writer]

  /// Begins to write, under keys that begin with `name`.
  init(_ count: Int, socket: String, named name: String = "w") {
    all = (1...count).map { Writer("\(name)-\($0)", socket: socket) }
  }

  /// What came of all their writes so far.
  var ledger: Ledger { all.map(\.ledger).reduce(Ledger(), +) }

  /// Writes that they have sent and that are not answered.
  var unanswered: Int { all.reduce(0) { $0 + $1.unanswered } }

  /// Waits until each has had more writes acknowledged than one sending has; false when one has not:
  /// answers may have been on their way before whatever went before this, and what it left unknown is
  /// settled before more is begun.
  func waitForProgress() -> Bool {
    let before = all.map { $0.ledger.acknowledged.count }
    return waitUntil(seconds: 120, everyMilliseconds: 5) {
      zip(all, before).allSatisfy { writer, count in
        writer.ledger.acknowledged.count > count + Writer.depth
      }
    }
  }

  /// Lets each finish its writes, and ends them.
  func stop() { for writer in all { writer.stop() } }
}
