import Foundations

/// Gives each parameter its argument and collects everything that is wrong with a request, so
/// that one answer names it all.
package struct ArgumentBinder {
  private let declaration: CommandDeclaration
  /// The argument of each of the declaration's parameters, in their order.
  private var given: [Argument?]
  /// Further conditions of filters, which are rare, by the index of their parameter.
  private var further: [(index: Int, argument: Argument)] = []
  private var missing: [ParameterDeclaration] = []
  private var problems: [DomainError] = []
  private(set) var options = RequestOptions()

  init(_ declaration: CommandDeclaration, _ arguments: some Collection<Argument>) {
    self.declaration = declaration
    given = Array(repeating: nil, count: declaration.allParameters.count)
    if let rest = declaration.parameters.firstIndex(where: { $0.kind == .rest }) {
      given[rest] = Argument(
        value: arguments.map(\.spelling).joined(separator: " "),
        column: arguments.first?.column ?? 1)
    } else {
      assign(arguments)
    }
    var options = RequestOptions()
    options.bind(declaration, &self)
    let secrets = zip(declaration.allParameters, given).compactMap { parameter, argument in
      parameter.isSecret ? argument?.value : nil
    }
    options.canonicalText = Self.canonical(declaration, arguments, secrets: secrets)
    self.options = options
  }

  /// The parameter's value; nil where there is none fit to use, which `finish` will report.
  mutating func value<Value>(_ parameter: Parameter<Value>) -> Value? {
    let declared = parameter.declaration
    let index = index(declared.name)
    let argument = index.flatMap { given[$0] }
    if argument == nil, [.required, .words, .stream].contains(declared.kind) {
      missing.append(declared)
      return nil
    }
    do throws(InvalidValue) {
      let more = further.isEmpty ? [] : further.filter { $0.index == index }.map(\.argument)
      return try parameter.bind(argument, more)
    } catch {
      let argument = error.argument ?? argument
      let given = argument.map { JSON.string(String($0.value.prefix(80))) } ?? ""
      let reason = error.reason.map { ": \($0)" } ?? ""
      problems.append(
        DomainError(
          .badValue, "\(declared.name) is \(error.accepted), not \(given)\(reason)",
          column: argument?.column, argument: declared.name, suggestion: error.suggestion))
      return nil
    }
  }

  private func index(_ name: String) -> Int? {
    declaration.allParameters.firstIndex { $0.name == name }
  }

  /// Throws one error that names every problem, if there is any.
  func finish() throws(DomainError) {
    var messages = problems.map(\.message)
    if !missing.isEmpty {
      let names = missing.map { "\($0.name) (\($0.summary))" }.joined(separator: ", ")
      messages.append("missing: \(names); example: \(declaration.example)")
    }
    guard
      var error = problems.first
        ?? missing.first.map({ first in
          DomainError(.required, "", argument: first.name)
        })
    else { return }
    error.message = messages.joined(separator: "; ")
    throw error
  }

  /// Named arguments go to their parameters, the others to those still free that need no name: the
  /// required ones first, in order.
  private mutating func assign(_ arguments: some Collection<Argument>) {
    var positional: [Argument] = []
    for argument in arguments {
      guard let name = argument.name else {
        positional.append(argument)
        continue
      }
      guard let index = index(name) else {
        refuseUnknown(argument, name)
        continue
      }
      if given[index] != nil {
        give(argument, name, again: index)
        continue
      }
      if declaration.allParameters[index].kind != .filter, argument.comparison != .equal {
        problems.append(
          DomainError(
            .badValue, "\(name) takes = only, not \(argument.comparison.rawValue)",
            column: argument.column, argument: name))
      }
      given[index] = argument
    }
    if !positional.isEmpty { assign(positional) }
  }

  /// Only a filter can be given more than once: all its conditions must hold.
  private mutating func give(_ argument: Argument, _ name: String, again index: Int) {
    let message: String
    if declaration.allParameters[index].kind != .filter {
      message = "\(name) is given twice"
    } else if further.count(where: { $0.index == index }) + 2 > Limits.filterConditions {
      message = "\(name) is given more than \(Limits.filterConditions) times"
    } else {
      further.append((index, argument))
      return
    }
    problems.append(
      DomainError(.unknownArgument, message, column: argument.column, argument: name))
  }

  private mutating func assign(_ positional: [Argument]) {
    if let words = declaration.parameters.firstIndex(where: { $0.kind == .words }),
      given[words] == nil
    {
      given[words] = Argument(
        value: positional.map(\.value).joined(separator: " "), column: positional[0].column)
      return
    }
    let unnamed: [ParameterDeclaration.Kind] = [.required, .positional]
    var free = unnamed.flatMap { kind in
      declaration.parameters.indices.filter { index in
        declaration.parameters[index].kind == kind && given[index] == nil
      }
    }[...]
    for argument in positional {
      guard let index = free.popFirst() else {
        let names = declaration.parameters.map { "\($0.name)=" }.joined(separator: " ")
        let accepted =
          names.isEmpty
          ? "\(declaration.path) takes no arguments"
          : "\(declaration.path) takes \(names)"
        problems.append(
          DomainError(
            .unknownArgument,
            "\(JSON.string(String(argument.value.prefix(80)))) is one value too many; \(accepted)",
            column: argument.column))
        return
      }
      given[index] = argument
    }
  }

  private mutating func refuseUnknown(_ argument: Argument, _ name: String) {
    let names = declaration.allParameters.map(\.name)
    let nearest = EditDistance.nearest(to: name, among: names)
    let accepted = names.isEmpty ? "no arguments" : names.joined(separator: ", ")
    let shown = String(name.prefix(80))
    let why =
      name == RequestOptions.ifRevisionName ? ": it changes nothing that has a revision" : ""
    problems.append(
      DomainError(
        .unknownArgument,
        "\(declaration.path) has no parameter \(shown)\(why); it takes \(accepted)",
        column: argument.column, argument: shown, suggestion: nearest.map { "\($0)=" }))
  }

  /// The request in one spelling, without what does not belong to its meaning.
  private static func canonical(
    _ declaration: CommandDeclaration, _ arguments: some Collection<Argument>, secrets: [String]
  ) -> String {
    guard declaration.effect.writes else { return declaration.path }
    let common = declaration.commonParameters.map(\.name)
    // What is not kept cannot be in it: whoever takes it sees to that.
    let streams = declaration.parameters.filter { $0.kind == .stream }.map(\.name)
    var text = declaration.path
    for argument in arguments {
      if let name = argument.name, common.contains(name) || streams.contains(name) { continue }
      var argument = argument
      if secrets.contains(argument.value) { argument.value = digest(argument.value) }
      text += " " + argument.spelling
    }
    return text
  }

  /// What tells a secret from another one and is not it (FNV-1a). Secrets that are kept in this way
  /// are random enough not to be guessed from it.
  private static func digest(_ secret: String) -> String {
    let hash = secret.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { hash, byte in
      (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }
    return "(secret \(String(hash, radix: 16)))"
  }
}
