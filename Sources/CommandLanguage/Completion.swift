/// What may come next on a half-typed line, made from declarations alone.
package enum Completion {
  /// Candidates for the word that ends `line` (which may be empty), each the whole word.
  package static func candidates(
    for line: String, among commands: [CommandDeclaration]
  ) -> [String] {
    var words = line.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
    let last = line.isEmpty || line.hasSuffix(" ") ? "" : (words.popLast() ?? "")
    if words.first == "help" || words.first == "explain" { words.removeFirst() }
    switch words.count {
    case 0:
      return matching(last, Set(commands.map(\.noun)).sorted())
    case 1 where commands.contains(where: { $0.path.hasPrefix(words[0] + " ") }):
      let verbs = commands.filter { $0.path.hasPrefix(words[0] + " ") }
        .map { String($0.path.dropFirst(words[0].count + 1)) }
      return matching(last, verbs)
    default:
      let command =
        commands.first { words.count > 1 && $0.path == "\(words[0]) \(words[1])" }
        ?? commands.first { $0.path == words[0] }
      return command.map { arguments(last, of: $0, after: words) } ?? []
    }
  }

  private static func arguments(
    _ last: String, of command: CommandDeclaration, after words: [String]
  ) -> [String] {
    let parameters = command.allParameters
    if let split = last.firstIndex(of: "=") {
      let name = String(last[..<split])
      let typed = String(last[last.index(after: split)...])
      let choices = parameters.first { $0.name == name }?.choices ?? []
      return matching(typed, choices).map { "\(name)=\($0)" }
    }
    let given = words.compactMap { word in word.firstIndex(of: "=").map { word[..<$0] } }
    let free = parameters.filter { !given.contains(Substring($0.name)) }
    return matching(last, free.map { "\($0.name)=" })
  }

  private static func matching(_ start: String, _ candidates: [String]) -> [String] {
    candidates.filter { $0.hasPrefix(start) }
  }
}
