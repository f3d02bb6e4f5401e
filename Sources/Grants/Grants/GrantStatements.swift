import CommandLanguage
import Access
import Foundations
import Postgres

enum GrantStatements {
  static let offer = Statement(
    "grants.offer",
    """
    SELECT number, state, currency, awarded, available
    FROM grants.offer($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    """, takes: Code.self, [String].self, [Int64].self, Code.self, Currency.self, String.self,
    CalendarDate?.self, CalendarDate?.self, Int64?.self, Int64?.self, CalendarDate?.self,
    CalendarDate?.self, row: GrantChange.init)

  static let rateRisk = Statement(
    "grants.rate-risk",
    "SELECT number, state, currency, awarded, available FROM grants.rate_risk($1, $2, $3)",
    takes: GrantNumber.self, Risk.self, String.self, row: GrantChange.init)

  static let activate = Statement(
    "grants.activate",
    "SELECT number, state, currency, awarded, available FROM grants.activate($1, $2, $3)",
    takes: GrantNumber.self, String.self, CalendarDate?.self, row: GrantChange.init)

  static let decline = Statement(
    "grants.decline",
    "SELECT number, state, currency, awarded, available FROM grants.decline($1, $2, $3)",
    takes: GrantNumber.self, String.self, CalendarDate?.self, row: GrantChange.init)

  static let lapse = Statement(
    "grants.lapse",
    "SELECT number, state, currency, awarded, available FROM grants.lapse($1, $2)",
    takes: GrantNumber.self, CalendarDate?.self, row: GrantChange.init)

  static let show = TableStatement(
    "grants.show",
    """
    SELECT number, title, initiative, funds, community, community_name,
      service.money_text(awarded - deobligated, currency),
      service.money_text(cash_match, currency), service.money_text(in_kind_match, currency),
      starts, ends, state, since, reason, risk, service.money_text(scheduled, currency),
      service.money_text(disbursed - refunded, currency),
      service.money_text(undisbursed, currency),
      (SELECT count(*) FROM grants.condition c WHERE c.grant_id = g.id AND c.state = 'open'),
      (SELECT count(*) FROM grants.report_record r WHERE r.grant_id = g.id AND r.is_overdue),
      signatory, offered_on, respond_by, activated_on, revision
    FROM grants.grant_record g WHERE number = $1
    """, lane: .shared, takes: GrantNumber.self,
    columns: [
      .text("number"), .text("title"), .text("initiative"), .text("funds"), .text("community"),
      .text("community-name"), .money("amount"), .money("cash-match"), .money("in-kind"),
      .date("starts"), .date("ends"), .text("state"), .date("since"), .text("reason"),
      .text("risk"), .money("scheduled"), .money("disbursed"), .money("undisbursed"),
      .integer("open-conditions"), .integer("overdue-reports"), .text("signatory"),
      .date("offered"), .date("respond-by"), .date("activated"), .integer("revision"),
    ])

  static let find = Statement(
    "grants.find", "SELECT grants.find($1)",
    takes: GrantNumber.self, row: { (id: Int64) in id })

  static let history = TableStatement(
    "grants.history",
    """
    SELECT s.* FROM (
      SELECT row_number() OVER (ORDER BY t.id) AS place, t.day, t.state, t.by, t.reason
      FROM grants.step t WHERE t.grant_id = grants.find($1)) AS s
    WHERE s.place > coalesce($2, 0) ORDER BY s.place LIMIT $3
    """, takes: GrantNumber.self, Int64?.self, Int64.self,
    columns: [
      .integer("step"), .date("on"), .text("state"), .text("by"), .text("reason"),
    ])

  static let list = TableStatement(
    "grants.list",
    """
    SELECT number, title, initiative, funds, community,
      service.money_text(awarded - deobligated, currency),
      service.money_text(disbursed - refunded, currency), starts, ends, state
    FROM grants.grant_record g
    CROSS JOIN (SELECT directory.follow($4) OFFSET 0) AS wanted (codes)
    WHERE service.matches(state, $1)
      AND grants.matches_any(ARRAY[initiative, initiative_title], $2)
      AND ($3::text[] IS NULL OR grants.matches_any(ARRAY(
        SELECT unnest(ARRAY[f.code, f.title]) FROM grants.split s
        JOIN grants.fund f ON f.id = s.fund_id WHERE s.grant_id = g.id), $3))
      AND ($4::text[] IS NULL OR grants.matches_any(ARRAY[community, community_name] || ARRAY(
        SELECT n.name FROM directory.community_name n WHERE n.community_id = g.community_id),
        wanted.codes))
      AND grants.matches_money(awarded - deobligated, currency, $5)
      AND service.matches(year::numeric, $6)
      AND service.matches(starts, $7) AND service.matches(title, $8)
      AND number > coalesce($9, '')
    ORDER BY number LIMIT $10
    """, takes: Filter<GrantState>?.self, Filter<String>?.self, Filter<String>?.self,
    Filter<String>?.self, MoneyFilter?.self, Filter<Int64>?.self, Filter<CalendarDate>?.self,
    Filter<String>?.self, String?.self, Int64.self,
    columns: [
      .text("number"), .text("title"), .text("initiative"), .text("funds"), .text("community"),
      .money("amount"), .money("disbursed"), .date("starts"), .date("ends"), .text("state"),
    ])

  static let all = [
    offer.description, rateRisk.description, activate.description, decline.description,
    lapse.description, show.description, find.description, history.description,
    list.description,
  ]
}
