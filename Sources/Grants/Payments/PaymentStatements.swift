import CommandLanguage
import Access
import Foundations
import Postgres

enum PaymentStatements {
  static let schedule = Statement(
    "grants.payment-schedule",
    """
    SELECT number, state, currency, amount, undisbursed
    FROM grants.schedule_payment($1, $2, $3, $4)
    """, takes: GrantNumber.self, Int64.self, Currency.self, CalendarDate.self,
    row: PaymentChange.init)

  static let request = Statement(
    "grants.payment-request",
    "SELECT number, state, currency, amount, undisbursed FROM grants.request_payment($1)",
    takes: PaymentNumber.self, row: PaymentChange.init)

  static let approveProgram = Statement(
    "grants.payment-approve-program",
    "SELECT number, state, currency, amount, undisbursed FROM grants.approve_payment_program($1)",
    takes: PaymentNumber.self, row: PaymentChange.init)

  static let approveFinance = Statement(
    "grants.payment-approve-finance",
    "SELECT number, state, currency, amount, undisbursed FROM grants.approve_payment_finance($1)",
    takes: PaymentNumber.self, row: PaymentChange.init)

  static let pay = Statement(
    "grants.payment-pay",
    "SELECT number, state, currency, amount, undisbursed FROM grants.pay($1, $2)",
    takes: PaymentNumber.self, CalendarDate?.self, row: PaymentChange.init)

  static let fail = Statement(
    "grants.payment-fail",
    "SELECT number, state, currency, amount, undisbursed FROM grants.fail_payment($1, $2)",
    takes: PaymentNumber.self, String.self, row: PaymentChange.init)

  static let cancel = Statement(
    "grants.payment-cancel",
    "SELECT number, state, currency, amount, undisbursed FROM grants.cancel_payment($1, $2)",
    takes: PaymentNumber.self, String?.self, row: PaymentChange.init)

  static let refund = Statement(
    "grants.payment-refund",
    """
    SELECT number, state, currency, amount, undisbursed
    FROM grants.refund_payment($1, $2, $3, $4, $5)
    """, takes: PaymentNumber.self, Int64?.self, Currency?.self, String?.self, CalendarDate?.self,
    row: PaymentChange.init)

  static let show = TableStatement(
    "grants.payment-show",
    """
    SELECT p.number, g.number, c.code, service.money_text(p.amount, p.currency), p.due, p.state,
      p.requested_by, p.program_approved_by, p.finance_approved_by, p.paid_on, p.paid_by,
      service.money_text(nullif(p.refunded, 0), p.currency), p.reason
    FROM grants.payment p JOIN grants.grant g ON g.id = p.grant_id
    JOIN directory.community c ON c.id = g.community_id WHERE p.number = $1
    """, lane: .shared, takes: PaymentNumber.self,
    columns: [
      .text("number"), .text("grant"), .text("community"), .money("amount"), .date("due"),
      .text("state"), .text("requested-by"), .text("program-approved-by"),
      .text("finance-approved-by"), .date("paid"), .text("paid-by"), .money("refunded"),
      .text("reason"),
    ])

  /// What stops it, and the commands that mend that.
  static let blockers = TableStatement(
    "grants.payment-blockers",
    """
    SELECT b.what, b.mend FROM grants.payment p CROSS JOIN LATERAL grants.payment_blockers(p.id) AS b
    WHERE p.number = $1 AND grants.is_open_payment(p.state)
    """, lane: .shared, takes: PaymentNumber.self,
    columns: [.text("stopped-by"), .text("mended-by")])

  static let find = Statement(
    "grants.payment-find", "SELECT grants.find_payment($1)",
    takes: PaymentNumber.self, row: { (id: Int64) in id })

  static let list = TableStatement(
    "grants.payment-list",
    """
    SELECT p.number, c.code, service.money_text(p.amount, p.currency), p.due, p.state, p.paid_on,
      service.money_text(nullif(p.refunded, 0), p.currency)
    FROM grants.payment p JOIN grants.grant g ON g.id = p.grant_id
    JOIN directory.community c ON c.id = g.community_id
    WHERE service.matches(g.number, $1) AND service.matches(p.state, $2)
      AND service.matches(p.due, $3) AND grants.matches_money(p.amount, p.currency, $4)
      AND p.number > coalesce($5, '')
    ORDER BY p.number LIMIT $6
    """, takes: Filter<GrantNumber>?.self, Filter<PaymentState>?.self,
    Filter<CalendarDate>?.self, MoneyFilter?.self, String?.self, Int64.self,
    columns: [
      .text("number"), .text("community"), .money("amount"), .date("due"), .text("state"),
      .date("paid"), .money("refunded"),
    ])

  static let all = [
    schedule.description, request.description, approveProgram.description,
    approveFinance.description, pay.description, fail.description, cancel.description,
    refund.description, show.description, blockers.description, find.description,
    list.description,
  ]
}
