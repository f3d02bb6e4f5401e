import Access
import CommandLanguage
import EventLoop
import Foundations

/// How many requests the server works on at once; a connection whose next one there is no room for
/// waits in a queue, and is refused it when that takes too long.
///
/// More requests at once would not be answered sooner, only cost more each. So a short rush is not
/// refused at all, and of one that lasts most is never read: refusing all of it would take the time
/// that is missing.
@EventLoop
final class Admission {
  /// A connection's place in a queue, which it keeps until it waits no more: also while requests of it
  /// begin one after the other, or are refused.
  final class Place {
    fileprivate weak var connection: ServerConnection?
    fileprivate let command: String
    /// Since when it stands there, in microseconds, and how often it has had its turn.
    fileprivate var since = MonotonicClock.nowMicroseconds
    fileprivate var turns = 0
    /// The number of the request that there was no room for, and since when that waits.
    fileprivate var number = 0
    fileprivate var requestSince: Int64 = 0
    fileprivate var isKept = true

    fileprivate init(_ connection: ServerConnection, _ command: String) {
      self.connection = connection
      self.command = command
    }
  }

  private let registry: Registry<CommandContext>
  private let limit: Int
  private let limitOfCommand: Int
  private let patienceMicroseconds: Int64
  /// Limited requests that are worked on, of all commands and of each; answers that stream are not.
  private(set) var underWay = 0
  private var ofCommand: [String: Int] = [:]
  /// Who waits for room for a request of this command.
  private var waiting: [String: FIFO<Place>] = [:]
  /// When requests are refused that wait still, in microseconds; the earliest first.
  private var deadlines = FIFO<(place: Place, number: Int, at: Int64)>()
  /// The command of the connection whose turn it is.
  private var turn: String?
  private var isReleaseDue = false
  private var isWatchingTheClock = false
  private let timer = LoopTimer()

  /// Room for so many requests, and for so many of one command; so long is it waited for.
  init(
    _ registry: Registry<CommandContext>, limit: Int, ofCommand limitOfCommand: Int,
    waitMilliseconds: Int64
  ) {
    self.registry = registry
    self.limit = limit
    self.limitOfCommand = limitOfCommand
    patienceMicroseconds = waitMilliseconds * 1_000
  }

  /// Whether there is room for so many requests of this command in a session only.
  ///
  /// There always is for strangers, who can do little, and for what has limits of its own: what stops
  /// others; and what begins or ends a transaction, and is in it. Where a part of that is refused, and
  /// what was sent behind it is not, something else happens than was meant.
  func limits(_ command: CommandDeclaration, _ session: Session) -> Bool {
    session.principal != nil && !session.hasTransaction && !command.isUrgent
      && !command.isOfTransactions
  }

  /// A limited request of this command is worked on from now on.
  func begin(_ command: String) {
    underWay += 1
    ofCommand[command, default: 0] += 1
  }

  /// It is not any more.
  func end(_ command: String) {
    underWay -= 1
    ofCommand[command, default: 0] -= 1
    guard !waiting.isEmpty, !isReleaseDue else { return }
    // Many end in one turn of the loop: those who wait begin together, too.
    isReleaseDue = true
    EventLoop.task { await self.release() }
  }

  /// Whether a request of a session may begin, together with so many others of it.
  func admits(_ request: Request, of session: Session, with others: Int) -> Bool {
    guard underWay + others >= limitOfCommand || !waiting.isEmpty,
      let command = try? registry.resolve(request).0.declaration, limits(command, session)
    else { return true }
    let isNext = turn == command.path || waiting[command.path] == nil
    return isNext && hasRoom(1 + others, command.path)
  }

  /// The request of this number was not admitted: its connection waits for its turn.
  func wait(_ connection: ServerConnection, _ number: Int, for request: Request) {
    guard let command = try? registry.resolve(request).0.declaration.path else { return }
    let place = place(of: connection, command)
    place.number = number
    place.requestSince = MonotonicClock.nowMicroseconds
    place.isKept = true
    deadlines.append((place, number, place.requestSince + patienceMicroseconds))
    watchTheClock()
  }

  private func place(of connection: ServerConnection, _ command: String) -> Place {
    if let place = connection.place {
      if place.command == command { return place }
      leave(place)
    }
    let place = Place(connection, command)
    connection.place = place
    waiting[command, default: FIFO()].append(place)
    return place
  }

  /// The connection waits no more. Its place is passed over when its turn comes.
  func leave(_ place: Place) {
    place.connection?.place = nil
    place.connection = nil
  }

  private func hasRoom(_ count: Int, _ command: String) -> Bool {
    underWay + count <= limit && ofCommand[command, default: 0] + count <= limitOfCommand
  }

  private func release() {
    isReleaseDue = false
    while let place = longestWaiting() {
      turn = place.command
      perform(place) { $0.admit(place.number, since: place.requestSince) }
      turn = nil
      place.turns += 1
      let hasLeft = place.connection == nil
      guard hasLeft || place.turns >= Limits.requestsInFlight else { continue }
      waiting[place.command]?.removeFirst()
      if !hasLeft { goToTheEnd(place) }
      if waiting[place.command]?.first == nil { waiting[place.command] = nil }
    }
  }

  /// Who goes on asking for more lets the others have their turn.
  private func goToTheEnd(_ place: Place) {
    place.since = MonotonicClock.nowMicroseconds
    place.turns = 0
    waiting[place.command]?.append(place)
  }

  /// Does something for a connection by which it may keep its place, or not.
  private func perform(_ place: Place, _ action: (ServerConnection) -> Void) {
    guard let connection = place.connection else { return }
    place.isKept = false
    action(connection)
    if !place.isKept, place.connection != nil { leave(place) }
  }

  /// Who has waited for the longest of those that there is room for.
  private func longestWaiting() -> Place? {
    waiting.lazy.filter { [self] in hasRoom(1, $0.key) }.compactMap(\.value.first)
      .min { $0.since < $1.since }
  }

  // MARK: The clock

  private func watchTheClock() {
    guard !isWatchingTheClock, deadlines.first != nil else { return }
    isWatchingTheClock = true
    timer.start(milliseconds: Limits.roomTickMilliseconds) { [self] in
      isWatchingTheClock = false
      refuseOverdue(at: MonotonicClock.nowMicroseconds)
      watchTheClock()
    }
  }

  private func refuseOverdue(at now: Int64) {
    release()
    while let (place, number, at) = deadlines.first, at <= now {
      deadlines.removeFirst()
      if place.number == number { perform(place) { $0.refuse(number) } }
    }
  }
}
