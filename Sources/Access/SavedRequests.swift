import CommandLanguage
import EventLoop
import Foundations
import Postgres

/// Requests that a user has given names: a list with its filters, or a report.
enum SavedRequests {
  static let all = [save, list, run, delete]
  static let statements = [
    saveStatement.description, listStatement.description, findStatement.description,
    deleteStatement.description,
  ]

  private static let name = Parameter<Code>("name", "what you call it")

  private static let save = Command<CommandContext>(
    "saved create", "Give a list with its filters, or a report, a name of your own.",
    needs: .authentication, effect: .write, returns: .done(["name", "request"]),
    errors: [.unsaveable],
    example: "saved create big request=\"grant list amount>=5000\"", name,
    Parameter<String>(secret: "request", "the whole command, in double quotes")
  ) { (context, _, name, text) async throws(DomainError) in
    let request = try await context.saveable(text)
    return try await context.write(saveStatement, (name, request)) {
      [.init("name", $0.name), .init("request", $0.request)]
    }
  }

  private static let saveStatement = Statement(
    "access.saved-create",
    """
    INSERT INTO access.saved_request (principal, name, request)
    VALUES (current_setting('sister.principal'), $1, $2)
    ON CONFLICT ON CONSTRAINT saved_request_pkey DO UPDATE SET request = excluded.request
    RETURNING name, request
    """, takes: Code.self, String.self, row: SavedRequest.init)

  private static let list = Command<CommandContext>(
    "saved list", "List the requests that you have saved.",
    needs: .authentication, effect: .read, returns: .list(listStatement.columns),
    example: "saved list"
  ) { (context, options) async throws(DomainError) in
    try await context.readPage(listStatement, (options.after, Int64(options.limit + 1)))
  }

  private static let listStatement = TableStatement(
    "access.saved-list",
    """
    SELECT name, request FROM access.saved_request
    WHERE principal = current_setting('sister.principal', true) AND name > coalesce($1, '')
    ORDER BY name LIMIT $2
    """, lane: .protected, takes: String?.self, Int64.self,
    columns: [.text("name"), .text("request")])

  private static let run = Command<CommandContext>(
    "saved run", "Run a saved request, with further arguments if there are any.",
    needs: .authentication, effect: .read, returns: .other, errors: [.missingSaved],
    example: "saved run big format=csv",
    Parameter<String>(rest: "name", "its name, and what is to be added to it")
  ) { (context, _, words) async throws(DomainError) in .instead(try await context.saved(words)) }

  fileprivate static let findStatement = Statement(
    "access.saved-find", "SELECT access.find_saved_request($1)", lane: .protected,
    takes: String.self, row: { (request: String) in request })

  private static let delete = Command<CommandContext>(
    "saved delete", "Forget a saved request.",
    needs: .authentication, effect: .destructive, returns: .done(["name", "request"]),
    errors: [.missingSaved], example: "saved delete big", name
  ) { (context, _, name) async throws(DomainError) in
    try await context.write(deleteStatement, name) {
      [.init("name", $0.name), .init("request", $0.request)]
    }
  }

  private static let deleteStatement = Statement(
    "access.saved-delete",
    """
    DELETE FROM access.saved_request s
    WHERE s.principal = current_setting('sister.principal') AND s.name = $1
      AND access.find_saved_request($1) IS NOT NULL
    RETURNING name, request
    """, takes: Code.self, row: SavedRequest.init)

  /// A request under its name.
  private struct SavedRequest: Sendable {
    let name: String
    let request: String
  }
}

extension CommandContext {
  /// The text of a request that may be saved, as it was given.
  fileprivate func saveable(_ text: String) throws(DomainError) -> String {
    let request = try parsed(text)
    let declaration = try service.registry.bind(request).declaration
    guard declaration.effect == .read, declaration.returns.isRows else {
      throw DomainError(
        .unsaveable, "only commands that read rows can be saved, and \(declaration.path) does not",
        argument: "request")
    }
    return text
  }

  /// The saved request of this name, with the arguments behind the name.
  fileprivate func saved(_ words: String) async throws(DomainError) -> Request {
    let given = try parsed(words)
    guard let name = given.arguments.first, name.name == nil || name.name == "name" else {
      throw DomainError(.required, "the saved request's name comes first", argument: "name")
    }
    guard let text = try await read(SavedRequests.findStatement, name.value).first else {
      throw ErrorTranslation.fault("a saved request was neither found nor refused")
    }
    var request = try parsed(text)
    let added = given.arguments.dropFirst()
    // What is said again, replaces; filters add up.
    let parameters = try service.registry.resolve(request).0.declaration.allParameters
    let replaced = Set(added.compactMap(\.name)).filter { name in
      parameters.first { $0.name == name }?.kind != .filter
    }
    request.arguments.removeAll { $0.name.map(replaced.contains) ?? false }
    request.arguments += added
    return request
  }

  private func parsed(_ text: String) throws(DomainError) -> Request {
    do throws(RequestError) {
      if let request = try RequestParser.parse(text), request.literalBytes == nil { return request }
    } catch {
      var error = error.error
      // It would be a column of a line that nobody typed.
      error.column = nil
      throw error
    }
    throw DomainError(.syntax, "there is no request in that", argument: "request")
  }
}

extension ErrorCode {
  package static let missingSaved = ErrorCode(
    .missing, "saved", "You have saved no request of this name.")
  static let unsaveable = ErrorCode(
    .data, "unsaveable", "Only commands that read rows can be saved.")
}
