import CommandLanguage
import EventLoop
import Foundations
import Postgres

/// What came of a stream of rows.
package struct StreamedOutcome: Sendable {
  /// What is to be said about some of them.
  package let rows: Table
  /// What is to be said about all.
  package let pairs: [Reply.Pair]
  /// Why nothing of it is kept, if so.
  package let error: DomainError?

  /// An outcome of these parts.
  package init(rows: Table, pairs: [Reply.Pair], error: DomainError? = nil) {
    self.rows = rows
    self.pairs = pairs
    self.error = error
  }
}

/// Writes that read a stream of rows, which may take long.
extension CommandContext {
  /// The name of the pair that tells the data from other data.
  private static var digestName: String { "data" }

  /// Does what `body` makes of the rows, in one transaction: all of it is kept or none. With `key=` it
  /// happens once, and only for the same data again is the same answered.
  package func writeStream(
    _ records: RecordReader,
    _ body: (inout RecordReader, Transaction) async throws(DomainError) -> StreamedOutcome
  ) async throws(DomainError) -> Reply {
    var records = records
    if options.progress {
      records.onRow = onProgress
      onProgress(0)
    }
    if let key = options.key, !options.preview, let reply = try await replayed(key, &records) {
      return reply
    }
    try await records.readHeader()
    guard let open = session.transaction?.open else {
      let own = try await translated { () async throws(PostgresError) in
        try await service.database.begin()
      }
      do throws(DomainError) {
        let reply = try await writeStream(&records, within: own, body)
        try await translated { () async throws(PostgresError) in try await own.commit() }
        return reply
      } catch {
        await own.rollback()
        throw error
      }
    }
    return try await writeStream(&records, within: open, body)
  }

  private func writeStream(
    _ records: inout RecordReader, within open: OpenTransaction,
    _ body: (inout RecordReader, Transaction) async throws(DomainError) -> StreamedOutcome
  ) async throws(DomainError) -> Reply {
    var reader = records
    let result: Result<StreamedOutcome, DomainError> = try await translated {
      () async throws(PostgresError) in
      try await open.transaction { (transaction) async throws(PostgresError) in
        do throws(DomainError) {
          let outcome = try await run(&reader, in: transaction, body)
          let isKept = !options.preview && outcome.error == nil
          return isKept ? .commit(.success(outcome)) : .rollback(.success(outcome))
        } catch {
          return .rollback(.failure(error))
        }
      }
    }
    let outcome = try result.get()
    return .outcome(outcome.rows, outcome.error == nil ? outcome.pairs : [], outcome.error)
  }

  private func run(
    _ reader: inout RecordReader, in transaction: Transaction,
    _ body: (inout RecordReader, Transaction) async throws(DomainError) -> StreamedOutcome
  ) async throws(DomainError) -> StreamedOutcome {
    let begin = beginCommand
    _ = try await translated { () async throws(PostgresError) in
      try await transaction.run([begin])
    }
    let done = try await body(&reader, transaction)
    let outcome = StreamedOutcome(
      rows: done.rows, pairs: done.pairs + [.init(Self.digestName, reader.digest)],
      error: done.error)
    if let key = options.key, !options.preview, outcome.error == nil {
      let store = storeReply(key, outcome.pairs)
      _ = try await translated { () async throws(PostgresError) in
        try await transaction.run([store])
      }
    }
    return outcome
  }

  /// The answer of an earlier write of the same data under this key.
  private func replayed(
    _ key: String, _ records: inout RecordReader
  ) async throws(DomainError) -> Reply? {
    guard try await read(AccessStatements.storedRequest, (principal.name, key)).first != nil else {
      return nil
    }
    let reply = try await replay(key)
    try await records.drain()
    guard case .done(let pairs) = reply,
      pairs.contains(Reply.Pair(Self.digestName, records.digest))
    else {
      throw DomainError(
        .idempotency, "the key \(key) was used before, for other data", argument: "key")
    }
    return reply
  }

  /// Between some rows and the next: who is not let in any more, and what takes too long since it
  /// started (milliseconds), comes to its end.
  package func mayGoOn(since startedAt: Int64) async throws(DomainError) {
    try await service.recheck(session, for: declaration.path)
    if let failure = session.transaction?.failure { throw failure }
    guard MonotonicClock.nowMilliseconds - startedAt < Limits.importMilliseconds else {
      throw DomainError(
        .timeout,
        "an import may take \(Limits.importMilliseconds / 1_000) s; send the rows in several")
    }
  }

  /// The results of queries in a stream's transaction, in one round trip.
  package func run(
    _ queries: [Query], in transaction: Transaction
  ) async throws(DomainError) -> [QueryResult] {
    try await translated { () async throws(PostgresError) in try await transaction.run(queries) }
  }

  /// The rows of a read in a stream's transaction, as they are shown.
  package func table<Input>(
    _ statement: TableStatement<Input>, _ input: Input, in transaction: Transaction
  ) async throws(DomainError) -> Table {
    try await translated { () async throws(PostgresError) in
      try statement.table(try await transaction.run([statement.with(input)])[0])
    }
  }

  /// The row of a write in a stream's transaction.
  package func row<Input, Row>(
    _ statement: Statement<Input, Row>, _ input: Input, in transaction: Transaction
  ) async throws(DomainError) -> Row {
    let row = try await translated { () async throws(PostgresError) in
      try await transaction.run([statement.with(input)])[0].rows(statement).first
    }
    if let row { return row }
    throw ErrorTranslation.fault("\(statement.description.name) answered no row")
  }
}
