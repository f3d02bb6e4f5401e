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
  private let startedAt = MonotonicClock.nowMilliseconds
  private var importedCount = 0
  private var refusedCount = 0
  private var refusedRows: [(line: Int, row: [Value])] = []

  init(context: CommandContext) {
    self.context = context
  }

  /// What came of the rows: the refused ones, the first of them if they are many, and why nothing was
  /// imported, where one refused row is one too many.
  func outcome(_ policy: ImportPolicy) -> StreamedOutcome {
    let error = DomainError(
      .rowsRefused,
      "\(refusedCount) of \(refusedCount + importedCount) rows were refused, and "
        + "nothing was imported; mend them, or import the others: on-error=skip",
      argument: "data")
    return StreamedOutcome(
      rows: Table(
        columns: context.declaration.returns.columns,
        rows: refusedRows.sorted { $0.line < $1.line }.map(\.row)),
      pairs: [.init("imported", importedCount), .init("refused", refusedCount)],
      error: refusedCount > 0 && policy == .stop ? error : nil)
  }

  /// Runs all rows.
  mutating func run(
    _ records: inout RecordReader, _ command: CommandDeclaration, in transaction: Transaction
  ) async throws(DomainError) {
    var batch: [Row] = []
    while let item = try await records.next() {
      switch item {
      case .refused(let error, let line): refuse(error, line)
      case .record(let record):
        do throws(DomainError) {
          let query = try await context.collected(Self.request(command, record))
          batch.append(Row(line: record.line, query: query))
        } catch {
          refuse(error, record.line)
        }
      }
      if batch.count == Limits.importBatchRows {
        try await run(batch, in: transaction)
        batch = []
        try await context.mayGoOn(since: startedAt)
      }
    }
    if !batch.isEmpty { try await run(batch, in: transaction) }
  }

  /// A row as a request of the command.
  private static func request(
    _ command: CommandDeclaration, _ record: RecordReader.Record
  ) -> Request {
    var arguments = command.path.split(separator: " ").map { Argument(value: String($0)) }
    for (name, value) in record.cells {
      if let value { arguments.append(Argument(name: name, value: value)) }
    }
    return Request(arguments: arguments)
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
