import CommandLanguage
import EventLoop
import Foundations
import Postgres

/// What a command's body runs in: who asks, and the database as they may use it.
@EventLoop
package struct CommandContext: Sendable {
  package nonisolated let service: Service
  package nonisolated let session: Session
  package nonisolated let declaration: CommandDeclaration
  package nonisolated let options: RequestOptions
  /// Takes the statements of writes in their place, where they are not to be run by themselves.
  var collector: QueryCollector?
  /// Is told how many rows of a stream have been taken, where `progress=yes` asks for it.
  var onProgress: @EventLoop (Int) -> Void = { _ in }

  /// Who asks; commands that need no authentication have nobody.
  var principal: Principal { session.principal ?? Principal(name: "nobody", roles: []) }

  /// Where its statements run.
  var runner: any StatementRunner { session.transaction?.open ?? service.database }

  /// Whether whoever asks may run a command.
  package func isPermitted(_ declaration: CommandDeclaration) -> Bool {
    declaration.needs == .nothing || session.principal?.may(declaration.needs) == true
  }

  /// The rows of a read.
  package func read<Input, Row>(
    _ statement: Statement<Input, Row>, _ input: Input
  ) async throws(DomainError) -> [Row] {
    try await translated { () async throws(PostgresError) in
      let lane = statement.description.lane
      guard lane == .protected || lane == .report || session.transaction != nil else {
        return try await service.database.read(statement, input)
      }
      let context = AccessStatements.setContext.with(
        (principal.name, principal.capabilityNames))
      if lane == .report {
        return try await service.database.readReport([context, statement.with(input)])[1]
          .rows(statement)
      }
      let results = try await runner.readTogether([context, statement.with(input)])
      return try results[1].rows(statement)
    }
  }

  /// The rows of a read that has nothing to do with a transaction of the session's.
  func readApart<Input, Row>(
    _ statement: Statement<Input, Row>, _ input: Input
  ) async throws(DomainError) -> [Row] {
    let setContext = AccessStatements.setContext.with((principal.name, principal.capabilityNames))
    return try await translated { () async throws(PostgresError) in
      try await service.database.readTogether([setContext, statement.with(input)])[1]
        .rows(statement)
    }
  }

  /// The rows of a read, as they are shown.
  package func readTable<Input>(
    _ statement: TableStatement<Input>, _ input: Input
  ) async throws(DomainError) -> Table {
    Table(columns: statement.columns, rows: try await read(statement.statement, input))
  }

  /// The rows of a read, or its error, for reads that run side by side (`async let` has no typed
  /// errors).
  package func resultOfRead<Input: Sendable>(
    _ statement: TableStatement<Input>, _ input: Input
  ) async -> Result<Table, DomainError> {
    do throws(DomainError) {
      return .success(try await readTable(statement, input))
    } catch {
      return .failure(error)
    }
  }

  /// The one row of a read. Where there is none, `find` is asked for the same thing: it refuses,
  /// with what was probably meant.
  package func readOne<Input, Key>(
    _ statement: TableStatement<Input>, _ input: Input,
    orRefuse find: Statement<Key, Int64>, _ key: Key
  ) async throws(DomainError) -> Table {
    let table = try await readTable(statement, input)
    if !table.rows.isEmpty { return table }
    _ = try await read(find, key)
    throw ErrorTranslation.fault("\(statement.description.name) has no row that its finder finds")
  }

  /// A page of a list: the rows, which `statement` gives one more of than asked for, and where
  /// the next page starts.
  package func readPage<Input>(
    _ statement: TableStatement<Input>, _ input: Input
  ) async throws(DomainError) -> Reply {
    if options.isUnlimited { return .stream(try await stream(statement, input)) }
    var table = try await readTable(statement, input)
    guard table.rows.count > options.limit else { return .list(table, next: nil) }
    table.rows.removeLast(table.rows.count - options.limit)
    return .list(table, next: table.rows.last.map(statement.key))
  }

  /// A page of what something has. Where it has nothing, it may not be there itself: `find` is asked,
  /// and refuses with what was probably meant. Of a stream nobody knows beforehand.
  package func readPage<Input, Key>(
    _ statement: TableStatement<Input>, _ input: Input,
    of key: Key, orRefuse find: Statement<Key, Int64>
  ) async throws(DomainError) -> Reply {
    if options.isUnlimited { _ = try await read(find, key) }
    let reply = try await readPage(statement, input)
    if case .list(let table, _) = reply, table.rows.isEmpty { _ = try await read(find, key) }
    return reply
  }

  /// Every row of a list, as it is read.
  private func stream<Input>(
    _ statement: TableStatement<Input>, _ input: Input
  ) async throws(DomainError) -> RowStream {
    guard session.transaction == nil else {
      throw DomainError(
        .transactionOpen,
        "limit=all does not run within a transaction; commit it first, or give a number",
        argument: "limit")
    }
    let format = options.format ?? session.format
    guard let copyFormat = CopyFormat(format) else {
      throw DomainError(
        .badValue, "limit=all needs csv, tsv or json: \(format.rawValue) is laid out by its rows",
        argument: "limit", suggestion: "format=csv")
    }
    let copy = try await translated { () async throws(PostgresError) in
      try await service.database.copyOut(
        statement.with(input), columns: statement.columns.map(\.name), copyFormat,
        context: [AccessStatements.setContext.with((principal.name, principal.capabilityNames))])
    }
    return RowStream(
      columns: statement.columns,
      next: { () async throws(DomainError) in
        try await self.translated { () async throws(PostgresError) in try await copy.next() }
      }, end: { await copy.close() })
  }

  /// One write: a statement that changes rows and answers one, in its own transaction with its
  /// audit and, where it has a key, its stored answer.
  package func write<Input, Row>(
    _ statement: Statement<Input, Row>, _ input: Input,
    _ pairs: (Row) -> [Reply.Pair]
  ) async throws(DomainError) -> Reply {
    let query = statement.with(input)
    if let collector {
      collector.take(CollectedQuery(query: query) { _ in nil })
      return .done([])
    }
    if options.preview { return try await preview(query) }
    guard let key = options.key else {
      let results = try await translated { () async throws(PostgresError) in
        try await runner.writeTogether([beginCommand, query])
      }
      return .done(pairs(try row(results[1], statement)))
    }
    return try await writeOnce(key) { (transaction) async throws(PostgresError) in
      let rows = try await transaction.run([beginCommand, query])[1].rows(statement)
      return rows.first.map(pairs)
    }
  }

  /// The changes that a write would make, as rows; nothing happens.
  package func preview(_ query: Query) async throws(DomainError) -> Reply {
    let changes: Table = try await translated { () async throws(PostgresError) in
      try await runner.transaction { (transaction) async throws(PostgresError) in
        let results = try await transaction.run([
          beginCommand, query, AccessStatements.checkDeferred.with(()),
          AccessStatements.currentChanges.with(()),
        ])
        return .rollback(try AccessStatements.currentChanges.table(results[3]))
      }
    }
    return .list(changes, next: nil)
  }

  /// BEGIN's companion: sets who acts, claims the key, and says which revision is to be compared.
  var beginCommand: Query {
    AccessStatements.beginCommand.with(
      (
        principal.name, principal.capabilityNames, declaration.path, options.canonicalText,
        options.preview ? nil : options.key, options.ifRevision
      ))
  }

  /// A write under a key. The key's claim makes sending it again safe: so it is sent again here
  /// when the connection breaks with the outcome unknown. Once it is unknown, it stays so until an
  /// attempt says more: the claim waits for the earlier attempt's end.
  private func writeOnce(
    _ key: String,
    _ body: (Transaction) async throws(PostgresError) -> [Reply.Pair]?
  ) async throws(DomainError) -> Reply {
    var mayHaveHappened = false
    for attempt in 1...Limits.lostConnectionAttempts {
      do throws(PostgresError) {
        let pairs = try await runner.transaction {
          (transaction) async throws(PostgresError) -> TransactionEnd<[Reply.Pair]?> in
          guard let pairs = try await body(transaction) else { return .rollback(nil) }
          _ = try await transaction.run([storeReply(key, pairs)])
          return .commit(pairs)
        }
        guard let pairs else { break }
        return .done(pairs)
      } catch .connectionLost(let committing)
        where attempt < Limits.lostConnectionAttempts
      {
        mayHaveHappened = mayHaveHappened || committing
      } catch .server(let error) where error.constraint == ErrorCode.idempotency.description {
        return try await replay(key)
      } catch {
        let error = service.translation.domainError(error)
        throw mayHaveHappened ? error.withUnknownOutcome : error
      }
    }
    throw ErrorTranslation.fault("\(declaration.path) changed nothing and said nothing")
  }

  /// Keeps the answer of the request's key.
  func storeReply(_ key: String, _ pairs: [Reply.Pair]) -> Query {
    AccessStatements.storeReply.with(
      (
        principal.name, key, pairs.map(\.name),
        pairs.map { $0.isSecret ? "(shown once)" : $0.value }
      ))
  }

  /// The stored answer of a key, if the request was the same.
  package func replay(_ key: String) async throws(DomainError) -> Reply {
    let stored: StoredRequest?
    do throws(DomainError) {
      stored = try await read(AccessStatements.storedRequest, (principal.name, key)).first
    } catch {
      throw error.withUnknownOutcome
    }
    guard let stored, stored.request == options.canonicalText, let names = stored.names,
      let values = stored.values
    else {
      // Only the command's own words: its arguments may say something about a person.
      let words = (stored?.request ?? "none").prefix { $0 != "\"" }.split(separator: " ")
      let path = words.filter { !$0.contains("=") }.joined(separator: " ")
      throw DomainError(
        .idempotency,
        "the key \(key) was used before, with another command or other arguments: \(path)",
        argument: "key")
    }
    return .done(
      zip(names, values).map { Reply.Pair($0, $1) } + [Reply.Pair("replayed", "yes")])
  }

  /// The statement of a request that writes; it is not run.
  func collected(_ request: Request) async throws(DomainError) -> CollectedQuery {
    let invocation = try service.registry.bind(request)
    let collector = QueryCollector()
    let context = CommandContext(
      service: service, session: session, declaration: invocation.declaration,
      options: invocation.options, collector: collector)
    _ = try await invocation.run(context)
    if let collected = collector.collected { return collected }
    throw DomainError(
      .notImportable, "\(invocation.declaration.path) does more than one statement can")
  }

  private func row<Input, Row>(
    _ result: QueryResult, _ statement: Statement<Input, Row>
  ) throws(DomainError) -> Row {
    do throws(PostgresError) {
      if let row = try result.rows(statement).first { return row }
    } catch {
      throw service.translation.domainError(error)
    }
    throw ErrorTranslation.fault("\(statement.description.name) changed nothing and said nothing")
  }

  func translated<Value>(
    _ body: () async throws(PostgresError) -> Value
  ) async throws(DomainError) -> Value {
    do throws(PostgresError) {
      return try await body()
    } catch {
      throw service.translation.domainError(error)
    }
  }
}

extension CopyFormat {
  /// The way in which PostgreSQL writes rows by itself; nil for layouts.
  fileprivate init?(_ format: OutputFormat) {
    switch format {
    case .tsv: self = .text
    case .csv: self = .csv
    case .json: self = .json
    case .table, .expanded, .markdown: return nil
    }
  }
}

/// Holds the statement that a command would have run.
@EventLoop
final class QueryCollector {
  private(set) var collected: CollectedQuery?

  /// Takes a statement.
  func take(_ query: CollectedQuery) { collected = query }
}
