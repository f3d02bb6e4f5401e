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

  /// Its nouns whose changes can be watched, with the tables of their rows.
  package let watched: [WatchedNoun]

  /// An area of these parts.
  package init(
    _ name: String, commands: [Command<CommandContext>], statements: [StatementDescription],
    errorCodes: [ErrorCode], constraintRules: [ConstraintRule],
    lifecycles: [(noun: String, pairs: [String])] = [], watched: [WatchedNoun] = []
  ) {
    self.name = name
    self.commands = commands
    self.statements = statements
    self.errorCodes = errorCodes
    self.constraintRules = constraintRules
    self.lifecycles = lifecycles
    self.watched = watched
  }
}

/// The whole service: it takes requests of sessions and answers them.
@EventLoop
package final class Service {
  /// Every command.
  package nonisolated let registry: Registry<CommandContext>
  /// Every error code.
  package nonisolated let errorCodes: [ErrorCode]
  /// Every noun that can be watched.
  nonisolated let watched: [WatchedNoun]
  /// Who waits for changes.
  package let changes: ChangeHub
  let database: Database
  let translation: ErrorTranslation
  private let tokenRecheckMilliseconds: Int64
  /// Called when somebody who has authenticated has run a command; whether it wrote.
  package var onCommand: @EventLoop (_ wrote: Bool) -> Void = { _ in }
  /// The sessions of connections, by their numbers.
  private var sessions: [Int64: Session] = [:]

  /// A service of these areas on `database`.
  package init(
    areas: [Area], database: Database,
    tokenRecheckMilliseconds: Int64 = Limits.tokenRecheckMilliseconds,
    maximumWatches: Int = Limits.watches
  ) {
    self.tokenRecheckMilliseconds = tokenRecheckMilliseconds
    watched = areas.flatMap(\.watched)
    changes = ChangeHub(database, maximumWatches: maximumWatches)
    registry = Registry(areas.flatMap(\.commands))
    errorCodes = ErrorCode.general + areas.flatMap(\.errorCodes)
    self.database = database
    translation = ErrorTranslation(
      codes: errorCodes, rules: areas.flatMap(\.constraintRules))
  }

  /// Says in the log, before the first write would find out, if the database could lose what it
  /// acknowledges. Throws where that cannot be found out.
  package func reportDurability() async throws(DomainError) {
    do throws(PostgresError) {
      _ = try await database.weakenedSettings()
    } catch {
      throw translation.domainError(error)
    }
  }

  /// From now on, other connections can cancel what this session asks for.
  package func opened(_ session: Session) { sessions[session.number] = session }

  /// The session's connection has ended.
  package func closed(_ session: Session) { sessions.removeValue(forKey: session.number) }

  /// The session of this number, if its secret is known.
  package func session(_ number: Int64, secret: String) -> Session? {
    // Whoever has authenticated may guess at 64 random bits as often as they like.
    sessions[number].flatMap { $0.secret == secret ? $0 : nil }
  }

  /// Whether a request changes data.
  package func writes(_ request: Request) -> Bool {
    (try? registry.resolve(request).0.declaration.effect.writes) ?? false
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
    let reply = try await invocation.run(context)
    if command.declaration.needs != .nothing { onCommand(command.declaration.effect.writes) }
    return (reply, invocation)
  }

  /// Throws unless the session may run the command.
  func authorise(
    _ declaration: CommandDeclaration, _ session: Session
  ) async throws(DomainError) {
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

  private func principal(_ credential: Credential) async throws(DomainError) -> Principal? {
    switch credential {
    case .token(let hash): try await principal(tokenHash: hash)
    case .unixUser(let name): try await principal(unixUser: name)
    }
  }

  /// Throws where whoever asks may not be here any longer: a token may be revoked, or expire, and a
  /// user be disabled or get other roles, while their connection lives.
  package func recheck(_ session: Session) async throws(DomainError) {
    guard let credential = session.credential, isDue(session) else { return }
    guard let principal = try await principal(credential) else {
      session.expire()
      throw .accessEnded
    }
    session.confirmed(principal)
  }

  private func isDue(_ session: Session) -> Bool {
    MonotonicClock.nowMilliseconds - session.checkedAt >= tokenRecheckMilliseconds
  }

  /// Looks up again who silent sessions are, as their next requests would; answers those who may not
  /// be there any longer. Many connections may share a token: each is looked up once, and no more
  /// than `Limits.tokenRechecksPerSweep` are.
  package func expired(among sessions: [Session]) async -> [Session] {
    var due: [Credential: [Session]] = [:]
    for session in sessions where isDue(session) {
      guard let credential = session.credential,
        due[credential] != nil || due.count < Limits.tokenRechecksPerSweep
      else { continue }
      due[credential, default: []].append(session)
    }
    var expired: [Session] = []
    for (credential, holders) in due {
      let principal: Principal?
      do throws(DomainError) {
        principal = try await self.principal(credential)
      } catch {
        // Nothing is known: the next sweep asks again.
        continue
      }
      for session in holders where session.credential == credential {
        if let principal {
          session.confirmed(principal)
        } else {
          session.expire()
          expired.append(session)
        }
      }
    }
    return expired
  }
}

extension DomainError {
  /// Said last on a connection whose token holds no more, or whose user was disabled.
  package static let accessEnded = DomainError(
    .authenticationExpired,
    "the token of this connection has expired or was revoked, or its user was disabled; "
      + "connect again")
}
