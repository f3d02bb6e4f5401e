import EventLoop
import Foundations

/// Makes connections, and has the database revived when it cannot be reached.
@EventLoop
final class ConnectionSource {
  private let connectionString: String
  private let durability: DurabilityDemand
  private let revive: (@Sendable () async -> PostgresError?)?
  private var revival: Task<PostgresError?, Never>?

  init(
    _ connectionString: String, durability: DurabilityDemand = .full,
    revive: (@Sendable () async -> PostgresError?)? = nil
  ) {
    self.connectionString = connectionString
    self.durability = durability
    self.revive = revive
  }

  func open() async throws(PostgresError) -> Connection {
    do {
      return try await Connection.open(connectionString, durability: durability)
    } catch {
      guard let revive else { throw error }
      // Whoever comes while a revival is under way waits for that one.
      let running =
        revival
        ?? Task {
          let failure = await revive()
          self.revival = nil
          return failure
        }
      revival = running
      if let failure = await running.value { throw failure }
      return try await Connection.open(connectionString, durability: durability)
    }
  }
}

/// Connections on loan, to one borrower at a time each. The queue for them is bounded in length
/// and in age, and whoever has waited longest is served first.
@EventLoop
final class ConnectionPool {
  private let source: ConnectionSource
  private let size: Int
  private let queueLength: Int
  private var idle: [Connection] = []
  /// Connections that are open, being opened, or to be opened by whom a slot was given.
  private var opened = 0
  private var waiting: [Waiter] = []
  /// How many wait for a connection.
  var waitingCount: Int { waiting.count }
  /// What is in use now, under the name that the pool goes by.
  func usage(_ name: String) -> PoolUsage {
    PoolUsage(
      name: name, inUse: opened - idle.count, open: opened, size: size, waiting: waiting.count)
  }
  /// Borrowers that are waiting or about to.
  private var queued = 0
  private var isClosed = false
  private var sweeper: LoopTimer?

  /// What a borrower gets.
  private enum Loan {
    case connection(Connection)
    /// Room for a connection that the borrower is to open.
    case slot
  }

  private struct Waiter {
    let since: Int64
    let resume: (Result<Loan, PostgresError>) -> Void
  }

  init(
    _ source: ConnectionSource, size: Int, queueLength: Int = Limits.connectionQueueLength
  ) {
    self.source = source
    self.size = size
    self.queueLength = queueLength
  }

  func borrow() async throws(PostgresError) -> Connection {
    switch try await loan() {
    case .connection(let connection): return connection
    case .slot: return try await open()
    }
  }

  func giveBack(_ connection: Connection) {
    if isClosed { connection.close() }
    if connection.isBroken {
      opened -= 1
    } else {
      idle.append(connection)
    }
    serveWaiting()
  }

  /// Closes what is idle, refuses whoever waits, and closes what is on loan when it comes back.
  func close() {
    isClosed = true
    for connection in idle { connection.close() }
    opened -= idle.count
    idle = []
    let refused = waiting
    waiting = []
    for waiter in refused { waiter.resume(.failure(.connectionLost(committing: false))) }
  }

  private func loan() async throws(PostgresError) -> Loan {
    guard !isClosed else { throw .connectionLost(committing: false) }
    // Who waits already comes first.
    if queued == 0, let loan = takeLoan() { return loan }
    // Counted here: others may come in before this one stands in the queue.
    guard queued < queueLength else { throw .overloaded }
    queued += 1
    let outcome: Result<Loan, PostgresError> = await withUnsafeContinuation { continuation in
      waiting.append(
        Waiter(since: MonotonicClock.nowMilliseconds) { outcome in
          self.queued -= 1
          continuation.resume(returning: outcome)
        })
      // Something may have become free on the way here.
      serveWaiting()
      scheduleSweep()
    }
    return try outcome.get()
  }

  /// A connection or the room for one; nil if everything is on loan.
  private func takeLoan() -> Loan? {
    while let connection = idle.popLast() {
      if !connection.isBroken { return .connection(connection) }
      opened -= 1
    }
    guard opened < size else { return nil }
    opened += 1
    return .slot
  }

  /// Hands what is free to those who have waited longest: none of it is left for newcomers.
  private func serveWaiting() {
    while !waiting.isEmpty, let loan = takeLoan() {
      waiting.removeFirst().resume(.success(loan))
    }
  }

  private func open() async throws(PostgresError) -> Connection {
    do {
      return try await source.open()
    } catch {
      opened -= 1
      // The next in the queue finds out for itself.
      serveWaiting()
      throw error
    }
  }

  private func scheduleSweep() {
    guard sweeper == nil else { return }
    let timer = LoopTimer()
    sweeper = timer
    timer.start(milliseconds: 250) { [self] in
      sweeper = nil
      let oldest = MonotonicClock.nowMilliseconds - Limits.connectionQueueMilliseconds
      while let first = waiting.first, first.since < oldest {
        waiting.removeFirst().resume(.failure(.overloaded))
      }
      if !waiting.isEmpty { scheduleSweep() }
    }
  }
}

/// A few connections that carry everybody's short reads, pipelined.
@EventLoop
final class SharedConnections {
  private let source: ConnectionSource
  private let inFlightLimit: Int
  private var slots: [Connection?]
  private var opening: [Task<Result<Connection, PostgresError>, Never>?]
  private var turn = 0

  init(
    _ source: ConnectionSource, size: Int, inFlightLimit: Int = Limits.sharedReadsInFlight
  ) {
    self.source = source
    self.inFlightLimit = inFlightLimit
    slots = Array(repeating: nil, count: size)
    opening = Array(repeating: nil, count: size)
  }

  func read(_ query: Query) async throws(PostgresError) -> QueryResult {
    do {
      return try await connection().read(query)
    } catch PostgresError.connectionLost {
      // It may have died while idle, and a read may be repeated.
      return try await connection().read(query)
    }
  }

  func close() {
    for connection in slots { connection?.close() }
  }

  /// What is in use now.
  var usage: PoolUsage {
    let open = slots.indices.compactMap { usable($0) }
    return PoolUsage(
      name: "shared", inUse: open.count { $0.inFlight > 0 }, open: open.count, size: slots.count,
      waiting: open.reduce(0) { $0 + $1.inFlight })
  }

  private func connection() async throws(PostgresError) -> Connection {
    turn = (turn + 1) % slots.count
    var slot = turn
    if let connection = usable(turn) {
      var best = connection
      // Nobody is refused while another connection has room.
      for other in slots.indices {
        if let connection = usable(other), connection.inFlight < best.inFlight { best = connection }
      }
      if best.inFlight < inFlightLimit { return best }
      guard let closed = slots.indices.first(where: { usable($0) == nil }) else {
        throw .overloaded
      }
      slot = closed
    }
    let attempt = opening[slot] ?? Task { await self.open() }
    opening[slot] = attempt
    let outcome = await attempt.value
    opening[slot] = nil
    let connection = try outcome.get()
    slots[slot] = connection
    return connection
  }

  private func usable(_ slot: Int) -> Connection? {
    slots[slot].flatMap { $0.isBroken ? nil : $0 }
  }

  private func open() async -> Result<Connection, PostgresError> {
    do throws(PostgresError) {
      return .success(try await source.open())
    } catch {
      return .failure(error)
    }
  }
}
