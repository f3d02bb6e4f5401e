import CommandLanguage
import Access
import Foundations
import Postgres

enum GrantStatements {
  static let offer = Statement(
    "grants.offer",
    """
    SELECT number, state, currency, awarded, available
    FROM grants.offer($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    """, takes: Code.self, Code.self, Code.self, Int64.self, Currency.self, String.self,
    CalendarDate?.self, CalendarDate?.self, Int64?.self, Currency?.self, CalendarDate?.self,
    row: GrantChange.init)

  static let activate = Statement(
    "grants.activate",
    "SELECT number, state, currency, awarded, available FROM grants.activate($1, $2, $3)",
    takes: GrantNumber.self, String.self, CalendarDate?.self, row: GrantChange.init)

  static let decline = Statement(
    "grants.decline",
    "SELECT number, state, currency, awarded, available FROM grants.decline($1, $2, $3)",
    takes: GrantNumber.self, String.self, CalendarDate?.self, row: GrantChange.init)

  static let startCloseout = Statement(
    "grants.start-closeout",
    "SELECT number, state, currency, awarded, available FROM grants.start_closeout($1, $2)",
    takes: GrantNumber.self, CalendarDate?.self, row: GrantChange.init)

  static let close = Statement(
    "grants.close",
    "SELECT number, state, currency, awarded, available FROM grants.close($1, $2)",
    takes: GrantNumber.self, CalendarDate?.self, row: GrantChange.init)

  static let show = TableStatement(
    "grants.show",
    """
    SELECT number, title, initiative, fund, community, community_name,
      service.money_text(awarded, currency), service.money_text(in_kind_match, currency), starts,
      ends, state, service.money_text(scheduled, currency),
      service.money_text(disbursed, currency), service.money_text(refunded, currency),
      service.money_text(deobligated, currency), service.money_text(undisbursed, currency),
      signatory, offered_on, activated_on, declined_on, decline_reason, closing_on, closed_on,
      revision
    FROM grants.grant_record WHERE number = $1
    """, lane: .shared, takes: GrantNumber.self,
    columns: [
      .text("number"), .text("title"), .text("initiative"), .text("fund"), .text("community"),
      .text("community-name"), .money("amount"), .money("in-kind"), .date("starts"),
      .date("ends"), .text("state"), .money("scheduled"), .money("disbursed"),
      .money("refunded"), .money("deobligated"), .money("undisbursed"), .text("signatory"),
      .date("offered"), .date("activated"), .date("declined"), .text("decline-reason"),
      .date("closing"), .date("closed"), .integer("revision"),
    ])

  static let find = Statement(
    "grants.find", "SELECT grants.find($1)",
    takes: GrantNumber.self, row: { (id: Int64) in id })

  static let list = TableStatement(
    "grants.list",
    """
    SELECT number, title, initiative, fund, community, service.money_text(awarded, currency),
      service.money_text(disbursed, currency), starts, ends, state
    FROM grants.grant_record g
    CROSS JOIN (SELECT directory.follow($4) OFFSET 0) AS wanted (codes)
    WHERE service.matches(state, $1)
      AND grants.matches_any(ARRAY[initiative, initiative_title], $2)
      AND grants.matches_any(ARRAY[fund, fund_title], $3)
      AND ($4::text[] IS NULL OR grants.matches_any(ARRAY[community, community_name] || ARRAY(
        SELECT n.name FROM directory.community_name n WHERE n.community_id = g.community_id),
        wanted.codes))
      AND grants.matches_money(awarded, currency, $5) AND service.matches(year::numeric, $6)
      AND service.matches(starts, $7) AND service.matches(title, $8)
      AND number > coalesce($9, '')
    ORDER BY number LIMIT $10
    """, takes: Filter<GrantState>?.self, Filter<String>?.self, Filter<String>?.self,
    Filter<String>?.self, MoneyFilter?.self, Filter<Int64>?.self, Filter<CalendarDate>?.self,
    Filter<String>?.self, String?.self, Int64.self,
    columns: [
      .text("number"), .text("title"), .text("initiative"), .text("fund"), .text("community"),
      .money("amount"), .money("disbursed"), .date("starts"), .date("ends"), .text("state"),
    ])

  static let all = [
    offer.description, activate.description, decline.description, startCloseout.description,
    close.description, show.description, find.description, list.description,
  ]
}
