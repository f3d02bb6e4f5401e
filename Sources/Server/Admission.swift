import Access
import CommandLanguage
import EventLoop
import Foundations
import LineProtocol

/// How many requests the server works on at once, and what becomes of those that are too many.
///
/// A refusal costs a good part of what the request would have: a server that reads five times as much
/// as it can do, to refuse most of it, does a fraction of what it could. So refusals are made before
/// anything else is done, and whoever was refused is not read for a while: until the refusals so far
/// are paid for, each with so much time, or there is room again.
@EventLoop
final class Admission {
  private let service: Service
  private let limit: Int
  private let limitOfCommand: Int
  /// Requests of users that are worked on, of all commands and of each; answers that stream are not.
  private(set) var underWay = 0
  private var ofCommand: [String: Int] = [:]
  /// Connections that are not read, and until when, in microseconds; the earliest first.
  private var held: [(connection: ServerConnection, until: Int64)] = []
  /// When all refusals so far will have been paid for.
  private var paidAt: Int64 = 0
  private let timer = LoopTimer()
  private var isTicking = false

  /// The error of those that are too many.
  static let error = DomainError(
    .queueBusy, "too many requests are being worked on", retry: .seconds(1))
  private static let untaggedError = AnswerEncoder.error(error, tag: nil)

  /// The answer to one of those.
  static func refusal(tag: String?) -> [UInt8] {
    tag == nil ? untaggedError : AnswerEncoder.error(error, tag: tag)
  }

  /// Room for so many requests of this service, and for so many of one command.
  init(
    _ service: Service, limit: Int = Limits.requestsUnderWay,
    ofCommand limitOfCommand: Int = Limits.requestsOfCommand
  ) {
    self.service = service
    self.limit = limit
    self.limitOfCommand = limitOfCommand
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
  }

  /// Whether a request of a session is one too many. Those are not that stop others; nor those that
  /// begin or end a transaction, and whatever is in it: where a part of it is refused, and what was sent
  /// behind it is not, something else happens than was meant.
  func refuses(_ request: Request, _ session: Session) -> Bool {
    guard underWay >= limitOfCommand, !session.hasTransaction,
      let command = try? service.registry.resolve(request).0.declaration
    else { return false }
    let isTooMuch = underWay >= limit || ofCommand[command.path, default: 0] >= limitOfCommand
    return isTooMuch && !command.isUrgent && !command.isOfTransactions
  }

  /// A request of a connection was refused because there is too much to do.
  func refused(_ connection: ServerConnection) {
    let now = MonotonicClock.nowMicroseconds
    paidAt = min(
      max(paidAt, now) + Limits.refusalMicroseconds, now + Limits.refusalHoldMilliseconds * 1_000)
    guard connection.hold() else { return }
    held.append((connection, paidAt))
    tick()
  }

  private func tick() {
    guard !isTicking, !held.isEmpty else { return }
    isTicking = true
    timer.start(milliseconds: Limits.refusalTickMilliseconds) { [self] in
      isTicking = false
      release(at: MonotonicClock.nowMicroseconds)
      tick()
    }
  }

  private func release(at now: Int64) {
    // Each may ask for as much as a connection may have under way.
    var room = (limitOfCommand - underWay) / Limits.requestsInFlight
    var count = 0
    for (connection, until) in held {
      if until > now {
        guard room > 0 else { break }
        room -= 1
      }
      connection.release()
      count += 1
    }
    held.removeFirst(count)
  }
}
