import Foundations

/// Every command there is; nothing that is not in it can be run.
package struct Registry<Context: Sendable>: Sendable {
  package let commands: [Command<Context>]
  private let byPath: [String: Int]

  /// A registry of these commands, whose paths differ.
  package init(_ commands: [Command<Context>]) {
    let sorted = commands.sorted { $0.declaration.path < $1.declaration.path }
    self.commands = sorted
    byPath = Dictionary(
      uniqueKeysWithValues: sorted.indices.map { (sorted[$0].declaration.path, $0) })
  }

  /// The declarations, by path.
  package var declarations: [CommandDeclaration] { commands.map(\.declaration) }

  /// The command of this path.
  package func command(_ path: String) -> Command<Context>? {
    byPath[path].map { commands[$0] }
  }

  /// The command that a request's first words name, and how many words that takes.
  package func resolve(_ request: Request) throws(DomainError) -> (Command<Context>, Int) {
    let words = request.arguments.prefix(2).prefix { $0.name == nil }.map(\.value)
    if words.count == 2, let index = byPath["\(words[0]) \(words[1])"] {
      return (commands[index], 2)
    }
    if let first = words.first, let index = byPath[first] { return (commands[index], 1) }
    throw unknown(words, request)
  }

  /// The request as a command with its arguments bound.
  package func bind(_ request: Request) throws(DomainError) -> Invocation<Context> {
    let (command, words) = try resolve(request)
    var binder = ArgumentBinder(command.declaration, request.arguments.dropFirst(words))
    let options = binder.options
    let body = try command.bind(&binder)
    return Invocation(declaration: command.declaration, options: options, run: body)
  }

  private func unknown(_ words: [String], _ request: Request) -> DomainError {
    let column = request.arguments.first?.column
    guard let first = words.first else {
      return DomainError(
        .unknownCommand, "a request starts with a command, for example: help", column: column,
        suggestion: "help")
    }
    let nouns = Set(commands.map(\.declaration.noun))
    let known = commands.map(\.declaration.path).filter { $0.hasPrefix("\(first) ") }
    if !known.isEmpty {
      let verbs = known.map { String($0.dropFirst(first.count + 1)) }
      let list = verbs.joined(separator: ", ")
      guard words.count == 2 else {
        return DomainError(
          .unknownCommand, "\(first) needs a verb: \(list)", column: column,
          suggestion: "help \(first)")
      }
      let nearest = EditDistance.nearest(to: words[1], among: verbs)
      let given = JSON.string(String(words[1].prefix(80)))
      return DomainError(
        .unknownCommand, "\(first) has no verb \(given); it has \(list)",
        column: request.arguments[1].column,
        suggestion: nearest.map { "\(first) \($0)" } ?? "help \(first)")
    }
    let nearest = EditDistance.nearest(to: first, among: nouns.sorted())
    let written = nearest.map { words.count == 2 ? "\($0) \(words[1])" : $0 }
    let suggestion = written.flatMap { byPath[$0] != nil ? $0 : nil } ?? nearest
    return DomainError(
      .unknownCommand,
      "there is no command \(JSON.string(String(first.prefix(80)))); help lists them all",
      column: column, suggestion: suggestion ?? "help")
  }
}
