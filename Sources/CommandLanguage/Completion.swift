/// What may come next on a half-typed line, made from declarations alone.
package enum Completion {
  /// Candidates for the word that ends `line` (which may be empty), each the whole word.
  package static func candidates(
    for line: String, among commands: [CommandDeclaration]
  ) -> [String] {
    guard let (typed, last) = split(line) else { return [] }
    var words = typed
    if words.first?.hasPrefix("@") == true { words.removeFirst() }
    // What stands behind these is a command again; help wants no more than its name.
    let isHelp = words.first == "help"
    if isHelp || words.first == "explain" { words.removeFirst() }
    if words.isEmpty { return matching(last, Set(commands.map(\.noun)).sorted()) }
    let start = words.joined(separator: " ") + " "
    let following = commands.filter { $0.path.hasPrefix(start) }
      .map { String($0.path.dropFirst(start.count).prefix { $0 != " " }) }
    if !following.isEmpty { return matching(last, Set(following).sorted()) }
    if isHelp { return [] }
    let command = (1...words.count).reversed().lazy.compactMap { count in
      commands.first { $0.path == words.prefix(count).joined(separator: " ") }
    }.first
    return command.map { arguments(last, of: $0, after: words) } ?? []
  }

  /// The words before the one that is being typed, and that one; nil within double quotes, where
  /// nothing is known about what comes.
  private static func split(_ line: String) -> (words: [String], last: String)? {
    var words: [String] = []
    var last = ""
    var isQuoted = false
    var isEscaped = false
    for character in line {
      if !isQuoted, character == " " || character == "\t" {
        if !last.isEmpty { words.append(last) }
        last = ""
        continue
      }
      if character == "\"", !isEscaped { isQuoted.toggle() }
      isEscaped = isQuoted && character == "\\" && !isEscaped
      last.append(character)
    }
    return isQuoted ? nil : (words, last)
  }

  private static func arguments(
    _ last: String, of command: CommandDeclaration, after words: [String]
  ) -> [String] {
    let parameters = command.allParameters
    let name = parameterName(last)
    if name.count < last.count {
      guard let parameter = parameters.first(where: { $0.name == name }) else { return [] }
      let values = matching(last, values(of: parameter))
      // `amount>` may still become `amount>=`; a comparison that is whole needs no repetition.
      let open = comparisons(parameter).filter { $0 != last && $0.hasPrefix(last) }
      return values + open
    }
    // A filter may be given again: all its conditions hold.
    let free = parameters.filter { parameter in
      parameter.kind == .filter || !words.contains { $0.hasPrefix("\(parameter.name)=") }
    }
    let meant = free.filter { $0.name.hasPrefix(last) }
    // One filter is left: now its comparisons are of use.
    if !last.isEmpty, meant.count == 1, meant[0].kind == .filter { return comparisons(meant[0]) }
    return meant.map { "\($0.name)=" }
  }

  /// The parameter's name that a word begins with: all of the word, where no comparison follows.
  private static func parameterName(_ word: String) -> Substring {
    word.prefix { !"=!<>~".contains($0) }
  }

  private static func operators(_ parameter: ParameterDeclaration) -> [Comparison] {
    guard parameter.kind == .filter else { return [.equal] }
    // Of a few words none is the greater.
    return parameter.choices.isEmpty ? Comparison.allCases : [.equal, .notEqual]
  }

  private static func comparisons(_ parameter: ParameterDeclaration) -> [String] {
    operators(parameter).map { parameter.name + $0.rawValue }
  }

  private static func values(of parameter: ParameterDeclaration) -> [String] {
    operators(parameter).flatMap { comparison in
      parameter.choices.map { parameter.name + comparison.rawValue + $0 }
    }
  }

  private static func matching(_ start: String, _ candidates: [String]) -> [String] {
    candidates.filter { $0.hasPrefix(start) }
  }
}
