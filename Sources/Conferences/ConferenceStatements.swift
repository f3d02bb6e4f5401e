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

  static let show = Statement(
    "conferences.show",
    """
    SELECT c.code, c.title, h.code, c.starts, c.ends, c.venue, c.timezone, c.currency, c.state
    FROM conferences.conference c JOIN directory.community h ON h.id = c.host_id
    WHERE c.code = $1
    """, lane: .shared, takes: Code.self, row: Conference.init)

  static let find = Statement(
    "conferences.find", "SELECT conferences.find($1)",
    takes: Code.self, row: { (id: Int64) in id })

  static let list = Statement(
    "conferences.list",
    """
    SELECT c.code, c.title, h.code, c.starts, c.ends, c.venue, c.timezone, c.currency, c.state
    FROM conferences.conference c JOIN directory.community h ON h.id = c.host_id
    WHERE service.matches(c.state, $1) AND service.matches(c.title, $2)
      AND service.matches(h.code, $3) AND service.matches(c.starts, $4)
      AND c.code > coalesce($5, '')
    ORDER BY c.code LIMIT $6
    """, takes: Filter<ConferenceState>?.self, Filter<String>?.self, Filter<Code>?.self,
    Filter<CalendarDate>?.self, String?.self, Int64.self, row: Conference.init)

  static let changeState = Statement(
    "conferences.change-state",
    """
    UPDATE conferences.conference SET state = $2 WHERE id = conferences.find($1)
    RETURNING code, state
    """, takes: Code.self, ConferenceState.self, row: ConferenceChange.init)

  static let verify = Statement(
    "conferences.verify",
    """
    SELECT d.quota, d.counter, d.recorded, d.counted
    FROM conferences.quota_difference d
    JOIN conferences.conference c ON c.id = d.conference_id
    WHERE c.code = $1 AND d.quota > coalesce($2, '') ORDER BY d.quota, d.counter LIMIT $3
    """, takes: Code.self, String?.self, Int64.self, row: QuotaDifference.init)

  static let all = [
    create.description, show.description, find.description, list.description,
    changeState.description, verify.description,
  ]
}
