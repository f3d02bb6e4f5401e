import Access
import CommandLanguage
import Foundations

/// What recipients report. (`report run` is for staff's own reports.)
enum GranteeReportCommands {
  static let all = [schedule, fill, submit, sendBack, accept, waive, show, list]

  private static let number = Parameter<ReportNumber>("number", "the report's number")
  private static let reason = Parameter<String>("reason", "why")

  static let schedule = Command<CommandContext>(
    "grantee-report schedule", "Say what a recipient reports, on which time, and by when.",
    needs: .capability(.grantsManage), effect: .write, returns: .done(ReportChange.names),
    errors: [.missingGrant],
    example: "grantee-report schedule G-2012-0001 narrative 2013-07-01 2013-12-31 due=2030-01-31",
    Parameter<GrantNumber>("grant", "the grant's number"),
    Parameter<ReportKind>("kind", "words, or the lines of the SF-425"),
    Parameter<CalendarDate>("starts", "the first day it reports on"),
    Parameter<CalendarDate>("ends", "the last day it reports on"),
    Parameter<CalendarDate>("due", "the last day on which it is in time")
  ) { (context, _, grant, kind, starts, ends, due) async throws(DomainError) in
    try await context.write(
      GranteeReportStatements.schedule, (grant, kind, starts, ends, due)
    ) { $0.pairs }
  }

  static let fill = Command<CommandContext>(
    "grantee-report fill", "Fill in a report, in one go or line by line; sums are cumulative.",
    needs: .capability(.grantsManage), effect: .write, returns: .done(ReportChange.names),
    errors: [.missingReport, .currencyMismatch],
    example: "grantee-report fill G-2012-0001-R02 cash-receipts=60000 cash-disbursements=41000 "
      + "expenditures=41000 unliquidated=0", number,
    Parameter<String?>(optional: "narrative", "what was done, and what came of it"),
    Parameter<ReportedSum?>(optional: "cash-receipts", "what was received (10a)"),
    Parameter<ReportedSum?>(optional: "cash-disbursements", "what was paid out (10b)"),
    Parameter<ReportedSum?>(optional: "expenditures", "the grant's share of what was spent (10e)"),
    Parameter<ReportedSum?>(
      optional: "unliquidated", "the grant's share of what is owed and not yet paid (10f)"),
    Parameter<ReportedSum?>(
      optional: "recipient-share", "what the recipient spent of its own (10j)"),
    Parameter<ReportedSum?>(optional: "income-earned", "what the program earned (10l)"),
    Parameter<ReportedSum?>(optional: "income-spent", "what of that was spent (10m and 10n)")
  ) {
    (
      context, _, number, narrative, receipts, disbursements, expenditures, unliquidated, share,
      earned, spent
    ) async throws(DomainError) in
    let lines = [receipts, disbursements, expenditures, unliquidated, share, earned, spent]
    guard narrative != nil || lines.contains(where: { $0 != nil }) else {
      throw DomainError(
        .required, "nothing is filled in; give narrative= or a line, for example expenditures=")
    }
    return try await context.write(
      GranteeReportStatements.fill,
      (number, narrative, lines.map { $0?.amountMinor }, lines.map { $0?.currency?.code })
    ) { $0.pairs }
  }

  static let submit = Command<CommandContext>(
    "grantee-report submit", "Record that a report is complete and handed in.",
    needs: .capability(.grantsManage), effect: .write, returns: .done(ReportChange.names),
    errors: [.missingReport, .reportIncomplete],
    example: "grantee-report submit G-2012-0001-R02 on=2013-01-28", number,
    Parameter<CalendarDate?>(optional: "on", "the day it came; today unless said")
  ) { (context, _, number, day) async throws(DomainError) in
    try await context.write(GranteeReportStatements.submit, (number, day)) { $0.pairs }
  }

  static let sendBack = Command<CommandContext>(
    "grantee-report return", "Send a submitted report back to be mended.",
    needs: .capability(.grantsManage), effect: .write, returns: .done(ReportChange.names),
    errors: [.missingReport],
    example: "grantee-report return G-2012-0001-R01 reason=\"say how many households\"", number,
    reason
  ) { (context, _, number, reason) async throws(DomainError) in
    try await context.write(GranteeReportStatements.sendBack, (number, reason)) { $0.pairs }
  }

  static let accept = Command<CommandContext>(
    "grantee-report accept", "Accept a report that somebody else submitted.",
    needs: .capability(.grantsManage), effect: .irreversible,
    returns: .done(ReportChange.names), errors: [.missingReport, .fourEyes],
    example: "grantee-report accept G-2012-0001-R01", number
  ) { (context, _, number) async throws(DomainError) in
    try await context.write(GranteeReportStatements.accept, number) { $0.pairs }
  }

  static let waive = Command<CommandContext>(
    "grantee-report waive", "Do without a report.",
    needs: .capability(.grantsDirect), effect: .irreversible,
    returns: .done(ReportChange.names), errors: [.missingReport],
    example: "grantee-report waive G-2012-0001-R02 reason=\"the audit covers it\"", number, reason
  ) { (context, _, number, reason) async throws(DomainError) in
    try await context.write(GranteeReportStatements.waive, (number, reason)) { $0.pairs }
  }

  static let show = Command<CommandContext>(
    "grantee-report show", "Show a report, with the lines that follow from others.",
    needs: .capability(.grantsRead), effect: .read,
    returns: .record(GranteeReportStatements.show.columns), errors: [.missingReport],
    example: "grantee-report show G-2012-0001-R01", number
  ) { (context, _, number) async throws(DomainError) in
    .record(
      try await context.readOne(
        GranteeReportStatements.show, number, orRefuse: GranteeReportStatements.find, number))
  }

  static let list = Command<CommandContext>(
    "grantee-report list", "List recipients' reports, of one grant (grant=) or of all.",
    needs: .capability(.grantsRead), effect: .read,
    returns: .list(GranteeReportStatements.list.columns),
    example: "grantee-report list grant=G-2012-0001",
    Parameter<Filter<GrantNumber>?>(filter: "grant", "the grant's number"),
    Parameter<Filter<ReportKind>?>(filter: "kind", "words or lines"),
    Parameter<Filter<ReportState>?>(filter: "state", "where it stands"),
    Parameter<Filter<CalendarDate>?>(filter: "due", "the last day on which it is in time"),
    Parameter<Bool?>(optional: "overdue", "only those that are late, or only those that are not")
  ) { (context, options, grant, kind, state, due, overdue) async throws(DomainError) in
    try await context.readPage(
      GranteeReportStatements.list,
      (grant, kind, state, due, overdue, options.after, Int64(options.limit + 1)))
  }
}
