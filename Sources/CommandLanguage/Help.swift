/// Help, made from declarations alone.
package enum Help {
  /// The page of all commands, by noun.
  package static func overview(_ commands: [CommandDeclaration]) -> [String] {
    var lines = ["Commands (help NOUN or help COMMAND says more; explain COMMAND… runs nothing):"]
    var noun = ""
    let width = commands.map(\.path.count).max() ?? 0
    for command in commands {
      if command.noun != noun {
        noun = command.noun
        if lines.count > 1 { lines.append("") }
      }
      lines.append("  " + padded(command.path, width) + "  " + command.summary)
    }
    lines += [
      "",
      "Values with spaces stand in double quotes: grant list community=\"Kansas City\".",
      "Lists take filters, all of which must hold (amount>=5000 amount<=9000 name~water),",
      "limit= and after=; reads take format=.",
      "Writes take preview=yes (show, do not do) and key= (safe to repeat). Where show answers a",
      "revision, what changes the thing takes if-rev= (not if somebody has changed it since).",
    ]
    return lines
  }

  /// The commands of one noun: how each is called, and what it does below.
  package static func noun(_ noun: String, _ commands: [CommandDeclaration]) -> [String] {
    commands.filter { $0.noun == noun }.flatMap { [usage($0), "    " + $0.summary] }
  }

  /// One command, whole.
  package static func command(_ command: CommandDeclaration) -> [String] {
    var lines = [command.summary, "", "  " + usage(command), ""]
    let parameters = command.allParameters
    if !parameters.isEmpty {
      lines.append("Parameters:")
      let width = parameters.map(\.name.count).max() ?? 0
      for parameter in parameters {
        lines.append("  " + padded(parameter.name, width) + "  " + describe(parameter))
      }
      lines.append("")
    }
    lines.append("Needs: \(requirement(command.needs)). Effect: \(command.effect.rawValue).")
    let columns = command.returns.columns
    if !columns.isEmpty {
      lines.append(
        "Columns: " + columns.map { "\($0.name):\($0.type.rawValue)" }.joined(separator: " "))
    }
    if case .done(let names) = command.returns, !names.isEmpty {
      lines.append("Answers: " + names.map { "\($0)=" }.joined(separator: " "))
    }
    if case .pushes(let names) = command.returns {
      lines.append("Pushes: " + names.map { "\($0)=" }.joined(separator: " "))
    }
    if !command.errors.isEmpty {
      lines.append("Errors: " + command.errors.map(\.description).joined(separator: " "))
    }
    return lines + ["Example: \(command.example)"]
  }

  /// The shape of a call: `grant offer FUND INITIATIVE [start=DATE]`.
  package static func usage(_ command: CommandDeclaration) -> String {
    let parts = command.parameters.map { parameter in
      switch parameter.kind {
      case .required: parameter.name.uppercased()
      case .optional: "[\(parameter.name)=…]"
      case .positional: "[\(parameter.name.uppercased())]"
      case .filter: "[\(parameter.name)…]"
      case .rest: "[\(parameter.name.uppercased())…]"
      case .words: "\(parameter.name.uppercased())…"
      case .stream: "\(parameter.name)={BYTES}"
      }
    }
    return ([command.path] + parts).joined(separator: " ")
  }

  /// Who may run it, in words.
  package static func requirement(_ requirement: Requirement) -> String {
    switch requirement {
    case .nothing: "nothing"
    case .authentication: "authentication"
    case .capability(let capability): capability.description
    }
  }

  private static func describe(_ parameter: ParameterDeclaration) -> String {
    var text = "\(parameter.summary): \(parameter.accepts)"
    switch parameter.kind {
    case .required: text += " (required)"
    case .filter: text += " (filter: = != < <= > >= ~; repeated: all must hold)"
    case .rest, .words: break
    case .stream: text += " (required)"
    case .optional, .positional:
      if let value = parameter.defaultText { text += " (default \(value))" }
    }
    return text
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
