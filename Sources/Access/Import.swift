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
    let records = RecordReader(
      data, for: command.path, columns: command.parameters.map(\.name),
      required: command.parameters.filter { $0.kind == .required }.map(\.name))
    return try await writeStream(records) {
      (records, transaction) async throws(DomainError) in
      var work = ImportWork(context: self)
      try await work.run(&records, command, in: transaction)
      return work.outcome(policy)
    }
  }
}
