import CommandLanguage
import EventLoop
import Foundations
import Postgres

/// `import`: one command for each row of a file, all of them or none.
enum ImportCommands {
  static let all = [importRows]

  private static let columns = [
    Column("line", .integer), Column("argument", .text), Column("code", .text),
    Column("message", .text),
  ]

  private static let importRows = Command<CommandContext>(
    "import", "Run a command for each row of a CSV file, whose first row names parameters.",
    needs: .authentication, effect: .write, returns: .list(columns),
    errors: [.rowsRefused, .notImportable],
    example: "import \"community create\" data=\"code,name,country\\nlyon,Lyon,FR\\n\"",
    Parameter<String>("command", "the command that each row is an argument list of"),
    Parameter<LiteralStream>(stream: "data", "the rows, as CSV"),
    Parameter<ImportPolicy>(
      "on-error", "skip: leave out the rows that are refused, and import the others",
      default: .stop, shown: "stop")
  ) { (context, _, command, data, policy) async throws(DomainError) in
    try await context.importRows(command, data, policy)
  }
}

/// What becomes of the others when a row is refused.
enum ImportPolicy: String, CaseIterable, ParameterValue {
  case stop, skip
  static let typeName = "policy"
}

extension ErrorCode {
  package static let rowsRefused = ErrorCode(
    .data, "rows-refused", "Rows of an import were refused, and nothing was imported.")
  package static let notImportable = ErrorCode(
    .usage, "not-importable", "This command cannot be run for each row of a file.")
}

extension CommandContext {
  fileprivate func importRows(
    _ path: String, _ data: LiteralStream, _ policy: ImportPolicy
  ) async throws(DomainError) -> Reply {
    guard let command = service.registry.command(path)?.declaration else {
      throw DomainError(
        .notImportable, "there is no command \(JSON.string(path)); help lists them",
        argument: "command", suggestion: "import \"community create\"")
    }
    guard command.effect == .write, command.needs != .capability(.accessManage),
      command.needs != .authentication
    else {
      throw DomainError(
        .notImportable,
        "\(path) cannot be run for each row of a file; commands that add or change "
          + "one thing can", argument: "command")
    }
    try await service.authorise(command, session)
    if let key = options.key, !options.preview, let reply = try await replayed(key) {
      return reply
    }
    var rows = ImportReader(command, data)
    try await rows.readHeader()
    guard let open = session.transaction?.open else {
      let own = try await translated { () async throws(PostgresError) in
        try await service.database.begin()
      }
      do throws(DomainError) {
        let reply = try await importRows(&rows, policy, within: own)
        try await translated { () async throws(PostgresError) in try await own.commit() }
        return reply
      } catch {
        await own.rollback()
        throw error
      }
    }
    return try await importRows(&rows, policy, within: open)
  }

  /// The answer of an earlier import under this key. Its rows are still to come, and go by.
  private func replayed(_ key: String) async throws(DomainError) -> Reply? {
    guard try await read(AccessStatements.storedRequest, (principal.name, key)).first != nil else {
      return nil
    }
    return try await replay(key)
  }

  private func importRows(
    _ rows: inout ImportReader, _ policy: ImportPolicy, within open: OpenTransaction
  ) async throws(DomainError) -> Reply {
    var work = ImportWork(context: self, isPreview: options.preview)
    var reader = rows
    let outcome: Result<ImportWork, DomainError>
    do throws(PostgresError) {
      outcome = try await open.transaction {
        (transaction) async throws(PostgresError) -> TransactionEnd<Result<ImportWork, DomainError>>
        in
        do throws(DomainError) {
          try await work.run(&reader, in: transaction)
        } catch {
          return .rollback(.failure(error))
        }
        let keeps = !options.preview && (policy == .skip || work.refusedCount == 0)
        return keeps ? .commit(.success(work)) : .rollback(.success(work))
      }
    } catch {
      throw service.translation.domainError(error)
    }
    let done = try outcome.get()
    let pairs = [
      Reply.Pair("imported", done.importedCount), Reply.Pair("refused", done.refusedCount),
    ]
    guard done.refusedCount > 0 else { return .outcome(done.refusals, pairs, nil) }
    guard policy == .stop else { return .outcome(done.refusals, pairs, nil) }
    return .outcome(
      done.refusals, [],
      DomainError(
        .rowsRefused,
        "\(done.refusedCount) of \(done.refusedCount + done.importedCount) rows were refused, and "
          + "nothing was imported; mend them, or import the others: on-error=skip",
        argument: "data"))
  }
}
