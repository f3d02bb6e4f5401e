import Access
import CommandLanguage
import EventLoop
import Foundations

extension CommandContext {
  /// The help page for no word, a noun, or a command.
  func help(_ text: String) throws(DomainError) -> Reply {
    let declarations = service.registry.declarations
    let words = try parsed(text)?.arguments.map(\.value) ?? []
    guard let first = words.first else { return .page(Help.overview(declarations)) }
    let path = words.joined(separator: " ")
    if let command = service.registry.command(path) {
      return .page(Help.command(command.declaration))
    }
    if words.count == 1 {
      let lines = Help.noun(first, declarations)
      if !lines.isEmpty { return .page(lines) }
    }
    // The registry knows best what was meant.
    let request = Request(arguments: words.map { Argument(value: $0) })
    var error: DomainError
    do throws(DomainError) {
      _ = try service.registry.resolve(request)
      error = DomainError(.unknownCommand, "there is no help on \(path)")
    } catch let refusal {
      error = refusal
      error.column = nil
    }
    if let suggestion = error.suggestion, suggestion != "help" {
      error.suggestion = suggestion.hasPrefix("help ") ? suggestion : "help \(suggestion)"
    }
    throw error
  }

  /// What a request would do, without doing it.
  func explain(_ text: String) throws(DomainError) -> Reply {
    let request = try parsed(text)
    guard let request else {
      throw DomainError(.syntax, "there is nothing to explain in an empty line")
    }
    let declaration = try unplaced { () throws(DomainError) in
      try service.registry.resolve(request).0.declaration
    }
    var problem: String?
    do throws(DomainError) {
      _ = try service.registry.bind(request)
    } catch {
      problem = "\(error.code): \(error.message)"
    }
    return .record(
      Table(
        columns: SessionCommands.explainColumns,
        rows: [
          [
            .text(declaration.path), .text(declaration.summary),
            .text(declaration.effect.rawValue), .text(Help.requirement(declaration.needs)),
            .boolean(isPermitted(declaration)), .text(Help.usage(declaration)), .text(problem),
          ]
        ]))
  }

  /// The words that follow, as a request. A whole command in one pair of quotes is that command.
  private func parsed(_ text: String) throws(DomainError) -> Request? {
    do throws(RequestError) {
      let request = try RequestParser.parse(text)
      guard let request, request.arguments.count == 1, request.arguments[0].name == nil,
        request.arguments[0].value.contains(" ")
      else { return request }
      return try RequestParser.parse(request.arguments[0].value)
    } catch {
      var error = error.error
      error.column = nil
      throw error
    }
  }

  /// Runs `body`; its error's column would be one of a line that nobody typed.
  private func unplaced<Value>(
    _ body: () throws(DomainError) -> Value
  ) throws(DomainError) -> Value {
    do throws(DomainError) {
      return try body()
    } catch {
      var error = error
      error.column = nil
      throw error
    }
  }

  /// Cancels requests of this session, or of another one whose secret is known.
  func cancel(
    _ tag: RequestTag?, _ number: Int64?, _ secret: String?
  ) throws(DomainError) -> Reply {
    var target = session
    switch (number, secret) {
    case (nil, nil): break
    case (let number?, let secret?):
      guard let other = service.session(number, secret: secret) else {
        throw DomainError(
          .missingSession, "no connection has this number and secret; it may have ended",
          argument: "session")
      }
      target = other
    default:
      throw DomainError(
        .required, "session= and secret= go together, as the greeting gave them",
        argument: number == nil ? "session" : "secret")
    }
    // Of its own connection, what was asked for before it.
    let count = target.cancel(tag?.text, target === session ? session.urgentLine : nil)
    if let tag, count == 0 {
      throw DomainError(
        .missingRequest, "no request @\(tag.text) is under way; it may just have ended",
        argument: "tag")
    }
    return .done([.init("cancelled", count)])
  }

  /// Chooses how the session's answers are written.
  func set(format: OutputFormat?, width: Int64?) -> Reply {
    if let format { session.format = format }
    if let width { session.width = width > 0 ? Int(clamping: max(width, 20)) : nil }
    return .done([
      .init("format", session.format.rawValue), .init("width", session.width ?? 0),
    ])
  }
}
