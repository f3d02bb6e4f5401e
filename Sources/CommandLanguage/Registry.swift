import Foundations

/// Every command there is; nothing that is not in it can be run.
package struct Registry<Context: Sendable>: Sendable {
  package let commands: [Command<Context>]
  /// For each first word, the words that follow it in its commands, with their indices, those of most
  /// words first; a command of one word has none.
  private let byNoun: [String: [(rest: [String], index: Int)]]

  /// The most words that a command has: `report run payments-due`.
  private static var mostWords: Int { 3 }

  /// A registry of these commands, whose paths differ.
  package init(_ commands: [Command<Context>]) {
    let sorted = commands.sorted { $0.declaration.path < $1.declaration.path }
    self.commands = sorted
    byNoun = Dictionary(grouping: sorted.indices) { sorted[$0].declaration.noun }
      .mapValues { indices in
        indices.map { index in
          (sorted[index].declaration.path.split(separator: " ").dropFirst().map(String.init), index)
        }
        .sorted { ($1.0.count, $0.1) < ($0.0.count, $1.1) }
      }
  }

  /// The declarations, by path.
  package var declarations: [CommandDeclaration] { commands.map(\.declaration) }

  /// The command of this path.
  package func command(_ path: String) -> Command<Context>? {
    let words = path.split(separator: " ").map(String.init)
    guard let noun = words.first else { return nil }
    return byNoun[noun]?.first { $0.rest == Array(words.dropFirst()) }.map { commands[$0.index] }
  }

  /// The command that a request's first words name, and how many words that takes.
  package func resolve(_ request: Request) throws(DomainError) -> (Command<Context>, Int) {
    if let noun = request.arguments.first, noun.name == nil, let rests = byNoun[noun.value] {
      // The longest that fits: what follows are arguments.
      let following = request.arguments.dropFirst()
      let found = rests.first { rest, _ in
        following.count >= rest.count
          && zip(following, rest).allSatisfy { $0.name == nil && $0.value == $1 }
      }
      if let found { return (commands[found.index], found.rest.count + 1) }
    }
    throw unknown(
      request.arguments.prefix(Self.mostWords).prefix { $0.name == nil }.map(\.value), request)
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
    if byNoun[first] != nil { return unknownVerb(words, request) }
    let nearest = EditDistance.nearest(to: first, among: byNoun.keys.sorted())
    let written = nearest.map { words.count == 2 ? "\($0) \(words[1])" : $0 }
    let suggestion = written.flatMap { command($0) != nil ? $0 : nil } ?? nearest
    return DomainError(
      .unknownCommand,
      "there is no command \(JSON.string(String(first.prefix(80)))); help lists them all",
      column: column, suggestion: suggestion ?? "help")
  }

  /// The first words are those of commands, and then comes one that is not.
  private func unknownVerb(_ words: [String], _ request: Request) -> DomainError {
    let paths = commands.map(\.declaration.path)
    var known = 1
    while known < words.count,
      paths.contains(where: { $0.hasPrefix(words[...known].joined(separator: " ") + " ") })
    {
      known += 1
    }
    let start = words[..<known].joined(separator: " ")
    let following = paths.filter { $0.hasPrefix(start + " ") }
    var next: [String] = []
    for path in following {
      let word = String(path.dropFirst(start.count + 1).prefix { $0 != " " })
      if next.last != word { next.append(word) }
    }
    let list = next.joined(separator: ", ")
    guard words.count > known else {
      return DomainError(
        .unknownCommand, "\(start) needs a verb: \(list)",
        column: request.arguments.first?.column, suggestion: "help \(words[0])")
    }
    let nearest = EditDistance.nearest(to: words[known], among: next)
    let given = JSON.string(String(words[known].prefix(80)))
    return DomainError(
      .unknownCommand, "\(start) has no verb \(given); it has \(list)",
      column: request.arguments[known].column,
      suggestion: nearest.map { "\(start) \($0)" } ?? "help \(words[0])")
  }
}
