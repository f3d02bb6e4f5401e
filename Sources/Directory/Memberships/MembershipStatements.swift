import Access
import CommandLanguage
import Foundations
import Postgres

enum MembershipStatements {
  static let create = Statement(
    "directory.membership-create",
    """
    WITH new AS (
      INSERT INTO directory.membership (community_id, joined_on)
      SELECT directory.find_community($1), coalesce($2, current_date)
      RETURNING community_id, joined_on
    )
    SELECT c.code, directory.membership_state(new.joined_on, NULL, NULL, current_date)
    FROM new JOIN directory.community c ON c.id = new.community_id
    """, takes: Code.self, CalendarDate?.self, row: MembershipChange.init)

  static let resign = Statement(
    "directory.membership-resign", "SELECT code, state FROM directory.resign($1, $2, $3)",
    takes: Code.self, CalendarDate.self, String.self, row: MembershipChange.init)

  static let find = Statement(
    "directory.membership-find",
    "SELECT directory.find_membership_on($1, coalesce($2, current_date), $3)",
    takes: Code.self, CalendarDate?.self, CalendarDate?.self, row: { (id: Int64) in id })

  static let show = TableStatement(
    "directory.membership-show",
    """
    SELECT c.code, c.name, c.country, c.population, m.state, m.joined_on, m.resigned_on,
      x.resign_reason, m.paid_until, t.code, service.money_text(t.amount, t.currency)
    FROM directory.memberships_on(coalesce($2, current_date), $3) AS m
    JOIN directory.membership x ON x.id = m.id
    JOIN directory.community c ON c.id = m.community_id
    LEFT JOIN directory.dues_tier t
      ON t.population @> c.population AND t.valid @> coalesce($2, current_date)
    WHERE m.community_id = directory.find_community($1)
    """, takes: Code.self, CalendarDate?.self, CalendarDate?.self,
    columns: [
      .text("community"), .text("name"), .text("country"), .integer("population"),
      .text("state"), .date("joined"), .date("resigned"), .text("resign-reason"),
      .date("paid-until"), .text("tier"), .money("dues"),
    ])

  static let payments = TableStatement(
    "directory.membership-payments",
    """
    SELECT i.number, p.paid_on, service.money_text(p.amount, i.currency), p.reference
    FROM directory.dues_payment p JOIN directory.dues_invoice i ON i.id = p.invoice_id
    JOIN directory.membership m ON m.id = i.membership_id
    WHERE m.community_id = directory.find_community($1)
      AND p.paid_on <= coalesce($2, current_date)
      AND p.recorded_at < coalesce(directory.end_of($3), 'infinity')
    ORDER BY p.paid_on DESC, p.id DESC LIMIT 20
    """, takes: Code.self, CalendarDate?.self, CalendarDate?.self,
    columns: [.text("invoice"), .date("on"), .money("amount"), .text("reference")])

  static let list = TableStatement(
    "directory.membership-list",
    """
    SELECT c.code, c.name, c.country, c.region, m.state, m.joined_on, m.resigned_on, m.paid_until
    FROM directory.memberships_on(coalesce($1, current_date), $2) AS m
    JOIN directory.community c ON c.id = m.community_id
    CROSS JOIN (SELECT directory.follow($3) OFFSET 0) AS wanted (codes)
    WHERE service.matches(c.code, wanted.codes) AND service.matches(m.state, $4)
      AND service.matches(c.country, $5) AND service.matches(c.region, $6)
      AND service.matches(m.joined_on, $7) AND service.matches(m.paid_until, $8)
      AND c.code > coalesce($9, '')
    ORDER BY c.code LIMIT $10
    """, takes: CalendarDate?.self, CalendarDate?.self, Filter<Code>?.self,
    Filter<MembershipState>?.self,
    Filter<CountryCode>?.self, Filter<String>?.self, Filter<CalendarDate>?.self,
    Filter<CalendarDate>?.self, String?.self, Int64.self,
    columns: [
      .text("community"), .text("name"), .text("country"), .text("region"), .text("state"),
      .date("joined"), .date("resigned"), .date("paid-until"),
    ])

  static let all = [
    create.description, resign.description, find.description, show.description,
    payments.description, list.description,
  ]
}
