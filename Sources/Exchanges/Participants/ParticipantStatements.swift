import Access
import CommandLanguage
import Foundations
import Postgres

enum ParticipantStatements {
  static let create = Statement(
    "exchanges.participant-create",
    """
    WITH new AS (
      INSERT INTO exchanges.participant (cohort_id, given_name, family_name, born)
      VALUES (exchanges.find_cohort($1), $2, $3, $4)
      RETURNING id, number, state
    ), guardian AS (
      INSERT INTO exchanges.guardian (participant_id, name, email) SELECT id, $5, $6 FROM new
    )
    SELECT number, state FROM new
    """, takes: Code.self, String.self, String.self, CalendarDate.self, String.self,
    String.self, row: ParticipantChange.init)

  private static let columns: [Column] = [
    .text("number"), .text("given"), .text("family"), .date("born"), .text("cohort"),
    .text("state"),
  ]

  /// A participant by themselves: with why they are where they are, and everything that stands
  /// between a candidate and acceptance.
  static let show = TableStatement(
    "exchanges.participant-show",
    """
    SELECT p.number, p.given_name, p.family_name, p.born, c.code, p.state, p.reason,
      array_to_string(CASE WHEN exchanges.is_candidate(p.state)
        THEN exchanges.acceptance_blockers(p) ELSE '{}' END, '; '), p.revision
    FROM exchanges.participant p JOIN exchanges.cohort c ON c.id = p.cohort_id
    WHERE p.number = $1
    """, lane: .protected, takes: ParticipantNumber.self,
    columns: columns + [.text("reason"), .text("blockers"), .integer("revision")])

  static let find = Statement(
    "exchanges.participant-find", "SELECT exchanges.find_participant($1)",
    lane: .protected, takes: ParticipantNumber.self, row: { (id: Int64) in id })

  /// In the order of their numbers, which grow longer than six digits one day.
  static let list = TableStatement(
    "exchanges.participant-list",
    """
    SELECT p.number, p.given_name, p.family_name, p.born, c.code, p.state
    FROM exchanges.participant p JOIN exchanges.cohort c ON c.id = p.cohort_id
    WHERE service.matches(c.code, $1) AND service.matches(p.state, $2)
      AND service.matches(p.given_name, $3) AND service.matches(p.family_name, $4)
      AND service.matches(p.born, $5)
      AND (length(p.number), p.number) > (length(coalesce($6, '')), coalesce($6, ''))
    ORDER BY length(p.number), p.number LIMIT $7
    """, lane: .protected, takes: Filter<Code>?.self, Filter<ParticipantState>?.self,
    Filter<String>?.self, Filter<String>?.self, Filter<CalendarDate>?.self, String?.self,
    Int64.self, columns: columns)

  static let changeState = Statement(
    "exchanges.participant-change-state",
    """
    UPDATE exchanges.participant SET state = $2, reason = coalesce($3, reason)
    WHERE id = exchanges.find_participant($1) RETURNING number, state
    """, takes: ParticipantNumber.self, ParticipantState.self, String?.self,
    row: ParticipantChange.init)

  static let all = [
    create.description, show.description, find.description, list.description,
    changeState.description,
  ]
}
