import CommandLanguage
import EventLoop
import Foundations
import Postgres

/// A transaction of a session's: several commands that happen together or not at all.
struct SessionTransaction {
  /// Nil where it could not begin: what was sent behind it must not happen by itself.
  let open: OpenTransaction?
  /// The line that began it, as the connection counts them.
  let line: Int
  /// How many commands it has done.
  var commands = 0
  /// Why nothing of it will happen, once that is so.
  var failure: DomainError?
}

/// Commands that make several commands one.
enum TransactionCommands {
  static let all = [begin, commit, rollback]

  static let begin = Command<CommandContext>(
    "begin", "Begin a transaction: what follows happens at commit, all of it or nothing.",
    needs: .authentication, effect: .read, returns: .done(["transaction"]),
    errors: [.transactionOpen], example: "begin"
  ) { (context, _) async throws(DomainError) in try await context.beginTransaction() }

  static let commit = Command<CommandContext>(
    "commit", "Make everything happen since begin; nothing, if one of it failed.",
    needs: .authentication, effect: .read, returns: .done(["committed"]),
    errors: [.transactionFailed, .noTransaction], example: "commit"
  ) { (context, _) async throws(DomainError) in try await context.commitTransaction() }

  static let rollback = Command<CommandContext>(
    "rollback", "Forget everything since begin.",
    needs: .authentication, effect: .read, returns: .done(["rolled-back"]),
    errors: [.noTransaction], example: "rollback"
  ) { (context, _) async throws(DomainError) in try await context.rollbackTransaction() }

  static var commitPath: String { commit.declaration.path }

  /// The commands that a transaction which has failed still takes.
  static let ends: Set<String> = [commit.declaration.path, rollback.declaration.path]
}

extension CommandContext {
  func beginTransaction() async throws(DomainError) -> Reply {
    guard session.transaction?.open == nil else {
      throw DomainError(
        .transactionOpen, "a transaction is open already; commit or roll it back first",
        suggestion: "commit")
    }
    let line = session.currentLine
    let open = try await translated { () async throws(PostgresError) in
      try await service.database.begin()
    }
    guard !session.hasEnded else {
      await open.rollback()
      throw .transactionLost
    }
    session.transaction = SessionTransaction(open: open, line: line)
    return .done([.init("transaction", "open")])
  }

  func commitTransaction() async throws(DomainError) -> Reply {
    let transaction = try openTransaction()
    defer { session.transaction = nil }
    var failure = transaction.failure
    if failure == nil, session.hasRefusedLine(transaction.line) {
      failure = DomainError(.syntax, "a line was no request")
    }
    if let failure {
      await transaction.open?.rollback()
      throw DomainError(
        .transactionFailed,
        "nothing happened, because something in the transaction failed: \(failure.code) "
          + failure.message)
    }
    try await translated { () async throws(PostgresError) in try await transaction.open?.commit() }
    return .done([.init("committed", transaction.commands)])
  }

  func rollbackTransaction() async throws(DomainError) -> Reply {
    let transaction = try openTransaction()
    session.transaction = nil
    await transaction.open?.rollback()
    return .done([.init("rolled-back", transaction.commands)])
  }

  private func openTransaction() throws(DomainError) -> SessionTransaction {
    if let transaction = session.transaction { return transaction }
    throw DomainError(.noTransaction, "no transaction is open", suggestion: "begin")
  }
}

extension CommandDeclaration {
  /// Whether it begins or ends a transaction.
  package var isOfTransactions: Bool {
    TransactionCommands.all.contains { $0.declaration.path == path }
  }
}

extension Session {
  /// Whether it holds a transaction open.
  package var hasTransaction: Bool { transaction?.open?.isOpen ?? false }

  /// Refuses a command where the transaction has failed in which it would be. What is about the session
  /// or the commands themselves (help, explain, set, cancel) is in none: the prompt asks `explain`
  /// before it sends `rollback`.
  func checkTransaction(_ command: CommandDeclaration) throws(DomainError) {
    guard let transaction, !TransactionCommands.ends.contains(command.path),
      command.needs != .nothing, !command.isUrgent
    else { return }
    guard let open = transaction.open else {
      if command.path == TransactionCommands.begin.declaration.path { return }
      throw DomainError(
        .transactionFailed,
        "not run: begin failed (\(transaction.failure?.code ?? .internalFault)), and this would happen by "
          + "itself; begin tries again, commit or rollback ends it", suggestion: "rollback")
    }
    if transaction.failure == nil, !open.isOpen {
      self.transaction?.failure = .transactionLost
    }
    guard let failure = self.transaction?.failure else { return }
    throw DomainError(
      .transactionFailed,
      "not run: something in the transaction failed (\(failure.code)), and nothing of it will happen; "
        + "rollback ends it", suggestion: "rollback")
  }

  /// Notes that a command of the transaction failed, or the one that was to begin it. What cannot be told
  /// from a write is taken for one: a script that goes on regardless must not commit half of what it
  /// meant.
  func noteInTransaction(_ command: CommandDeclaration?, _ failure: DomainError) {
    guard let open = transaction?.open else {
      if command?.path == TransactionCommands.begin.declaration.path {
        transaction = SessionTransaction(open: nil, line: currentLine, failure: failure)
      }
      return
    }
    guard transaction?.failure == nil else { return }
    if !open.isOpen {
      self.transaction?.failure = .transactionLost
    } else if command?.effect != .read {
      self.transaction?.failure = failure
    }
  }

  /// Gives up a transaction that takes too long in all.
  package func endTransactionIfOverdue(_ now: Int64) {
    guard let transaction, transaction.failure == nil, let open = transaction.open,
      now - open.startedAt > Limits.transactionMilliseconds
    else { return }
    self.transaction?.failure = .transactionLost
    EventLoop.task { await open.rollback() }
  }

  /// The session's connection has ended: nothing of an open transaction happens. The session stays in
  /// it: a write that is still on its way must not happen by itself.
  package func abandonTransaction() {
    hasEnded = true
    guard let open = transaction?.open else { return }
    transaction?.failure = .transactionLost
    EventLoop.task { await open.rollback() }
  }
}

extension DomainError {
  /// What became of a transaction that was left alone.
  fileprivate static let transactionLost = DomainError(
    .timeout,
    "it was left alone for \(Limits.transactionIdleMilliseconds / 1_000) s, or took "
      + "\(Limits.transactionMilliseconds / 1_000) s in all, or the database was lost")
}

extension ErrorCode {
  package static let transactionOpen = ErrorCode(
    .conflict, "transaction-open", "Not within a transaction.")
  package static let transactionFailed = ErrorCode(
    .conflict, "transaction-failed", "Something in the transaction failed: nothing of it happens.")
  package static let noTransaction = ErrorCode(
    .conflict, "no-transaction", "No transaction is open.")
}
