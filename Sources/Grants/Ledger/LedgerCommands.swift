import Access
import CommandLanguage
import Foundations

enum LedgerCommands {
  static let all = [show, verify, reverse]

  static let show = Command<CommandContext>(
    "ledger show", "Show a fund's ledger, posting by posting.",
    needs: .capability(.fundsRead), effect: .read, returns: .list(LedgerStatements.show.columns),
    errors: [.missingFund], example: "ledger show PUR-2008 grant=G-2008-0001",
    Parameter<Code>("fund", "the fund's code"),
    Parameter<Currency?>(optional: "currency", "which of its currencies; its own unless said"),
    Parameter<Filter<EntryKind>?>(filter: "kind", "what the entry is about"),
    Parameter<Filter<Account>?>(filter: "account", "where the money went or came from"),
    Parameter<Filter<GrantNumber>?>(filter: "grant", "the grant's number"),
    Parameter<Filter<CalendarDate>?>(filter: "on", "the day the entry counts for")
  ) { (context, options, fund, currency, kind, account, grant, day) async throws(DomainError) in
    try await context.readPage(
      LedgerStatements.show,
      (
        fund, currency, kind, account, grant, day, try options.after(as: Int64.self),
        Int64(options.limit + 1)
      ))
  }

  static let verify = Command<CommandContext>(
    "ledger verify", "Recompute every balance from the postings; no rows: all is right.",
    needs: .capability(.fundsRead), effect: .read,
    returns: .list(LedgerStatements.verify.columns), example: "ledger verify"
  ) { (context, options) async throws(DomainError) in
    try await context.readPage(
      LedgerStatements.verify, (options.after, Int64(options.limit + 1)))
  }

  static let reverse = Command<CommandContext>(
    "ledger reverse", "Correct a receipt or an exchange, by an entry that reverses it.",
    needs: .capability(.fundsManage), effect: .irreversible,
    returns: .done(["fund", "received", "available"]),
    errors: [.missingEntry, .overAward, .currencyMismatch],
    example: "ledger reverse 10 reason=\"was 3000, not 30000\"",
    Parameter<Int64>("entry", "the entry's number, from ledger show"),
    Parameter<String>("reason", "what was wrong")
  ) { (context, _, entry, reason) async throws(DomainError) in
    try await context.write(LedgerStatements.reverse, (entry, reason)) { $0.pairs }
  }
}
