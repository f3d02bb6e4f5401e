import Access
import CommandLanguage
import Foundations

/// What takes a grant from its activation to the close-out, and back.
enum CloseoutCommands {
  static let all = [suspend, resume, terminate, start, settle, close, askReopening, reopen]

  private static let number = GrantCommands.number
  private static let day = GrantCommands.day
  private static let reason = Parameter<String>("reason", "why")

  static let suspend = Command<CommandContext>(
    "grant suspend", "Suspend a grant: nothing is paid on it, and reports are still due.",
    needs: .capability(.grantsDirect), effect: .write, revises: true,
    returns: .done(GrantChange.names), errors: [.missingGrant],
    example: "grant suspend G-2012-0001 reason=\"the partner's council dissolved\"",
    number, reason, day
  ) { (context, _, number, reason, day) async throws(DomainError) in
    try await context.write(CloseoutStatements.suspend, (number, reason, day)) { $0.pairs }
  }

  static let resume = Command<CommandContext>(
    "grant resume", "Take a suspended grant up again.",
    needs: .capability(.grantsDirect), effect: .write, revises: true,
    returns: .done(GrantChange.names), errors: [.missingGrant],
    example: "grant resume G-2012-0001 reason=\"a new council was elected\"", number, reason, day
  ) { (context, _, number, reason, day) async throws(DomainError) in
    try await context.write(CloseoutStatements.resume, (number, reason, day)) { $0.pairs }
  }

  static let terminate = Command<CommandContext>(
    "grant terminate", "End a grant before its time; allowable costs are paid before that.",
    needs: .capability(.grantsDirect), effect: .irreversible, revises: true,
    returns: .done(GrantChange.names), errors: [.missingGrant, .openPayments],
    example: "grant terminate G-2012-0001 reason=\"the pilot cannot be completed\"",
    number, reason, day
  ) { (context, _, number, reason, day) async throws(DomainError) in
    try await context.write(CloseoutStatements.terminate, (number, reason, day)) { $0.pairs }
  }

  static let start = Command<CommandContext>(
    "grant start-closeout", "Begin to close a grant whose period has ended, or that is all paid.",
    needs: .capability(.grantsManage), effect: .write, revises: true,
    returns: .done(GrantChange.names),
    errors: [.missingGrant], example: "grant start-closeout G-2008-0001", number, day
  ) { (context, _, number, day) async throws(DomainError) in
    try await context.write(CloseoutStatements.start, (number, day)) { $0.pairs }
  }

  static let settle = Command<CommandContext>(
    "grant settle", "Find that nothing is left to settle; somebody else closes the grant.",
    needs: .capability(.grantsPay), effect: .write, revises: true,
    returns: .done(GrantChange.names),
    errors: [.missingGrant, .openPayments, .conditionOpen, .unsettled],
    example: "grant settle G-2008-0001", number
  ) { (context, _, number) async throws(DomainError) in
    try await context.write(CloseoutStatements.settle, number) { $0.pairs }
  }

  static let close = Command<CommandContext>(
    "grant close", "Close a grant that finance has settled; the rest is de-obligated.",
    needs: .capability(.grantsManage), effect: .irreversible, revises: true,
    returns: .done(GrantChange.names),
    errors: [.missingGrant, .openPayments, .conditionOpen, .unsettled, .fourEyes],
    example: "grant close G-2008-0001", number, day
  ) { (context, _, number, day) async throws(DomainError) in
    try await context.write(CloseoutStatements.close, (number, day)) { $0.pairs }
  }

  static let askReopening = Command<CommandContext>(
    "grant ask-reopening", "Ask that a closed grant be reopened; finance does it.",
    needs: .capability(.grantsDirect), effect: .write, revises: true,
    returns: .done(GrantChange.names), errors: [.missingGrant],
    example: "grant ask-reopening G-2008-0001 reason=\"the audit disallowed a cost\"",
    number, reason
  ) { (context, _, number, reason) async throws(DomainError) in
    try await context.write(CloseoutStatements.askReopening, (number, reason)) { $0.pairs }
  }

  static let reopen = Command<CommandContext>(
    "grant reopen", "Reopen a closed grant, as a director asked, for an audit's adjustment.",
    needs: .capability(.grantsPay), effect: .write, revises: true,
    returns: .done(GrantChange.names), errors: [.missingGrant, .fourEyes],
    example: "grant reopen G-2008-0001", number, day
  ) { (context, _, number, day) async throws(DomainError) in
    try await context.write(CloseoutStatements.reopen, (number, day)) { $0.pairs }
  }
}
