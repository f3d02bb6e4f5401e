import Access
import CommandLanguage
import Foundations

enum ConditionCommands {
  static let all = [add, meet, waive, list]

  private static let number = Parameter<ConditionNumber>("number", "the condition's number")

  static let add = Command<CommandContext>(
    "condition add", "Set a condition of a grant, or of one of its payments.",
    needs: .capability(.grantsManage), effect: .write, returns: .done(ConditionChange.names),
    errors: [.missingGrant, .missingPayment],
    example: "condition add G-2012-0001 payment \"the site plan is approved\" "
      + "payment=G-2012-0001-P02 due=2013-05-31",
    Parameter<GrantNumber>("grant", "the grant's number"),
    Parameter<ConditionKind>(
      "kind", "what waits for it: the activation, a payment, or only the close-out"),
    Parameter<String>("condition", "what must be so"),
    Parameter<PaymentNumber?>(optional: "payment", "the payment that waits for it"),
    Parameter<CalendarDate?>(optional: "due", "the day by which it should be met")
  ) { (context, _, grant, kind, condition, payment, due) async throws(DomainError) in
    try await context.write(
      ConditionStatements.add, (grant, kind, condition, payment, due)
    ) { $0.pairs }
  }

  static let meet = Command<CommandContext>(
    "condition meet", "Record that a condition is met.",
    needs: .capability(.grantsManage), effect: .write, returns: .done(ConditionChange.names),
    errors: [.missingCondition],
    example: "condition meet G-2012-0001-C02 note=\"minutes of 12 May\"", number,
    Parameter<String?>(optional: "note", "what shows it"),
    Parameter<CalendarDate?>(optional: "on", "since when; today unless said")
  ) { (context, _, number, note, day) async throws(DomainError) in
    try await context.write(ConditionStatements.meet, (number, note, day)) { $0.pairs }
  }

  static let waive = Command<CommandContext>(
    "condition waive", "Do without a condition.",
    needs: .capability(.grantsDirect), effect: .irreversible,
    returns: .done(ConditionChange.names), errors: [.missingCondition],
    example: "condition waive G-2012-0001-C02 reason=\"the city no longer asks for a plan\"",
    number, Parameter<String>("reason", "why")
  ) { (context, _, number, reason) async throws(DomainError) in
    try await context.write(ConditionStatements.waive, (number, reason)) { $0.pairs }
  }

  static let list = Command<CommandContext>(
    "condition list", "List conditions, of one grant (grant=) or of all.",
    needs: .capability(.grantsRead), effect: .read,
    returns: .list(ConditionStatements.list.columns),
    example: "condition list state=open due<=2030-12-31",
    Parameter<Filter<GrantNumber>?>(filter: "grant", "the grant's number"),
    Parameter<Filter<ConditionKind>?>(filter: "kind", "what waits for it"),
    Parameter<Filter<ConditionState>?>(filter: "state", "where it stands"),
    Parameter<Filter<CalendarDate>?>(filter: "due", "the day by which it should be met")
  ) { (context, options, grant, kind, state, due) async throws(DomainError) in
    try await context.readPage(
      ConditionStatements.list,
      (grant, kind, state, due, options.after, Int64(options.limit + 1)))
  }
}
