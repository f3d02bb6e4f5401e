import Access
import CommandLanguage
import EventLoop
import Foundations

/// How many requests the server works on at once; whose next one there is no room for waits in a
/// queue, and is refused it when that takes too long.
///
/// Requests beyond the limits would not be answered sooner, only cost more each: they wait as bytes of
/// their connections. So a short rush is not refused at all. Of what lasts, most is never read, because
/// its connections wait: refusing all of it would take the time that is missing.
@EventLoop
final class Admission {
  private struct Waiting {
    let connection: ServerConnection
    /// When its request is refused, in milliseconds.
    let until: Int64
  }

  private let registry: Registry<CommandContext>
  private let limit: Int
  private let limitOfCommand: Int
  /// How much room there must be for the next of those who wait: as much as a connection may take, so
  /// that it does not begin only to wait again, behind everybody.
  private let portion: Int
  /// Requests of users that are worked on, of all commands and of each; answers that stream are not.
  private(set) var underWay = 0
  private var ofCommand: [String: Int] = [:]
  /// Connections whose next request is of this command and waits for room.
  private var waiting: [String: FIFO<Waiting>] = [:]
  /// Whether one of them is having its turn.
  private var isReleasing = false
  private let timer = LoopTimer()

  /// Connections that wait for room.
  var waitingConnections: Int { waiting.values.reduce(0) { $0 + $1.count } }

  /// Room for so many requests, and for so many of one command.
  init(
    _ registry: Registry<CommandContext>, limit: Int = Limits.requestsUnderWay,
    ofCommand limitOfCommand: Int = Limits.requestsOfCommand
  ) {
    self.registry = registry
    self.limit = limit
    self.limitOfCommand = limitOfCommand
    portion = max(1, min(Limits.requestsInFlight, limitOfCommand / 2))
  }

  /// A request of this command is worked on from now on.
  func begin(_ command: String) {
    underWay += 1
    ofCommand[command, default: 0] += 1
  }

  /// It is not any more.
  func end(_ command: String) {
    underWay -= 1
    ofCommand[command, default: 0] -= 1
    while let next = longestWaiting() {
      isReleasing = true
      popFirst(next)?.connection.release()
      isReleasing = false
    }
  }

  /// Whether a request of a session may begin. Those always may that stop others; and those that begin
  /// or end a transaction, and whatever is in it: where a part of it is refused, and what was sent behind
  /// it is not, something else happens than was meant.
  func admits(_ request: Request, _ session: Session) -> Bool {
    guard underWay >= limitOfCommand || !waiting.isEmpty, !session.hasTransaction,
      let command = try? registry.resolve(request).0.declaration,
      !command.isUrgent, !command.isOfTransactions
    else { return true }
    return hasRoom(1, command.path) && (isReleasing || waiting[command.path] == nil)
  }

  /// This request of a connection was not admitted: the connection waits for its turn.
  func wait(_ connection: ServerConnection, for request: Request) {
    let command = (try? registry.resolve(request).0.declaration.path) ?? ""
    let until = MonotonicClock.nowMilliseconds + Limits.admissionMilliseconds
    waiting[command, default: FIFO()].append(Waiting(connection: connection, until: until))
    if waiting.count == 1 { watchTheClock() }
  }

  private func hasRoom(_ count: Int, _ command: String) -> Bool {
    underWay + count <= limit && ofCommand[command, default: 0] + count <= limitOfCommand
  }

  /// The command that there is room for and that somebody has waited for the longest.
  private func longestWaiting() -> String? {
    var longest: (command: String, until: Int64)?
    for (command, queue) in waiting where hasRoom(portion, command) {
      guard let first = queue.first, first.until < longest?.until ?? .max else { continue }
      longest = (command, first.until)
    }
    return longest?.command
  }

  private func popFirst(_ command: String) -> Waiting? {
    let first = waiting[command]?.popFirst()
    if waiting[command]?.first == nil { waiting[command] = nil }
    return first
  }

  private func watchTheClock() {
    timer.start(milliseconds: Limits.admissionTickMilliseconds) { [self] in
      refuseOverdue(at: MonotonicClock.nowMilliseconds)
      if !waiting.isEmpty { watchTheClock() }
    }
  }

  private func refuseOverdue(at now: Int64) {
    for command in waiting.keys {
      while let first = waiting[command]?.first, first.until <= now {
        // What it sent behind that may wait again, behind the others.
        popFirst(command)?.connection.refuseWaiting()
      }
    }
  }
}
