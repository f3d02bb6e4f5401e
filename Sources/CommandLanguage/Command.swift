import Foundations

/// What a command's answer looks like.
package enum ReplyShape: Sendable {
  case record([Column])
  case list([Column])
  /// Pairs of the status line, by name.
  case done([String])
  /// A step of a login.
  case step
  /// Whatever another command answers.
  case other
  case page
  /// Lines that come as things happen, of pairs with these names.
  case pushes([String])

  /// Whether it is rows of a noun's own.
  package var isRows: Bool { !columns.isEmpty }

  /// The columns of its rows, if it has rows.
  package var columns: [Column] {
    switch self {
    case .record(let columns), .list(let columns): columns
    case .done, .step, .page, .other, .pushes: []
    }
  }
}

/// Everything that is said once about a command: parser, help, completion, authorisation, audit
/// and the reference read this value.
///
/// An object, because every request passes it along: handing it on costs one reference count.
package final class CommandDeclaration: Sendable {
  /// One or two words: `grant offer`.
  package let path: String
  package let summary: String
  package let needs: Requirement
  package let effect: Effect
  /// Whether it changes a thing of its noun that is there already and has a revision: then it takes
  /// `if-rev=`, and the noun's `show` answers `revision`.
  package let revises: Bool
  package let returns: ReplyShape
  package let parameters: [ParameterDeclaration]
  /// The area's own errors it can answer with; the general ones can always occur.
  package let errors: [ErrorCode]
  package let example: String
  /// Whether it runs at once, whatever its connection has under way: it is about that.
  package let isUrgent: Bool
  /// Whether it takes an argument piece by piece, as long as that may be.
  package let takesStream: Bool

  /// Parameters that every command of its kind takes.
  package let commonParameters: [ParameterDeclaration]
  /// Its own parameters and then the common ones.
  package let allParameters: [ParameterDeclaration]

  /// A declaration of these parts.
  init(
    path: String, summary: String, needs: Requirement, effect: Effect, revises: Bool,
    returns: ReplyShape, parameters: [ParameterDeclaration], errors: [ErrorCode], example: String,
    isUrgent: Bool
  ) {
    self.path = path
    self.summary = summary
    self.needs = needs
    self.effect = effect
    self.revises = revises
    self.returns = returns
    self.parameters = parameters
    self.errors = errors
    self.example = example
    self.isUrgent = isUrgent
    takesStream = parameters.contains { $0.kind == .stream }
    commonParameters = RequestOptions.parameters(
      effect, revises: revises, takesStream: takesStream, returns)
    allParameters = parameters + commonParameters
  }

  /// The first word of the path.
  package var noun: String { String(path.prefix { $0 != " " }) }
}

/// A command: its declaration and its body, bound together by the types of its parameters.
///
/// `Context` is what bodies run in; the command language knows nothing of it.
package struct Command<Context: Sendable>: Sendable {
  package let declaration: CommandDeclaration
  let bind: @Sendable (inout ArgumentBinder) throws(DomainError) -> Invocation<Context>.Body

  /// Declares a command and its body; the body's arguments are the parameters' values, in order.
  package init<each Value: Sendable>(
    _ path: String, _ summary: String, needs: Requirement, effect: Effect, revises: Bool = false,
    returns: ReplyShape, errors: [ErrorCode] = [], example: String, isUrgent: Bool = false,
    _ parameters: repeat Parameter<each Value>,
    body:
      @escaping @Sendable (Context, RequestOptions, repeat each Value)
      async throws(DomainError) -> Reply
  ) {
    var declared: [ParameterDeclaration] = []
    for parameter in repeat each parameters { declared.append(parameter.declaration) }
    declaration = CommandDeclaration(
      path: path, summary: summary, needs: needs, effect: effect, revises: revises,
      returns: returns, parameters: declared, errors: errors, example: example,
      isUrgent: isUrgent)
    bind = { (binder: inout ArgumentBinder) throws(DomainError) in
      let values = (repeat binder.value(each parameters))
      let options = binder.options
      try binder.finish()
      let bound = (repeat try Self.known(each values))
      return { (context) async throws(DomainError) in
        try await body(context, options, repeat each bound)
      }
    }
  }

  /// A value that `finish` has vouched for.
  private static func known<Value>(_ value: Value?) throws(DomainError) -> Value {
    guard let value else { throw DomainError(.internalFault, "a parameter was left unbound") }
    return value
  }
}

/// A command with its arguments bound: ready to be authorised and run.
package struct Invocation<Context: Sendable>: Sendable {
  package typealias Body = @Sendable (Context) async throws(DomainError) -> Reply

  package let declaration: CommandDeclaration
  package let options: RequestOptions
  package let run: Body
}
