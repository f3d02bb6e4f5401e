import Foundations

/// Every command there is; nothing that is not in it can be run.
package struct Registry<Context: Sendable>: Sendable {
  package let commands: [Command<Context>]
  /// For each first word, the second words that follow it, each with its command's index; a
  /// command of one word has the empty one.
  private let byNoun: [String: [(verb: String, index: Int)]]

  /// A registry of these commands, whose paths differ.
  package init(_ commands: [Command<Context>]) {
    let sorted = commands.sorted { $0.declaration.path < $1.declaration.path }
    self.commands = sorted
    byNoun = Dictionary(grouping: sorted.indices) { sorted[$0].declaration.noun }
      .mapValues { indices in
        indices.map { index in
          let path = sorted[index].declaration.path
          return (String(path.dropFirst(sorted[index].declaration.noun.count + 1)), index)
        }
      }
  }

  /// The declarations, by path.
  package var declarations: [CommandDeclaration] { commands.map(\.declaration) }

  /// The command of this path.
  package func command(_ path: String) -> Command<Context>? {
    let words = path.split(separator: " ", maxSplits: 1).map(String.init)
    guard let noun = words.first else { return nil }
    return index(noun, words.count == 2 ? words[1] : "").map { commands[$0] }
  }

  private func index(_ noun: String, _ verb: String) -> Int? {
    byNoun[noun]?.first { $0.verb == verb }?.index
  }

  /// The command that a request's first words name, and how many words that takes.
  package func resolve(_ request: Request) throws(DomainError) -> (Command<Context>, Int) {
    if let first = request.arguments.first, first.name == nil {
      if request.arguments.count > 1, request.arguments[1].name == nil,
        let index = index(first.value, request.arguments[1].value)
      {
        return (commands[index], 2)
      }
      if let index = index(first.value, "") { return (commands[index], 1) }
    }
    let words = request.arguments.prefix(2).prefix { $0.name == nil }.map(\.value)
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
    let nearest = EditDistance.nearest(to: first, among: byNoun.keys.sorted())
    let written = nearest.map { words.count == 2 ? "\($0) \(words[1])" : $0 }
    let suggestion = written.flatMap { command($0) != nil ? $0 : nil } ?? nearest
    return DomainError(
      .unknownCommand,
      "there is no command \(JSON.string(String(first.prefix(80)))); help lists them all",
      column: column, suggestion: suggestion ?? "help")
  }
}
