import Access
import CommandLanguage
import Foundations
import Postgres

enum ConferenceStatements {
  static let create = Statement(
    "conferences.create",
    """
    INSERT INTO conferences.conference
      (code, title, host_id, starts, ends, venue, timezone, currency)
    VALUES ($1, $2, directory.find_community($3), $4, $5, $6, $7, $8)
    RETURNING code, state
    """, takes: Code.self, String.self, Code.self, CalendarDate.self, CalendarDate.self,
    String?.self, String.self, Currency.self, row: ConferenceChange.init)

  private static let columns: [Column] = [
    .text("code"), .text("title"), .text("host"), .date("starts"), .date("ends"), .text("venue"),
    .text("timezone"), .text("currency"), .text("state"),
  ]

  static let show = TableStatement(
    "conferences.show",
    """
    SELECT c.code, c.title, h.code, c.starts, c.ends, c.venue, c.timezone, c.currency, c.state,
      c.revision
    FROM conferences.conference c JOIN directory.community h ON h.id = c.host_id
    WHERE c.code = $1
    """, lane: .shared, takes: Code.self, columns: columns + [.integer("revision")])

  static let find = Statement(
    "conferences.find", "SELECT conferences.find($1)",
    takes: Code.self, row: { (id: Int64) in id })

  static let list = TableStatement(
    "conferences.list",
    """
    SELECT c.code, c.title, h.code, c.starts, c.ends, c.venue, c.timezone, c.currency, c.state
    FROM conferences.conference c JOIN directory.community h ON h.id = c.host_id
    CROSS JOIN (SELECT directory.follow($3) OFFSET 0) AS wanted (codes)
    WHERE service.matches(c.state, $1) AND service.matches(c.title, $2)
      AND service.matches(h.code, wanted.codes) AND service.matches(c.starts, $4)
      AND c.code > coalesce($5, '')
    ORDER BY c.code LIMIT $6
    """, takes: Filter<ConferenceState>?.self, Filter<String>?.self, Filter<Code>?.self,
    Filter<CalendarDate>?.self, String?.self, Int64.self, columns: columns)

  static let changeState = Statement(
    "conferences.change-state",
    """
    UPDATE conferences.conference SET state = $2 WHERE id = conferences.find($1)
    RETURNING code, state
    """, takes: Code.self, ConferenceState.self, row: ConferenceChange.init)

  /// Counters of quotas that are not what the registrations say.
  static let verify = TableStatement(
    "conferences.verify",
    """
    SELECT d.quota, d.counter, d.recorded, d.counted
    FROM conferences.quota_difference d
    JOIN conferences.conference c ON c.id = d.conference_id
    WHERE c.code = $1 AND d.quota > coalesce($2, '') ORDER BY d.quota, d.counter LIMIT $3
    """, takes: Code.self, String?.self, Int64.self,
    columns: [.text("quota"), .text("counter"), .integer("recorded"), .integer("counted")])

  static let all = [
    create.description, show.description, find.description, list.description,
    changeState.description, verify.description,
  ]
}
