import Access
import CommandLanguage
import EventLoop
import Foundations

/// Commands about the session itself and about the commands.
enum SessionCommands {
  static let all: [Command<CommandContext>] = [
    help, commands, reports, explain, complete, set, ping, cancel, quit, exit,
  ]

  static let help = Command<CommandContext>(
    "help", "Show the commands, those of a noun, or one of them.",
    needs: .nothing, effect: .read, returns: .page, example: "help grant offer",
    Parameter<String>(rest: "command", "a noun or a whole command; all of them unless said")
  ) { (context, _, words) async throws(DomainError) in
    try await context.help(words)
  }

  static let commands = Command<CommandContext>(
    "commands", "List every command with its declaration, for programs.",
    needs: .nothing, effect: .read, returns: .list(CommandDeclaration.columns),
    example: "commands format=json limit=1000"
  ) { (context, options) async throws(DomainError) in
    let all = context.service.registry.declarations.filter { $0.path > (options.after ?? "") }
    let page = all.prefix(options.limit)
    return .list(
      Table(columns: CommandDeclaration.columns, rows: page.map(\.row)),
      next: all.count > page.count ? page.last?.path : nil)
  }

  static let reports = Command<CommandContext>(
    "report list", "List the reports that there are, and whether you may run them.",
    needs: .authentication, effect: .read, returns: .list(reportColumns), example: "report list"
  ) { (context, options) async throws(DomainError) in
    let all = context.service.registry.declarations.filter {
      $0.path.hasPrefix(reportPrefix) && $0.path.dropFirst(reportPrefix.count) > options.after ?? ""
    }
    var rows: [[Value]] = []
    for report in all.prefix(options.limit) {
      rows.append([
        .text(String(report.path.dropFirst(reportPrefix.count))), .text(report.summary),
        .boolean(await context.isPermitted(report)),
        .text(report.parameters.map(\.name).joined(separator: ",")),
        .text(report.returns.columns.map(\.name).joined(separator: ",")),
      ])
    }
    return .list(
      Table(columns: reportColumns, rows: rows),
      next: all.count > rows.count ? all[rows.count - 1].path : nil)
  }

  private static let reportPrefix = "report run "
  private static let reportColumns = [
    Column("report", .text), Column("summary", .text), Column("permitted", .boolean),
    Column("parameters", .text), Column("columns", .text),
  ]

  static let explain = Command<CommandContext>(
    "explain", "Say what a command would do and whether you may run it; runs nothing.",
    needs: .nothing, effect: .read, returns: .record(explainColumns),
    example: "explain community create chicago Chicago US",
    Parameter<String>(rest: "request", "the whole command, as it would be given")
  ) { (context, _, request) async throws(DomainError) in
    try await context.explain(request)
  }

  static let explainColumns = [
    Column("command", .text), Column("summary", .text), Column("effect", .text),
    Column("needs", .text), Column("permitted", .boolean), Column("usage", .text),
    Column("problem", .text),
  ]

  static let complete = Command<CommandContext>(
    "complete", "Say what may come next on a half-typed line.",
    needs: .nothing, effect: .read, returns: .list([Column("candidate", .text)]),
    example: "complete line=\"grant sh\" at=8",
    Parameter<Line>("line", "the line so far"),
    Parameter<Int64>(
      "at", "where the cursor stands, in characters", default: .max, shown: "its end")
  ) { (context, _, line, position) async throws(DomainError) in
    let typed = String(line.text.prefix(Int(clamping: max(0, position))))
    let candidates = Completion.candidates(
      for: typed, among: context.service.registry.declarations)
    return .list(
      Table(columns: [Column("candidate", .text)], rows: candidates.map { [.text($0)] }),
      next: nil)
  }

  static let set = Command<CommandContext>(
    "set", "Choose how this connection's answers are written.",
    needs: .nothing, effect: .read, returns: .done(["format", "width"]),
    example: "set format=table width=120",
    Parameter<OutputFormat?>(optional: "format", "the format of rows"),
    Parameter<Int64?>(optional: "width", "the columns of the terminal; 0 for no limit")
  ) { (context, _, format, width) async throws(DomainError) in
    await context.set(format: format, width: width)
  }

  static let ping = Command<CommandContext>(
    "ping", "Answer at once.", needs: .nothing, effect: .read, returns: .done([]),
    example: "ping"
  ) { (_, _) async throws(DomainError) in .done([]) }

  static let cancel = Command<CommandContext>(
    "cancel", "Stop what this connection has under way, or another one of yours.",
    needs: .authentication, effect: .read, returns: .done(["cancelled"]),
    errors: [.missingRequest, .missingSession], example: "cancel @export", isUrgent: true,
    Parameter<RequestTag?>(
      optionalPositional: "tag", "the request's tag; everything, unless one is given"),
    Parameter<Int64?>(
      optional: "session", "the other connection, as its greeting gave its session="),
    Parameter<String?>(optional: "secret", "what the greeting gave as secret=")
  ) { (context, _, tag, session, secret) async throws(DomainError) in
    try await context.cancel(tag, session, secret)
  }

  static let quit = leave("quit")
  static let exit = leave("exit")

  private static func leave(_ word: String) -> Command<CommandContext> {
    Command(
      word, "End the session.", needs: .nothing, effect: .read, returns: .done(["bye"]),
      example: word
    ) { (_, _) async throws(DomainError) in .goodbye }
  }
}

/// A half-typed line: any text, empty too.
struct Line: ParameterValue {
  static let typeName = "line"
  static let accepts = "text in double quotes"
  let text: String
  init(argument: String) throws(InvalidValue) { text = argument }
}

/// The tag of a request, with its `@` or without.
struct RequestTag: ParameterValue {
  static let typeName = "@tag"
  static let accepts = "a request's tag, @export for example"
  let text: String

  init(argument: String) throws(InvalidValue) {
    text = String(argument.first == "@" ? argument.dropFirst() : argument[...])
    guard (1...Limits.tagCharacters).contains(text.utf8.count) else {
      throw InvalidValue(Self.accepts)
    }
  }
}

extension CommandDeclaration {
  private static func text(_ parameter: ParameterDeclaration) -> [Value] {
    [
      .text(parameter.name), .text(parameter.kind.rawValue), .text(parameter.typeName),
      .text(parameter.accepts), .text(parameter.defaultText), .text(parameter.summary),
      .text(parameter.choices.joined(separator: ",")),
    ]
  }

  private static let parameterColumns = [
    "name", "kind", "type", "accepts", "default", "summary", "choices",
  ].map { Column($0, .text) }

  /// The columns of `row`.
  static let columns: [Column] = [
    .text("command"), .text("summary"), .text("effect"), .text("needs"), .table("parameters"),
    .text("columns"), .text("errors"), .text("example"),
  ]

  /// A declaration as a row, for programs.
  var row: [Value] {
    [
      .text(path), .text(summary), .text(effect.rawValue), .text(Help.requirement(needs)),
      .table(Table(columns: Self.parameterColumns, rows: allParameters.map(Self.text))),
      .text(returns.columns.map { "\($0.name):\($0.type.rawValue)" }.joined(separator: " ")),
      .text(errors.map(\.description).joined(separator: " ")), .text(example),
    ]
  }
}
