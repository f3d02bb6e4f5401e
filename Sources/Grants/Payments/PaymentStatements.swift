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

  static let pay = Statement(
    "grants.payment-pay",
    "SELECT number, state, currency, amount, undisbursed FROM grants.pay($1, $2)",
    takes: PaymentNumber.self, CalendarDate?.self, row: PaymentChange.init)

  static let cancel = Statement(
    "grants.payment-cancel",
    "SELECT number, state, currency, amount, undisbursed FROM grants.cancel_payment($1)",
    takes: PaymentNumber.self, row: PaymentChange.init)

  static let list = TableStatement(
    "grants.payment-list",
    """
    SELECT p.number, g.number, c.code, service.money_text(p.amount, p.currency), p.due, p.state,
      p.paid_on
    FROM grants.payment p JOIN grants.grant g ON g.id = p.grant_id
    JOIN directory.community c ON c.id = g.community_id
    WHERE service.matches(g.number, $1) AND service.matches(p.state, $2)
      AND service.matches(p.due, $3) AND grants.matches_money(p.amount, p.currency, $4)
      AND p.number > coalesce($5, '')
    ORDER BY p.number LIMIT $6
    """, takes: Filter<GrantNumber>?.self, Filter<PaymentState>?.self,
    Filter<CalendarDate>?.self, MoneyFilter?.self, String?.self, Int64.self,
    columns: [
      .text("number"), .text("grant"), .text("community"), .money("amount"), .date("due"),
      .text("state"), .date("paid"),
    ])

  static let all = [
    schedule.description, pay.description, cancel.description, list.description,
  ]
}
