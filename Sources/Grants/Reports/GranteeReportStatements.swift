import Access
import CommandLanguage
import Foundations
import Postgres

enum GranteeReportStatements {
  static let schedule = Statement(
    "grants.report-schedule",
    "SELECT number, state FROM grants.schedule_report($1, $2, $3, $4, $5)",
    takes: GrantNumber.self, ReportKind.self, CalendarDate.self, CalendarDate.self,
    CalendarDate.self, row: ReportChange.init)

  static let fill = Statement(
    "grants.report-fill", "SELECT number, state FROM grants.fill_report($1, $2, $3, $4)",
    takes: ReportNumber.self, String?.self, [Int64?].self, [String?].self,
    row: ReportChange.init)

  static let submit = Statement(
    "grants.report-submit", "SELECT number, state FROM grants.submit_report($1, $2)",
    takes: ReportNumber.self, CalendarDate?.self, row: ReportChange.init)

  static let sendBack = Statement(
    "grants.report-return", "SELECT number, state FROM grants.return_report($1, $2)",
    takes: ReportNumber.self, String.self, row: ReportChange.init)

  static let accept = Statement(
    "grants.report-accept", "SELECT number, state FROM grants.accept_report($1)",
    takes: ReportNumber.self, row: ReportChange.init)

  static let waive = Statement(
    "grants.report-waive", "SELECT number, state FROM grants.waive_report($1, $2)",
    takes: ReportNumber.self, String.self, row: ReportChange.init)

  static let show = TableStatement(
    "grants.report-show",
    """
    SELECT number, grant_number, community, kind, starts, ends, due, state,
      CASE WHEN is_overdue THEN days_late::bigint END, narrative,
      service.money_text(cash_receipts, currency), service.money_text(paid_by_ledger, currency),
      service.money_text(cash_disbursements, currency),
      service.money_text(cash_on_hand, currency), service.money_text(authorized, currency),
      service.money_text(expenditures, currency), service.money_text(unliquidated, currency),
      service.money_text(share, currency), service.money_text(unobligated, currency),
      service.money_text(recipient_share_required, currency),
      service.money_text(recipient_share, currency),
      service.money_text(recipient_share_remaining, currency),
      service.money_text(income_earned, currency), service.money_text(income_spent, currency),
      service.money_text(income_left, currency), submitted_on, submitted_by, decided_on,
      decided_by, remark
    FROM grants.report_record WHERE number = $1
    """, lane: .shared, takes: ReportNumber.self,
    columns: [
      .text("number"), .text("grant"), .text("community"), .text("kind"), .date("starts"),
      .date("ends"), .date("due"), .text("state"), .integer("days-late"), .text("narrative"),
      .money("cash-receipts"), .money("paid-by-ledger"), .money("cash-disbursements"),
      .money("cash-on-hand"), .money("authorized"), .money("expenditures"),
      .money("unliquidated"), .money("share"), .money("unobligated"),
      .money("recipient-share-required"), .money("recipient-share"),
      .money("recipient-share-remaining"), .money("income-earned"), .money("income-spent"),
      .money("income-left"), .date("submitted"), .text("submitted-by"), .date("decided"),
      .text("decided-by"), .text("remark"),
    ])

  static let find = Statement(
    "grants.report-find", "SELECT grants.find_report($1)",
    takes: ReportNumber.self, row: { (id: Int64) in id })

  static let list = TableStatement(
    "grants.report-list",
    """
    SELECT number, grant_number, community, kind, starts, ends, due, state,
      CASE WHEN is_overdue THEN days_late::bigint END
    FROM grants.report_record
    WHERE service.matches(grant_number, $1) AND service.matches(kind, $2)
      AND service.matches(state, $3) AND service.matches(due, $4)
      AND ($5::boolean IS NULL OR is_overdue = $5) AND number > coalesce($6, '')
    ORDER BY number LIMIT $7
    """, takes: Filter<GrantNumber>?.self, Filter<ReportKind>?.self, Filter<ReportState>?.self,
    Filter<CalendarDate>?.self, Bool?.self, String?.self, Int64.self,
    columns: [
      .text("number"), .text("grant"), .text("community"), .text("kind"), .date("starts"),
      .date("ends"), .date("due"), .text("state"), .integer("days-late"),
    ])

  static let all = [
    schedule.description, fill.description, submit.description, sendBack.description,
    accept.description, waive.description, show.description, find.description, list.description,
  ]
}
