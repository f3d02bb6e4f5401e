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
  /// How the server is doing that the service is behind; nothing has happened where there is none.
  package var serverStatus: @EventLoop () -> ServerStatus = { ServerStatus() }
  /// Transactions that clients hold open.
  var openTransactions: Int { sessions.values.count { $0.transaction?.open != nil } }
  /// The sessions of connections, by their numbers.
  private var sessions: [Int64: Session] = [:]
  private let refusals: RefusalRecorder
  private var throttle = LoginThrottle()
  private var meter = PrincipalMeter()

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
    refusals = RefusalRecorder(database)
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

  /// Runs one request of a session. Where it takes a stream of rows and `progress=yes` asks for it,
  /// `onProgress` is told how many of them have been taken.
  package func run(
    _ request: Request, _ session: Session,
    onProgress: @escaping @EventLoop (Int) -> Void = { _ in }
  ) async throws(DomainError) -> (Reply, Invocation<CommandContext>) {
    var command: CommandDeclaration?
    do throws(DomainError) {
      let declaration = try registry.resolve(request).0.declaration
      command = declaration
      var answer = try await run(request, declaration, session, onProgress)
      if case .instead(let other) = answer.0 { answer = try await runInstead(other, session) }
      if case .outcome(_, _, let failure?) = answer.0 {
        session.noteInTransaction(declaration, failure)
      } else if declaration.effect.writes, !answer.1.options.preview {
        session.transaction?.commands += 1
      }
      return answer
    } catch {
      session.noteInTransaction(command, error)
      if let command { noteRefusal(error, session, command) }
      throw error
    }
  }

  /// A request of a session has been cancelled while it waited for its turn.
  package func cancelledBeforeItRan(_ request: Request, _ session: Session) {
    let command = try? registry.resolve(request).0.declaration
    session.noteInTransaction(command, .cancelledByClient)
  }

  /// Runs the request that stands for another one; what it stands for is one that reads.
  private func runInstead(
    _ request: Request, _ session: Session
  ) async throws(DomainError) -> (Reply, Invocation<CommandContext>) {
    let declaration = try registry.resolve(request).0.declaration
    guard declaration.effect == .read, declaration.returns.isRows else {
      throw ErrorTranslation.fault("\(declaration.path) was to run instead of another command")
    }
    return try await run(request, declaration, session, { _ in })
  }

  private func run(
    _ request: Request, _ declaration: CommandDeclaration, _ session: Session,
    _ onProgress: @escaping @EventLoop (Int) -> Void
  ) async throws(DomainError) -> (Reply, Invocation<CommandContext>) {
    try await authorise(declaration, session)
    // Who may ask for no more may still end their transaction: others wait for its place.
    let endsTransaction =
      session.transaction != nil && TransactionCommands.ends.contains(declaration.path)
    guard let principal = session.principal, !declaration.isUrgent, !endsTransaction else {
      return try await runAdmitted(request, declaration, session, onProgress)
    }
    try meter.begin(principal, at: MonotonicClock.nowMilliseconds)
    defer { meter.end(principal) }
    return try await runAdmitted(request, declaration, session, onProgress)
  }

  private func runAdmitted(
    _ request: Request, _ declaration: CommandDeclaration, _ session: Session,
    _ onProgress: @escaping @EventLoop (Int) -> Void
  ) async throws(DomainError) -> (Reply, Invocation<CommandContext>) {
    try session.checkTransaction(declaration)
    let invocation = try registry.bind(request)
    if case .list = declaration.returns, !declaration.effect.writes,
      let most = session.principal?.limits.rows, invocation.options.limit > most
    {
      throw DomainError(
        .rowsDenied, "answers of more than \(most) rows are not for you; go on with after=",
        argument: "limit", suggestion: "limit=\(most)")
    }
    let context = CommandContext(
      service: self, session: session, declaration: declaration, options: invocation.options,
      onProgress: onProgress)
    let reply = try await invocation.run(context)
    // What a transaction has written is there to be sealed when it is committed.
    if declaration.needs != .nothing {
      onCommand(declaration.effect.writes || declaration.path == TransactionCommands.commitPath)
    }
    return (reply, invocation)
  }

  /// What somebody may not do goes into the audit. (Failed logins are there already, with their
  /// reasons, and whose access has ended.)
  private func noteRefusal(
    _ error: DomainError, _ session: Session, _ command: CommandDeclaration
  ) {
    guard [.auth, .denied].contains(error.code.errorClass),
      ![.authenticationFailed, .authenticationExpired, .notDurable].contains(error.code)
    else { return }
    refused(session, command: command.path, error.code, "")
  }

  /// Notes for the audit that somebody was refused, and why: more than they are told.
  package func refused(
    _ session: Session, command: String, _ code: ErrorCode, _ reason: String,
    principal: String? = nil
  ) {
    let name = principal ?? session.principal?.name ?? ""
    refusals.add(
      Refusal(
        source: session.source, principal: String(name.prefix(64)), command: command,
        code: code.description, reason: reason))
    if code == .authenticationFailed {
      throttle.failed(session.source, at: MonotonicClock.nowMilliseconds)
    }
  }

  /// Forgets who has asked for nothing for a while.
  package func sweep(at now: Int64) {
    meter.forget(before: now - Limits.failedLoginMemoryMilliseconds)
  }

  /// How long the answer to a failed login waits.
  func delayAfterFailure(_ source: String) -> Int64 {
    throttle.delayMilliseconds(source, at: MonotonicClock.nowMilliseconds)
  }

  /// Throws unless the session may run the command.
  func authorise(
    _ declaration: CommandDeclaration, _ session: Session
  ) async throws(DomainError) {
    guard declaration.needs != .nothing else { return }
    try await recheck(session, for: declaration.path)
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

  /// Makes the session that of whom a credential of the connection itself names, if there is one.
  package func identify(_ session: Session, _ credential: Credential) async {
    do throws(DomainError) {
      if let principal = try await principal(credential) {
        return session.begin(as: principal, by: credential)
      }
      refused(session, command: "connect", .authenticationFailed, "no user for \(credential.means)")
    } catch {
      Log.error("who is there could not be looked up", [("reason", error.message)])
    }
  }

  /// Whom a credential names, if it holds.
  func principal(_ credential: Credential) async throws(DomainError) -> Principal? {
    do throws(PostgresError) {
      switch credential {
      case .token(let hash):
        let row = try await database.read(AccessStatements.findToken, hash).first
        return row.flatMap { $0.state == "valid" ? $0.principal : nil }
      case .unixUser(let number):
        guard let name = await Credential.userName(number) else { return nil }
        return try await database.read(AccessStatements.findUnixUser, name).first?.principal
      case .certificate(let name):
        return try await database.read(AccessStatements.findPrincipal, name).first?.principal
      case .password(let user, let verifier):
        return try await database.read(AccessStatements.findPassword, (user, verifier)).first?
          .principal
      }
    } catch {
      throw translation.domainError(error)
    }
  }

  /// Throws where whoever asks may not be here any longer: a token may be revoked, or expire, and a
  /// user be disabled or get other roles, while their connection lives. The audit then has the command,
  /// or that it was the connection that ended.
  package func recheck(
    _ session: Session, for command: String = "connect"
  ) async throws(DomainError) {
    guard let credential = session.credential, isDue(session) else { return }
    guard let principal = try await principal(credential) else {
      // Of requests side by side, one is enough to say it.
      if session.credential == credential { endAccess(of: session, command) }
      throw .accessEnded
    }
    session.confirmed(principal)
  }

  /// Nobody is there any more, and the audit knows who was.
  private func endAccess(of session: Session, _ command: String) {
    refused(session, command: command, .authenticationExpired, "")
    session.expire()
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
          endAccess(of: session, "connect")
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
