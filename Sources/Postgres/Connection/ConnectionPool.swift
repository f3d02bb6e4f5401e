import EventLoop
import Foundations

/// Makes connections, and has the database revived when it cannot be reached.
@EventLoop
final class ConnectionSource {
  private let connectionString: String
  private let revive: (@Sendable () async -> PostgresError?)?
  private var revival: Task<PostgresError?, Never>?

  init(_ connectionString: String, revive: (@Sendable () async -> PostgresError?)?) {
    self.connectionString = connectionString
    self.revive = revive
  }

  func open() async throws(PostgresError) -> Connection {
    do {
      return try await Connection.open(connectionString)
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
      return try await Connection.open(connectionString)
    }
  }
}

/// Connections on loan, to one borrower at a time each. The queue for them is bounded in length
/// and in age.
@EventLoop
final class ConnectionPool {
  private let source: ConnectionSource
  private let size: Int
  private var idle: [Connection] = []
  private var opened = 0
  private var waiting: [Waiter] = []
  private var sweeper: LoopTimer?

  private struct Waiter {
    let since: Int64
    let resume: (Result<Connection?, PostgresError>) -> Void
  }

  init(_ source: ConnectionSource, size: Int) {
    self.source = source
    self.size = size
  }

  func borrow() async throws(PostgresError) -> Connection {
    while let connection = idle.popLast() {
      if !connection.isBroken { return connection }
      opened -= 1
    }
    if opened < size { return try await open() }
    guard waiting.count < Limits.connectionQueueLength else { throw .overloaded }
    let outcome: Result<Connection?, PostgresError> = await withUnsafeContinuation { continuation in
      waiting.append(Waiter(since: MonotonicClock.nowMilliseconds) { continuation.resume(returning: $0) })
      scheduleSweep()
    }
    if let connection = try outcome.get() { return connection }
    return try await open()
  }

  func giveBack(_ connection: Connection) {
    if connection.isBroken {
      opened -= 1
      if !waiting.isEmpty { waiting.removeFirst().resume(.success(nil)) }
    } else if waiting.isEmpty {
      idle.append(connection)
    } else {
      waiting.removeFirst().resume(.success(connection))
    }
  }

  func close() {
    for connection in idle { connection.close() }
    opened -= idle.count
    idle = []
  }

  private func open() async throws(PostgresError) -> Connection {
    opened += 1
    do {
      return try await source.open()
    } catch {
      opened -= 1
      // The next in the queue finds out for itself.
      if !waiting.isEmpty { waiting.removeFirst().resume(.success(nil)) }
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
  private var slots: [Connection?]
  private var opening: [Task<Result<Connection, PostgresError>, Never>?]
  private var turn = 0

  init(_ source: ConnectionSource, size: Int) {
    self.source = source
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

  private func connection() async throws(PostgresError) -> Connection {
    turn = (turn + 1) % slots.count
    let slot = turn
    if let connection = slots[slot], !connection.isBroken {
      guard connection.inFlight < Limits.sharedReadsInFlight else { throw .overloaded }
      return connection
    }
    let attempt = opening[slot] ?? Task { await self.open() }
    opening[slot] = attempt
    let outcome = await attempt.value
    opening[slot] = nil
    let connection = try outcome.get()
    slots[slot] = connection
    return connection
  }

  private func open() async -> Result<Connection, PostgresError> {
    do throws(PostgresError) {
      return .success(try await source.open())
    } catch {
      return .failure(error)
    }
  }
}
