import Access
import Catalog
import CommandLanguage
import Foundations

/// The reference of commands, roles and errors, as Markdown, made from the declarations alone.
struct Reference {
  private var lines: [String] = []

  /// The whole page.
  static var page: String {
    var reference = Reference()
    reference.introduce()
    var noun = ""
    for declaration in registry.declarations {
      if declaration.noun != noun {
        noun = declaration.noun
        reference.add("## \(noun)")
      }
      reference.describe(declaration)
    }
    reference.describeRoles()
    reference.describeErrors()
    return reference.lines.joined(separator: "\n")
  }

  private mutating func add(_ block: String) { lines += [block, ""] }

  private mutating func introduce() {
    add("# Reference")
    add(
      """
      Every command, role and error code, generated from the declarations that the parser, help and
      authorisation read. Do not edit: `SISTER_RECORD=1 Scripts/test --filter CatalogTests` writes
      this file anew, and a test fails while it is stale.
      """)
    add(
      """
      A command is given as `NOUN VERB` and its arguments: what must be given (in capitals below) by
      position or as `name=value`, everything else as `name=value`. Values with spaces stand in
      double quotes, with the escapes of JSON. Filters of lists take `=`, `!=`, `<`, `<=`, `>`, `>=`
      and `~` (contains). `help COMMAND` says the same, and `explain COMMAND…` runs nothing.
      """)
    addCommon(
      "Beside its own parameters, every list takes these, and what shows one thing takes `format`:",
      of: "grant list")
    addCommon(
      "And everything that writes takes these; `if-rev` only what says so, because it changes "
        + "something that has a revision:", of: "grant activate")
    add("What values may be, by type:")
    let parameters = registry.declarations.flatMap(\.allParameters).filter { $0.choices.isEmpty }
    let types = Set(parameters.map { [$0.typeName, $0.accepts] })
    addTable(["type", "accepts"], types.sorted { $0.lexicographicallyPrecedes($1) })
  }

  private mutating func addCommon(_ heading: String, of path: String) {
    guard let declaration = registry.command(path)?.declaration else { return }
    add(heading)
    addTable(of: declaration.commonParameters)
  }

  private mutating func describe(_ declaration: CommandDeclaration) {
    add("### \(declaration.path)")
    add(declaration.summary)
    add("    \(Help.usage(declaration))")
    if !declaration.parameters.isEmpty { addTable(of: declaration.parameters) }
    var facts = ["Needs: \(needs(declaration)). Effect: \(declaration.effect.rawValue)."]
    if declaration.revises { facts.append("Takes `if-rev=`.") }
    if declaration.takesStream {
      facts.append("Takes `progress=yes`, to say every second how many rows have been taken.")
    }
    switch declaration.returns {
    case .record(let columns): facts.append("Answers with one row: \(list(columns)).")
    case .list(let columns): facts.append("Answers with rows: \(list(columns)).")
    case .done(let names) where !names.isEmpty:
      facts.append("Answers with " + names.map { "`\($0)=`" }.joined(separator: " ") + ".")
    case .done: break
    case .step: facts.append("Answers with a step, `~ data=`, and `user=` `roles=` after the last.")
    case .other: facts.append("Answers as the command that it runs.")
    case .page: facts.append("Answers with text.")
    case .pushes(let names):
      facts.append("Pushes lines of " + names.map { "`\($0)=`" }.joined(separator: " ") + ".")
    }
    if !declaration.errors.isEmpty {
      facts.append(
        "Errors: " + declaration.errors.map { "`\($0)`" }.joined(separator: ", ") + ".")
    }
    add(facts.map { "- \($0)" }.joined(separator: "\n"))
    add("Example: `\(declaration.example)`")
  }

  private func needs(_ declaration: CommandDeclaration) -> String {
    let name = Help.requirement(declaration.needs)
    guard case .capability(let capability) = declaration.needs else { return name }
    let roles = Role.allCases.filter { $0.capabilities.contains(capability) }
    return "`\(name)` (\(roles.map(\.rawValue).joined(separator: ", ")))"
  }

  private func list(_ columns: [Column]) -> String {
    columns.map { "`\($0.name):\($0.type.rawValue)`" }.joined(separator: " ")
  }

  private mutating func addTable(of parameters: [ParameterDeclaration]) {
    addTable(
      ["parameter", "given", "type", "default", "meaning"],
      parameters.map { parameter in
        [
          "`\(parameter.name)`", parameter.kind.rawValue,
          parameter.choices.isEmpty
            ? parameter.typeName : parameter.choices.joined(separator: ", "),
          parameter.defaultText ?? "", parameter.summary,
        ]
      })
  }

  private mutating func addTable(_ head: [String], _ rows: [[String]]) {
    add(markdownTable(head, rows))
  }

  private mutating func describeRoles() {
    add("## Roles")
    addTable(
      ["role", "may"],
      Role.allCases.map { role in
        [
          role.rawValue,
          role.capabilities.map { "`\($0)`" }.sorted().joined(separator: " "),
        ]
      })
  }

  private mutating func describeErrors() {
    add("## Errors")
    add(
      "Decide on the class before the dot; codes are only ever added. The exit status is that of "
        + "`sister -c` and `sister -f`.")
    let codes = ErrorCode.general + Catalog.areas.flatMap(\.errorCodes)
    let unique = Dictionary(codes.map { ($0.description, $0) }) { first, _ in first }
    addTable(
      ["code", "exit status", "when"],
      ErrorClass.allCases.flatMap { errorClass in
        unique.values.filter { $0.errorClass == errorClass }
          .sorted { $0.description < $1.description }
          .map { ["`\($0)`", String($0.errorClass.exitStatus), $0.summary] }
      })
  }
}
