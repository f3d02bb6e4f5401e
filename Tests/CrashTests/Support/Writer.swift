import Dispatch
import Synchronization

@testable import Postgres

/// A client that writes one keyed command after the other, on a thread of its own. What is not
/// acknowledged it sends again under its key, on a new connection, until it is.
final class Writer: Sendable {
  private let name: String
  private let socket: String
  private let state = Mutex(Ledger())
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

  /// Lets it finish the write that it is at, and ends it.
  func stop() {
    isStopping.withLock { $0 = true }
    thread.wait()
  }

  private func write() {
    var client: LineClient?
    var number = 0
    while !isStopping.withLock({ $0 }) {
      number += 1
      settle(KeyedWrite(client: name, number: number), &client)
    }
  }

  /// Sends a write until its outcome is known.
  private func settle(_ write: KeyedWrite, _ client: inout LineClient?) {
    var wasUnknown = false
    var isFirst = true
    let begin = ContinuousClock.now
    while ContinuousClock.now - begin < .seconds(120) {
      guard let connected = client ?? LineClient(socket) else {
        pause(milliseconds: 5)
        continue
      }
      client = connected
      defer { isFirst = false }
      switch connected.run(write.command) {
      case .acknowledged(let replayed):
        state.withLock { ledger in
          ledger.acknowledged.insert(write)
          if isFirst, replayed { ledger.resolvedByServer += 1 }
          if wasUnknown, replayed { ledger.committed += 1 }
          if wasUnknown, !replayed { ledger.fresh += 1 }
        }
        return
      case .unanswered:
        wasUnknown = true
        client = nil
        state.withLock { $0.unknown += 1 }
      case .refused(let code, let effectIsUnknown) where code.hasPrefix("busy."):
        wasUnknown = wasUnknown || effectIsUnknown
        state.withLock { ledger in
          if effectIsUnknown { ledger.unknown += 1 } else { ledger.refused += 1 }
        }
        pause(milliseconds: 5)
      case .refused:
        state.withLock { $0.surprises.append("\(write.command): \(connected.status)") }
        return
      }
    }
    state.withLock { $0.surprises.append("never acknowledged: \(write.command)") }
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

  /// Waits until each has had more writes acknowledged; false when one has not. Several more,
  /// because one answer may have been on its way before whatever went before this.
  func waitForProgress() -> Bool {
    let before = all.map { $0.ledger.acknowledged.count }
    return waitUntil(seconds: 120, everyMilliseconds: 5) {
      zip(all, before).allSatisfy { writer, count in writer.ledger.acknowledged.count >= count + 3 }
    }
  }

  /// Lets each finish its write, and ends them.
  func stop() { for writer in all { writer.stop() } }
}
