import Access
import CommandLanguage
import Foundations
import Postgres

enum TicketTypeStatements {
  static let create = Statement(
    "conferences.ticket-type-create",
    """
    INSERT INTO conferences.ticket_type
      (conference_id, code, title, price_amount_minor, price_currency, eligible)
    VALUES (conferences.find($1), $2, $3, $4,
      coalesce($5, (SELECT c.currency FROM conferences.conference c WHERE c.code = $1)), $6)
    RETURNING $1, code, price_amount_minor, price_currency
    """, takes: Code.self, Code.self, String.self, Int64.self, Currency?.self,
    Eligibility.self, row: NewTicketType.init)

  static let list = TableStatement(
    "conferences.ticket-type-list",
    """
    SELECT c.code, t.code, t.title, service.money_text(t.price_amount_minor, t.price_currency),
      t.eligible, array_to_string(ARRAY(
        SELECT q.code FROM conferences.quota_ticket_type x
        JOIN conferences.quota q ON q.id = x.quota_id
        WHERE x.ticket_type_id = t.id ORDER BY q.code), ',')
    FROM conferences.ticket_type t JOIN conferences.conference c ON c.id = t.conference_id
    WHERE c.code = $1 AND t.code > coalesce($2, '') ORDER BY t.code LIMIT $3
    """, lane: .shared, takes: Code.self, String?.self, Int64.self,
    columns: [
      .text("conference"), .text("code"), .text("title"), .money("price"), .text("for"),
      .text("quotas"),
    ], key: ["code"])

  static let all = [create.description, list.description]
}
