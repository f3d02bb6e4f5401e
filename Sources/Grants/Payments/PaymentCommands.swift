import Access
import CommandLanguage
import Foundations

enum PaymentCommands {
  static let all = [
    schedule, request, approveProgram, approveFinance, pay, fail, cancel, refund, show, list,
  ]

  private static let number = Parameter<PaymentNumber>("number", "the payment's number")
  /// What stops a payment, whoever takes its next step.
  private static let stops: [ErrorCode] = [
    .missingPayment, .conditionOpen, .reportOverdue, .fourEyes,
  ]

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

  static let request = Command<CommandContext>(
    "payment request", "Ask that a payment be made: the first of three people.",
    needs: .capability(.grantsManage), effect: .write, returns: .done(PaymentChange.names),
    errors: stops, example: "payment request G-2012-0001-P02", number
  ) { (context, _, number) async throws(DomainError) in
    try await context.write(PaymentStatements.request, number) { $0.pairs }
  }

  static let approveProgram = Command<CommandContext>(
    "payment approve-program", "Approve a requested payment for the program: the second person.",
    needs: .capability(.grantsManage), effect: .write, returns: .done(PaymentChange.names),
    errors: stops, example: "payment approve-program G-2012-0001-P02", number
  ) { (context, _, number) async throws(DomainError) in
    try await context.write(PaymentStatements.approveProgram, number) { $0.pairs }
  }

  static let approveFinance = Command<CommandContext>(
    "payment approve-finance", "Approve a payment for finance: the third person.",
    needs: .capability(.grantsPay), effect: .write, returns: .done(PaymentChange.names),
    errors: stops, example: "payment approve-finance G-2012-0001-P02", number
  ) { (context, _, number) async throws(DomainError) in
    try await context.write(PaymentStatements.approveFinance, number) { $0.pairs }
  }

  static let pay = Command<CommandContext>(
    "payment pay", "Record that an approved payment was made.",
    needs: .capability(.grantsPay), effect: .irreversible, returns: .done(PaymentChange.names),
    errors: stops,
    example: "payment pay G-2012-0001-P02 on=2013-06-14", number,
    Parameter<CalendarDate?>(optional: "on", "the day it was paid; today unless said")
  ) { (context, _, number, day) async throws(DomainError) in
    try await context.write(PaymentStatements.pay, (number, day)) { $0.pairs }
  }

  static let fail = Command<CommandContext>(
    "payment fail", "Record that the bank did not make an approved payment.",
    needs: .capability(.grantsPay), effect: .irreversible, returns: .done(PaymentChange.names),
    errors: [.missingPayment],
    example: "payment fail G-2012-0001-P02 reason=\"the account was closed\"", number,
    Parameter<String>("reason", "what the bank said")
  ) { (context, _, number, reason) async throws(DomainError) in
    try await context.write(PaymentStatements.fail, (number, reason)) { $0.pairs }
  }

  static let cancel = Command<CommandContext>(
    "payment cancel", "Give up a payment that was not made yet.",
    needs: .capability(.grantsManage), effect: .irreversible,
    returns: .done(PaymentChange.names), errors: [.missingPayment],
    example: "payment cancel G-2012-0001-P02", number,
    Parameter<String?>(optional: "reason", "why")
  ) { (context, _, number, reason) async throws(DomainError) in
    try await context.write(PaymentStatements.cancel, (number, reason)) { $0.pairs }
  }

  static let refund = Command<CommandContext>(
    "payment refund", "Record that a recipient gave back what was paid, or a part of it.",
    needs: .capability(.grantsPay), effect: .irreversible, returns: .done(PaymentChange.names),
    errors: [.missingPayment, .currencyMismatch, .overRefunded],
    example: "payment refund G-2008-0001-P02 500 reason=unspent", number,
    Parameter<Money?>(
      optionalPositional: "amount", "how much; all that is left of it unless said"),
    Parameter<String?>(optional: "reason", "why"),
    Parameter<CalendarDate?>(optional: "on", "the day it arrived; today unless said")
  ) { (context, _, number, amount, reason, day) async throws(DomainError) in
    try await context.write(
      PaymentStatements.refund,
      (number, amount?.amountMinor, amount?.currency, reason, day)
    ) { $0.pairs }
  }

  static let show = Command<CommandContext>(
    "payment show", "Show a payment, who took its steps, and what stops the next one.",
    needs: .capability(.grantsRead), effect: .read,
    returns: .record(PaymentStatements.show.columns + [.table("stops")]),
    errors: [.missingPayment], example: "payment show G-2012-0001-P02", number
  ) { (context, _, number) async throws(DomainError) in
    let payment = try await context.readOne(
      PaymentStatements.show, number, orRefuse: PaymentStatements.find, number)
    return .record(
      payment.with("stops", try await context.readTable(PaymentStatements.blockers, number)))
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
