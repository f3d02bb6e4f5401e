import Access
import CommandLanguage
import Foundations
import Postgres

enum FundStatements {
  static let create = Statement(
    "grants.fund-create",
    """
    INSERT INTO grants.fund
      (code, title, funder, currency, purpose, initiative_id, countries, area, starts, ends)
    VALUES ($1, $2, $3, $4, $5, CASE WHEN $6 IS NOT NULL THEN initiatives.find($6) END, $7, $8, $9,
      $10)
    RETURNING code, currency, 0::bigint, 0::bigint
    """, takes: Code.self, String.self, String.self, Currency.self, String?.self, Code?.self,
    [CountryCode].self, ProgramArea?.self, CalendarDate?.self, CalendarDate?.self,
    row: FundChange.init)

  static let receive = Statement(
    "grants.fund-receive",
    "SELECT fund, currency, received, available FROM grants.receive($1, $2, $3, $4, $5)",
    takes: Code.self, Int64.self, Currency.self, CalendarDate?.self, String?.self,
    row: FundChange.init)

  static let exchange = Statement(
    "grants.fund-exchange",
    "SELECT fund, currency, received, available FROM grants.exchange($1, $2, $3, $4, $5, $6, $7)",
    takes: Code.self, Int64.self, Currency.self, Int64.self, Currency.self, CalendarDate?.self,
    String?.self, row: FundChange.init)

  static let show = TableStatement(
    "grants.fund-show",
    """
    SELECT code, title, funder, purpose, initiative, array_to_string(countries, ','), area, starts,
      ends, service.money_text(received, currency),
      service.money_text(nullif(exchanged, 0), currency), service.money_text(reserved, currency),
      service.money_text(committed, currency), service.money_text(spent, currency),
      service.money_text(available, currency)
    FROM grants.fund_record WHERE code = $1
    """, lane: .shared, takes: Code.self,
    columns: [
      .text("code"), .text("title"), .text("funder"), .text("purpose"), .text("initiative"),
      .text("countries"), .text("area"), .date("starts"), .date("ends"), .money("received"),
      .money("exchanged"), .money("reserved"), .money("committed"), .money("spent"),
      .money("available"),
    ])

  static let find = Statement(
    "grants.fund-find", "SELECT grants.find_fund($1)",
    takes: Code.self, row: { (id: Int64) in id })

  /// What fits a terminal: where the money is. The fund by itself shows also what it is for.
  static let list = TableStatement(
    "grants.fund-list",
    """
    SELECT code, title, funder, service.money_text(received, currency),
      service.money_text(reserved, currency), service.money_text(committed, currency),
      service.money_text(spent, currency), service.money_text(available, currency)
    FROM grants.fund_record
    WHERE service.matches(title, $1) AND service.matches(funder, $2)
      AND service.matches(currency, $3) AND service.matches(area, $4)
      AND grants.matches_money(available, currency, $5) AND code > coalesce($6, '')
    ORDER BY code LIMIT $7
    """, takes: Filter<String>?.self, Filter<String>?.self, Filter<Currency>?.self,
    Filter<ProgramArea>?.self, MoneyFilter?.self, String?.self, Int64.self,
    columns: [
      .text("code"), .text("title"), .text("funder"), .money("received"), .money("reserved"),
      .money("committed"), .money("spent"), .money("available"),
    ])

  static let all = [
    create.description, receive.description, exchange.description, show.description,
    find.description, list.description,
  ]
}
