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
  private let tokenRecheckMilliseconds: Int64
  /// Settings of the database by which an acknowledged write can be lost; writes are refused.
  private var weakenedSettings: [String] = []

  /// A service of these areas on `database`.
  package init(
    areas: [Area], database: Database,
    tokenRecheckMilliseconds: Int64 = Limits.tokenRecheckMilliseconds
  ) {
    self.tokenRecheckMilliseconds = tokenRecheckMilliseconds
    registry = Registry(areas.flatMap(\.commands))
    errorCodes = ErrorCode.general + areas.flatMap(\.errorCodes)
    self.database = database
    translation = ErrorTranslation(
      codes: errorCodes, rules: areas.flatMap(\.constraintRules))
  }

  /// Refuses writes from here on if the database could lose what it acknowledged. Throws where
  /// that cannot be found out.
  package func refuseWritesIfNotDurable() async throws(DomainError) {
    do throws(PostgresError) {
      weakenedSettings = try await database.read(AccessStatements.weakenedSettings, ())
    } catch {
      throw translation.domainError(error)
    }
    guard !weakenedSettings.isEmpty else { return }
    Log.error(
      "writes are refused: the database may lose acknowledged writes",
      [("off", weakenedSettings.joined(separator: ","))])
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
    if declaration.effect.writes, !weakenedSettings.isEmpty {
      throw DomainError(
        .notDurable,
        "the database runs with \(weakenedSettings.joined(separator: ", ")) off and may lose "
          + "acknowledged writes: nothing is written until it is on again")
    }
    guard declaration.needs != .nothing else { return }
    try await recheck(session)
    guard let principal = session.principal else {
      throw DomainError(
        .authenticationRequired, "\(declaration.path) needs authentication first",
        suggestion: "auth token=…")
    }
    guard !principal.may(declaration.needs) else { return }
    let able = Role.allCases.filter { Principal(name: "", roles: [$0]).may(declaration.needs) }
    throw DomainError(
      .commandDenied,
      "\(declaration.path) needs \(Help.requirement(declaration.needs)), which \(principal.name) "
        + "(\(principal.roles.map(\.rawValue).joined(separator: ", "))) lacks; "
        + "roles that have it: \(able.map(\.rawValue).joined(separator: ", "))")
  }

  /// The principal of a token that holds, or nil.
  func principal(tokenHash: String) async throws(DomainError) -> Principal? {
    try await principal(AccessStatements.findToken, tokenHash, unixUser: nil)
  }

  /// The principal of an operating system's user, or nil.
  package func principal(unixUser: String) async throws(DomainError) -> Principal? {
    try await principal(AccessStatements.findUnixUser, unixUser, unixUser: unixUser)
  }

  private func principal(
    _ statement: Statement<String, TokenRow>, _ input: String, unixUser: String?
  ) async throws(DomainError) -> Principal? {
    do throws(PostgresError) {
      guard let row = try await database.read(statement, input).first else { return nil }
      return Principal(
        name: row.principal, roles: row.roles.compactMap(Role.init(rawValue:)),
        unixUser: unixUser)
    } catch {
      throw translation.domainError(error)
    }
  }

  /// A token may be revoked, or expire, and a user be disabled or get other roles, while their
  /// connection lives.
  private func recheck(_ session: Session) async throws(DomainError) {
    guard MonotonicClock.nowMilliseconds - session.checkedAt >= tokenRecheckMilliseconds
    else { return }
    if let hash = session.tokenHash {
      guard let principal = try await principal(tokenHash: hash) else {
        session.expire()
        throw DomainError(
          .authenticationExpired,
          "the token of this connection has expired or was revoked, or its user was disabled",
          suggestion: "auth token=…")
      }
      session.authenticated(principal, tokenHash: hash)
    } else if let unixUser = session.principal?.unixUser {
      guard let principal = try await principal(unixUser: unixUser) else {
        session.expire()
        throw DomainError(
          .authenticationExpired,
          "the user of this connection was disabled, or is no longer \(unixUser)'s",
          suggestion: "auth token=…")
      }
      session.confirmed(principal)
    }
  }
}
