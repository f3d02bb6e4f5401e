import CommandLanguage
import EventLoop
import Foundations
import Postgres

/// Runs the rows of an import in one transaction, some hundred at a time, and finds those that are
/// refused: by their types here, by their rules in the database.
@EventLoop
struct ImportWork: Sendable {
  /// A row's statement.
  private struct Row {
    let line: Int
    let query: CollectedQuery
  }

  private let context: CommandContext
  private let isPreview: Bool
  private let startedAt = MonotonicClock.nowMilliseconds
  private(set) var importedCount = 0
  private(set) var refusedCount = 0
  private var refusedRows: [(line: Int, row: [Value])] = []

  init(context: CommandContext, isPreview: Bool) {
    self.context = context
    self.isPreview = isPreview
  }

  /// The refused rows, the first of them if they are many.
  var refusals: Table {
    Table(
      columns: context.declaration.returns.columns,
      rows: refusedRows.sorted { $0.line < $1.line }.map(\.row))
  }

  /// What the answer says, and the key's answer later.
  func pairs(_ reader: ImportReader) -> [Reply.Pair] {
    [
      .init("imported", importedCount), .init("refused", refusedCount),
      .init(Self.digestName, reader.digest),
    ]
  }

  /// The name of the pair that tells the data from other data.
  static let digestName = "data"

  /// Runs all rows.
  mutating func run(
    _ reader: inout ImportReader, in transaction: Transaction
  ) async throws(DomainError) {
    let begin = context.beginCommand
    _ = try await context.translated { () async throws(PostgresError) in
      try await transaction.run([begin])
    }
    var batch: [Row] = []
    while let item = try await reader.next() {
      switch item {
      case .refused(let error, let line): refuse(error, line)
      case .request(let request, let line):
        do throws(DomainError) {
          batch.append(Row(line: line, query: try await context.collected(request)))
        } catch {
          refuse(error, line)
        }
      }
      if batch.count == Limits.importBatchRows {
        try await run(batch, in: transaction)
        batch = []
        try await mayGoOn()
      }
    }
    if !batch.isEmpty { try await run(batch, in: transaction) }
    if let key = context.options.key, !isPreview {
      let store = context.storeReply(key, pairs(reader))
      _ = try await context.translated { () async throws(PostgresError) in
        try await transaction.run([store])
      }
    }
  }

  /// It may take long: who is not let in any more, and what takes too long, comes to its end.
  private func mayGoOn() async throws(DomainError) {
    try await context.service.recheck(context.session, for: context.declaration.path)
    if let failure = context.session.transaction?.failure { throw failure }
    guard MonotonicClock.nowMilliseconds - startedAt < Limits.importMilliseconds else {
      throw DomainError(
        .timeout,
        "an import may take \(Limits.importMilliseconds / 1_000) s; send the rows in several")
    }
  }

  /// Runs rows together. Where one is refused, those around it are run again without it; after some
  /// of those, each by itself.
  private mutating func run(
    _ rows: [Row], in transaction: Transaction
  ) async throws(DomainError) {
    var rows = rows[...]
    for _ in 0..<Limits.importBatchRefusals {
      guard let (index, error) = try await attempt(rows, in: transaction) else { return }
      refuse(error, rows[index].line)
      rows.remove(at: index)
      if rows.isEmpty { return }
    }
    for index in rows.indices {
      if let (_, error) = try await attempt(rows[index...index], in: transaction) {
        refuse(error, rows[index].line)
      }
    }
  }

  /// Runs rows under a savepoint; the first that is refused, if one is: then nothing of them happened.
  private mutating func attempt(
    _ rows: ArraySlice<Row>, in transaction: Transaction
  ) async throws(DomainError) -> (index: Int, error: DomainError)? {
    let results = await transaction.attempt(rows.map(\.query.query))
    for (index, result) in zip(rows.indices, results) {
      var refusal: DomainError?
      switch result {
      case .failure(let error):
        guard error.isOfTheRequest else { throw context.service.translation.domainError(error) }
        refusal = context.service.translation.domainError(error)
      case .success(let result):
        refusal = try await context.translated { () async throws(PostgresError) in
          try rows[index].query.refusal(result)
        }
      }
      if let refusal {
        try await context.translated { () async throws(PostgresError) in
          try await transaction.undoAttempt()
        }
        return (index, refusal)
      }
    }
    try await context.translated { () async throws(PostgresError) in
      try await transaction.endAttempt()
    }
    importedCount += rows.count
    return nil
  }

  private mutating func refuse(_ error: DomainError, _ line: Int) {
    refusedCount += 1
    guard refusedRows.count < Limits.importRefusals else { return }
    refusedRows.append(
      (
        line,
        [
          .integer(Int64(line)), .text(error.argument), .text(error.code.description),
          .text(error.message),
        ]
      ))
  }
}

/// The statement of a command that was bound and not run, and what its result says.
struct CollectedQuery: Sendable {
  let query: Query
  /// The refusal that the result is, if it is one.
  let refusal: @Sendable (QueryResult) throws(PostgresError) -> DomainError?
}
