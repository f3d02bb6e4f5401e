import Access
import CommandLanguage
import Foundations

enum PaymentCommands {
  static let all = [schedule, pay, cancel, list]

  private static let number = Parameter<PaymentNumber>("number", "the payment's number")

  static let schedule = Command<CommandContext>(
    "payment schedule", "Plan a payment on a grant.",
    needs: .capability(.grantsManage), effect: .write, returns: .done(PaymentChange.names),
    errors: [.missingGrant, .currencyMismatch, .overDisbursed],
    example: "payment schedule G-2008-0002 4750 due=2008-04-01",
    Parameter<GrantNumber>("grant", "the grant's number"),
    Parameter<Money>("amount", "how much, in the grant's currency"),
    Parameter<CalendarDate>("due", "the day it is to be paid")
  ) { (context, _, grant, amount, due) async throws(DomainError) in
    try await context.write(
      PaymentStatements.schedule, (grant, amount.amountMinor, amount.currency, due)
    ) { $0.pairs }
  }

  static let pay = Command<CommandContext>(
    "payment pay", "Record that a scheduled payment was made.",
    needs: .capability(.grantsPay), effect: .irreversible, returns: .done(PaymentChange.names),
    errors: [.missingPayment, .overDisbursed],
    example: "payment pay G-2012-0001-02 on=2013-06-14", number,
    Parameter<CalendarDate?>(optional: "on", "the day it was paid; today unless said")
  ) { (context, _, number, day) async throws(DomainError) in
    try await context.write(PaymentStatements.pay, (number, day)) { $0.pairs }
  }

  static let cancel = Command<CommandContext>(
    "payment cancel", "Give up a scheduled payment.",
    needs: .capability(.grantsManage), effect: .irreversible,
    returns: .done(PaymentChange.names), errors: [.missingPayment],
    example: "payment cancel G-2012-0001-02", number
  ) { (context, _, number) async throws(DomainError) in
    try await context.write(PaymentStatements.cancel, number) { $0.pairs }
  }

  static let list = Command<CommandContext>(
    "payment list", "List payments, of one grant (grant=) or of all.",
    needs: .capability(.grantsRead), effect: .read, returns: .list(PaymentStatements.list.columns),
    example: "payment list state=scheduled due<=2013-12-31",
    Parameter<Filter<GrantNumber>?>(filter: "grant", "the grant's number"),
    Parameter<Filter<PaymentState>?>(filter: "state", "where it stands"),
    Parameter<Filter<CalendarDate>?>(filter: "due", "the day it is to be paid"),
    Parameter<Filter<Money>?>(filter: "amount", "how much, among payments in that currency")
  ) { (context, options, grant, state, due, amount) async throws(DomainError) in
    try await context.readPage(
      PaymentStatements.list,
      (
        grant, state, due, amount.map(MoneyFilter.init), options.after,
        Int64(options.limit + 1)
      ))
  }
}
