import Foundations
import Synchronization

/// What help, completion and the reference say of a parameter.
package final class ParameterDeclaration: Sendable {
  /// How a parameter may be given.
  package enum Kind: String, Sendable {
    /// By position or by name; must be there.
    case required
    /// By name, or not at all.
    case optional
    /// By position or by name, or not at all.
    case positional
    /// By name with any comparison, or not at all.
    case filter
    /// Everything that follows, as it stands.
    case rest
    /// All values without a name, with spaces between them; must be there.
    case words
    /// By name; must be there, and may be too long to be kept.
    case stream
  }

  package let name: String
  package let summary: String
  package let kind: Kind
  package let typeName: String
  package let accepts: String
  package let choices: [String]
  /// What holds where the parameter is left out, in words.
  package let defaultText: String?
  /// Whether its values are kept out of the audit.
  package let isSecret: Bool

  init(
    name: String, summary: String, kind: Kind, typeName: String, accepts: String,
    choices: [String], defaultText: String?, isSecret: Bool
  ) {
    self.name = name
    self.summary = summary
    self.kind = kind
    self.typeName = typeName
    self.accepts = accepts
    self.choices = choices
    self.defaultText = defaultText
    self.isSecret = isSecret
  }
}

/// A value that is taken once.
private final class Once: Sendable {
  private let value: Mutex<[UInt8]?>
  init(_ value: [UInt8]) { self.value = Mutex(value) }

  func take() -> [UInt8]? {
    value.withLock { value in
      defer { value = nil }
      return value
    }
  }
}

/// A parameter of a command, and how its value is found among the arguments.
package struct Parameter<Value: Sendable>: Sendable {
  package let declaration: ParameterDeclaration
  /// The value of an argument, and of the further ones of the same name that only filters have.
  let bind: @Sendable (Argument?, [Argument]) throws(InvalidValue) -> Value

  private init<Element: ParameterValue>(
    _ element: Element.Type, _ name: String, _ summary: String,
    kind: ParameterDeclaration.Kind, typeName: String? = nil, accepts: String? = nil,
    defaultText: String? = nil, isSecret: Bool = false,
    bindAll: @escaping @Sendable (Argument?, [Argument]) throws(InvalidValue) -> Value
  ) {
    declaration = ParameterDeclaration(
      name: name, summary: summary, kind: kind, typeName: typeName ?? Element.typeName,
      accepts: accepts ?? Element.accepts, choices: Element.choices, defaultText: defaultText,
      isSecret: isSecret)
    bind = bindAll
  }

  private init<Element: ParameterValue>(
    _ element: Element.Type, _ name: String, _ summary: String,
    kind: ParameterDeclaration.Kind, typeName: String? = nil, accepts: String? = nil,
    defaultText: String? = nil, isSecret: Bool = false,
    bind: @escaping @Sendable (Argument?) throws(InvalidValue) -> Value
  ) {
    self.init(
      element, name, summary, kind: kind, typeName: typeName, accepts: accepts,
      defaultText: defaultText, isSecret: isSecret
    ) { argument, _ throws(InvalidValue) in try bind(argument) }
  }
}

extension Parameter where Value: ParameterValue {
  /// A parameter that must be given, by position or by name.
  package init(_ name: String, _ summary: String) {
    self.init(Value.self, name, summary, kind: .required) { argument throws(InvalidValue) in
      try Value(argument: argument?.value ?? "")
    }
  }

  /// A parameter that must be given, and whose values the audit must not quote.
  package init(secret name: String, _ summary: String) {
    self.init(Value.self, name, summary, kind: .required, isSecret: true) {
      argument throws(InvalidValue) in try Value(argument: argument?.value ?? "")
    }
  }

  /// A parameter that stands for `value` where it is left out.
  package init(_ name: String, _ summary: String, default value: Value, shown: String) {
    self.init(Value.self, name, summary, kind: .optional, defaultText: shown) {
      argument throws(InvalidValue) in
      guard let argument else { return value }
      return try Value(argument: argument.value)
    }
  }
}

extension Parameter {
  /// A parameter that may be left out.
  package init<Element: ParameterValue>(optional name: String, _ summary: String)
  where Value == Element? {
    self.init(Element.self, name, summary, kind: .optional) { argument throws(InvalidValue) in
      guard let argument else { return nil }
      return try Element(argument: argument.value)
    }
  }

  /// A parameter that may be left out, and needs no name where it is given.
  package init<Element: ParameterValue>(optionalPositional name: String, _ summary: String)
  where Value == Element? {
    self.init(Element.self, name, summary, kind: .positional) { argument throws(InvalidValue) in
      guard let argument else { return nil }
      return try Element(argument: argument.value)
    }
  }

  /// Values separated by commas; empty where it is left out.
  package init<Element: ParameterValue>(list name: String, _ summary: String)
  where Value == [Element] {
    self.init(
      Element.self, name, summary, kind: .optional, typeName: "\(Element.typeName),…",
      accepts: "\(Element.accepts); several are separated by commas"
    ) { argument throws(InvalidValue) in
      var values: [Element] = []
      for part in argument?.value.split(separator: ",") ?? [] {
        values.append(try Element(argument: String(part)))
      }
      return values
    }
  }

  /// One text of several words, which need no quotes: whatever has no name belongs to it.
  package init(words name: String, _ summary: String) where Value == String {
    self.init(
      String.self, name, summary, kind: .words, typeName: "words", accepts: "any words"
    ) { argument throws(InvalidValue) in try String(argument: argument?.value ?? "") }
  }

  /// All further arguments, as one text; empty where there are none.
  package init(rest name: String, _ summary: String) where Value == String {
    self.init(
      String.self, name, summary, kind: .rest, typeName: "words", accepts: "any words"
    ) { argument throws(InvalidValue) in argument?.value ?? "" }
  }

  /// A value that is taken as it comes, however long: a literal, or a short one in quotes.
  package init(stream name: String, _ summary: String) where Value == LiteralStream {
    self.init(
      String.self, name, summary, kind: .stream, typeName: "bytes",
      accepts: "a literal, {BYTES} and that many bytes behind the line, or text in double quotes"
    ) { argument throws(InvalidValue) in
      if let stream = argument?.stream { return stream }
      let bytes = Array((argument?.value ?? "").utf8)
      let rest = Once(bytes)
      return LiteralStream { () throws(DomainError) in rest.take() }
    }
  }

  /// A filter of a list: `name=value`, `name>=value`, `name~value` and so on; given more than
  /// once, all must hold.
  package init<Element: ParameterValue>(filter name: String, _ summary: String)
  where Value == Filter<Element>? {
    self.init(Element.self, name, summary, kind: .filter) {
      argument, further throws(InvalidValue) in
      guard let argument else { return nil }
      var conditions = [try Filter<Element>.Condition(argument)]
      for argument in further { conditions.append(try Filter<Element>.Condition(argument)) }
      return Filter(conditions: conditions)
    }
  }
}
