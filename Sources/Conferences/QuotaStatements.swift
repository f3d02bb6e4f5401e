import Access
import CommandLanguage
import Postgres

enum QuotaStatements {
  static let create = Statement(
    "conferences.quota-create",
    """
    SELECT code, capacity, capacity - held - confirmed - blocked
    FROM conferences.create_quota($1, $2, $3, $4)
    """, takes: Code.self, Code.self, Int64.self, [Code].self, row: QuotaChange.init)

  static let resize = Statement(
    "conferences.quota-resize",
    """
    UPDATE conferences.quota SET capacity = $3 WHERE id = conferences.find_quota($1, $2)
    RETURNING code, capacity, capacity - held - confirmed - blocked
    """, takes: Code.self, Code.self, Int64.self, row: QuotaChange.init)

  static let list = TableStatement(
    "conferences.quota-list",
    """
    SELECT c.code, q.code, array_to_string(ARRAY(
        SELECT t.code FROM conferences.quota_ticket_type x
        JOIN conferences.ticket_type t ON t.id = x.ticket_type_id
        WHERE x.quota_id = q.id ORDER BY t.code), ','),
      q.capacity, q.held, q.confirmed, q.blocked, q.capacity - q.held - q.confirmed - q.blocked
    FROM conferences.quota q JOIN conferences.conference c ON c.id = q.conference_id
    WHERE c.code = $1 AND q.code > coalesce($2, '') ORDER BY q.code LIMIT $3
    """, lane: .shared, takes: Code.self, String?.self, Int64.self,
    columns: [
      .text("conference"), .text("code"), .text("ticket-types"), .integer("capacity"),
      .integer("held"), .integer("confirmed"), .integer("blocked"), .integer("free"),
    ], key: ["code"])

  static let all = [create.description, resize.description, list.description]
}
