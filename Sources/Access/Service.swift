import CommandLanguage
import EventLoop
import Foundations
import Postgres

/// What an area brings: its commands, and everything that is checked and documented of them.
package struct Area: Sendable {
  package let name: String
  package let commands: [Command<CommandContext>]
  package let statements: [StatementDescription]
  package let errorCodes: [ErrorCode]
  package let constraintRules: [ConstraintRule]
  /// Its lifecycles, each as the noun and its permitted pairs of states.
  package let lifecycles: [(noun: String, pairs: [String])]

  /// An area of these parts.
  package init(
    _ name: String, commands: [Command<CommandContext>], statements: [StatementDescription],
    errorCodes: [ErrorCode], constraintRules: [ConstraintRule],
    lifecycles: [(noun: String, pairs: [String])] = []
  ) {
    self.name = name
    self.commands = commands
    self.statements = statements
    self.errorCodes = errorCodes
    self.constraintRules = constraintRules
    self.lifecycles = lifecycles
  }
}

/// The whole service: it takes requests of sessions and answers them.
@EventLoop
package final class Service {
  /// Every command.
  package nonisolated let registry: Registry<CommandContext>
  /// Every error code.
  package nonisolated let errorCodes: [ErrorCode]
  let database: Database
  let translation: ErrorTranslation

  /// A service of these areas on `database`.
  package init(areas: [Area], database: Database) {
    registry = Registry(areas.flatMap(\.commands))
    errorCodes = ErrorCode.general + areas.flatMap(\.errorCodes)
    self.database = database
    translation = ErrorTranslation(
      codes: errorCodes, rules: areas.flatMap(\.constraintRules))
  }

  /// Runs one request of a session.
  package func run(
    _ request: Request, _ session: Session
  ) async throws(DomainError) -> (Reply, Invocation<CommandContext>) {
    let (command, _) = try registry.resolve(request)
    try await authorise(command.declaration, session)
    let invocation = try registry.bind(request)
    let context = CommandContext(
      service: self, session: session, declaration: invocation.declaration,
      options: invocation.options)
    return (try await invocation.run(context), invocation)
  }

  /// Throws unless the session may run the command.
  func authorise(
    _ declaration: CommandDeclaration, _ session: Session
  ) async throws(DomainError) {
    guard declaration.needs != .nothing else { return }
    try await recheckToken(session)
    guard let principal = session.principal else {
      throw DomainError(
        .authenticationRequired, "\(declaration.path) needs authentication first",
        suggestion: "auth token=…")
    }
    if case .capability(let capability) = declaration.needs,
      !principal.capabilities.contains(capability)
    {
      let able = Role.allCases.filter { $0.capabilities.contains(capability) }
      let roles = principal.roles.map(\.rawValue).joined(separator: ", ")
      throw DomainError(
        .commandDenied,
        "\(declaration.path) needs \(capability), which \(principal.name) (\(roles)) lacks; "
          + "roles that have it: \(able.map(\.rawValue).joined(separator: ", "))")
    }
  }

  /// The principal of a token that holds, or nil.
  func principal(tokenHash: String) async throws(DomainError) -> Principal? {
    try await principal(AccessStatements.findToken, tokenHash)
  }

  /// The principal of an operating system's user, or nil.
  package func principal(unixUser: String) async throws(DomainError) -> Principal? {
    try await principal(AccessStatements.findUnixUser, unixUser)
  }

  private func principal(
    _ statement: Statement<String, TokenRow>, _ input: String
  ) async throws(DomainError) -> Principal? {
    do throws(PostgresError) {
      guard let row = try await database.read(statement, input).first else { return nil }
      return Principal(name: row.principal, roles: row.roles.compactMap(Role.init(rawValue:)))
    } catch {
      throw translation.domainError(error)
    }
  }

  /// A token may be revoked, or expire, while its connection lives.
  private func recheckToken(_ session: Session) async throws(DomainError) {
    guard let hash = session.tokenHash,
      MonotonicClock.nowMilliseconds - session.tokenCheckedAt > Limits.tokenRecheckMilliseconds
    else { return }
    guard let principal = try await principal(tokenHash: hash) else {
      session.expire()
      throw DomainError(
        .authenticationExpired, "the token of this connection has expired or was revoked",
        suggestion: "auth token=…")
    }
    session.authenticated(principal, tokenHash: hash)
  }
}
