import EventLoop
import Foundations

/// The database as the service sees it: short reads by everybody on shared connections, anything
/// else on a connection of its own.
@EventLoop
package final class Database: StatementRunner {
  let shared: SharedConnections
  let pool: ConnectionPool
  /// For lists that stream, which may take long: they never keep others from a connection.
  let streams: ConnectionPool
  /// For transactions that clients hold open: nor do they.
  let transactions: ConnectionPool
  /// Those and pages of reports, where they have a database of their own.
  private(set) var reports: (pages: ConnectionPool, streams: ConnectionPool)
  private let durability: DurabilityDemand
  private let connectionString: String
  /// The weakness that the log knows of.
  private var reportedWeakness: [String] = []
  /// The writers of hot paths, by their statement's name.
  private var batchers: [String: AnyObject] = [:]

  /// A database at any libpq connection string. Connections are made when they are needed.
  ///
  /// `revive` is called when the database cannot be reached, at most by one caller at a time; the
  /// embedded cluster restarts there. It answers why that failed, or nil.
  ///
  /// Reports are read at `reports`, where there is one: a replica, for example.
  package init(
    _ connectionString: String, reports reportString: String? = nil,
    loanedConnections: Int = Limits.loanedConnections,
    durability: DurabilityDemand = .full, revive: (@Sendable () async -> PostgresError?)? = nil
  ) {
    let source = ConnectionSource(
      connectionString, durability: durability, revive: revive)
    self.durability = durability
    self.connectionString = connectionString
    shared = SharedConnections(source, size: Limits.sharedReadConnections)
    pool = ConnectionPool(source, size: loanedConnections)
    streams = ConnectionPool(source, size: Limits.streamConnections)
    transactions = ConnectionPool(source, size: Limits.openTransactions)
    reports = (pool, streams)
    if let reportString {
      let source = ConnectionSource(reportString, durability: durability)
      reports = (
        ConnectionPool(source, size: loanedConnections),
        ConnectionPool(source, size: Limits.streamConnections)
      )
    }
  }

  /// The rows of one read.
  package func read<Input, Row>(
    _ statement: Statement<Input, Row>, _ input: Input
  ) async throws(PostgresError) -> [Row] {
    let query = statement.with(input)
    switch statement.description.lane {
    case .shared:
      return try await shared.read(query).rows(statement)
    case .protected, .report:
      // It would find no rows, and that would look like an answer.
      throw .withoutContext(statement: query.description.name)
    case .loan:
      // A read may be repeated when its connection turns out to have died.
      do {
        return try await readOnLoan(query).rows(statement)
      } catch PostgresError.connectionLost {
        return try await readOnLoan(query).rows(statement)
      }
    }
  }

  /// The results of queries that run in one transaction that only reads, in one round trip.
  package func readTogether(_ queries: [Query]) async throws(PostgresError) -> [QueryResult] {
    try await readTogether(queries, on: pool)
  }

  /// The results of queries of a report, which runs where reports do.
  package func readReport(_ queries: [Query]) async throws(PostgresError) -> [QueryResult] {
    try await readTogether(queries, on: reports.pages)
  }

  private func readTogether(
    _ queries: [Query], on pool: ConnectionPool
  ) async throws(PostgresError) -> [QueryResult] {
    let all = [.beginRead] + queries + [.commit]
    do throws(PostgresError) {
      return try await runTogether(all, on: pool).dropFirst().dropLast()
    } catch .connectionLost {
      // It may have died while idle, and a read may be repeated. Its COMMIT decides nothing.
      do throws(PostgresError) {
        return try await runTogether(all, on: pool).dropFirst().dropLast()
      } catch .connectionLost {
        throw .connectionLost(committing: false)
      }
    }
  }

  /// Copies the rows of a read out, whose columns have these names and which sees what `context`
  /// sets up.
  package func copyOut(
    _ query: Query, columns: [String], _ format: CopyFormat, context: [Query]
  ) async throws(PostgresError) -> CopyOut {
    do throws(PostgresError) {
      return try await copyOnLoan(query, columns, format, context)
    } catch .connectionLost {
      // It may have died while idle, and a read may be repeated.
      return try await copyOnLoan(query, columns, format, context)
    }
  }

  private func copyOnLoan(
    _ query: Query, _ columns: [String], _ format: CopyFormat, _ context: [Query]
  ) async throws(PostgresError) -> CopyOut {
    let pool = query.description.lane == .report ? reports.streams : streams
    return try await CopyOut(
      try await pool.borrow(), context: context, query, columns: columns, format: format
    ) { connection in pool.giveBack(connection) }
  }

  /// The results of queries that run in one transaction, in one round trip: all or none happen.
  package func writeTogether(_ queries: [Query]) async throws(PostgresError) -> [QueryResult] {
    try await retrying { () async throws(PostgresError) in
      try await self.runTogether([.begin] + queries + [.commit], on: self.pool, writing: true)
    }.dropFirst().dropLast()
  }

  /// Does one request of a hot path, in one transaction with whatever else of it has arrived.
  ///
  /// A request that is repeatable is sent again when the connection breaks with the outcome
  /// unknown.
  package func writeBatched<Request, Row>(
    _ statement: BatchStatement<Request, Row>, _ request: Request, isRepeatable: Bool
  ) async throws(PostgresError) -> Row {
    try await batcher(statement).run(request, isRepeatable: isRepeatable)
  }

  private func batcher<Request, Row>(
    _ statement: BatchStatement<Request, Row>
  ) -> Batcher<Request, Row> {
    let name = statement.description.name
    if let batcher = batchers[name] as? Batcher<Request, Row> { return batcher }
    let batcher = Batcher<Request, Row> {
      [weak self] (requests) async throws(PostgresError) in
      guard let self else { throw .connectionLost(committing: false) }
      return try statement.rows(try await self.writeTogether([statement.query(requests)])[0])
    }
    batchers[name] = batcher
    return batcher
  }

  /// Runs `body` in one transaction, again from the start where it fails to serialize.
  ///
  /// It commits when the body says so, and rolls back when it says that, or throws.
  package func transaction<Value: Sendable>(
    _ body: (Transaction) async throws(PostgresError) -> TransactionEnd<Value>
  ) async throws(PostgresError) -> Value {
    try await retrying { () async throws(PostgresError) in
      let connection = try await self.borrowForWriting(self.pool)
      defer { self.pool.giveBack(connection) }
      return try await Transaction(connection).run(body)
    }
  }

  /// Begins a transaction that stays open until it is told to end.
  package func begin() async throws(PostgresError) -> OpenTransaction {
    let connection = try await borrowForWriting(transactions)
    return try await OpenTransaction(connection) { [transactions] connection in
      transactions.giveBack(connection)
    }
  }

  /// The settings by which the database could lose acknowledged writes, which it therefore does not
  /// get; empty where it keeps them, or weak durability is accepted.
  package func weakenedSettings() async throws(PostgresError) -> [String] {
    do throws(PostgresError) {
      pool.giveBack(try await borrowForWriting(pool))
      return []
    } catch .notDurable(let settings) {
      return settings
    }
  }

  /// A connection to a server that keeps what it acknowledges. Each connection finds that out
  /// before its first write and again every few seconds: after a failover the server is another
  /// one, and a reload changes the settings of this one.
  private func borrowForWriting(
    _ pool: ConnectionPool
  ) async throws(PostgresError) -> Connection {
    do throws(PostgresError) {
      return try await borrowDurable(pool)
    } catch .connectionLost {
      // It had died while idle; nothing was sent but a question.
      return try await borrowDurable(pool)
    }
  }

  private func borrowDurable(
    _ pool: ConnectionPool
  ) async throws(PostgresError) -> Connection {
    let connection = try await pool.borrow()
    guard durability == .full else { return connection }
    do throws(PostgresError) {
      let weakened = try await connection.weakenedSettings()
      report(weakened)
      guard weakened.isEmpty else { throw .notDurable(weakened) }
      return connection
    } catch {
      pool.giveBack(connection)
      throw error
    }
  }

  private func report(_ weakened: [String]) {
    guard weakened != reportedWeakness else { return }
    reportedWeakness = weakened
    if weakened.isEmpty {
      Log.info("writes are made again: the database keeps what it acknowledges")
    } else {
      Log.error(
        "writes are refused: the database may lose acknowledged writes",
        [("weak", weakened.joined(separator: ","))])
    }
  }

  /// Calls `onNotification` with what is notified on `channel`, until the listener is stopped: over one
  /// more connection.
  package func listen(
    to channel: String, _ onNotification: @escaping @EventLoop (String) -> Void
  ) -> NotificationListener {
    NotificationListener(connectionString, channel: channel, onNotification: onNotification)
  }

  /// Closes every connection.
  package func close() {
    shared.close()
    pool.close()
    streams.close()
    transactions.close()
    reports.pages.close()
    reports.streams.close()
  }

  private func readOnLoan(_ query: Query) async throws(PostgresError) -> QueryResult {
    let connection = try await pool.borrow()
    defer { pool.giveBack(connection) }
    return try await connection.cancellable { () async throws(PostgresError) in
      try await connection.read(query)
    }
  }

  private func runTogether(
    _ queries: [Query], on pool: ConnectionPool, writing: Bool = false
  ) async throws(PostgresError) -> [QueryResult] {
    let connection = writing ? try await borrowForWriting(pool) : try await pool.borrow()
    defer { pool.giveBack(connection) }
    do throws(PostgresError) {
      return try await connection.cancellable { () async throws(PostgresError) in
        try await connection.run(queries)
      }
    } catch {
      // BEGIN took effect: the failed transaction is still open.
      if !connection.isBroken { _ = try? await connection.run([.rollback]) }
      throw error
    }
  }

  private func retrying<Value: Sendable>(
    _ body: () async throws(PostgresError) -> Value
  ) async throws(PostgresError) -> Value {
    for attempt in 1..<Limits.transactionAttempts {
      do throws(PostgresError) {
        return try await body()
      } catch {
        guard error.isTransient else { throw error }
        await EventLoop.sleep(milliseconds: .random(in: 0...Int64(4 << min(attempt, 6))))
      }
    }
    return try await body()
  }
}
