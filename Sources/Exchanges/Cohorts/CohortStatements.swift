import Access
import CommandLanguage
import Foundations
import Postgres

enum CohortStatements {
  static let create = Statement(
    "exchanges.cohort-create",
    """
    INSERT INTO exchanges.cohort
      (program_id, code, from_community_id, to_community_id, starts, ends, capacity)
    VALUES (exchanges.find_program($1), $2, directory.find_community($3),
      directory.find_community($4), $5, $6, $7)
    RETURNING code, state
    """, takes: Code.self, Code.self, Code.self, Code.self, CalendarDate.self, CalendarDate.self,
    Int64.self, row: CohortChange.init)

  private static let columns: [Column] = [
    .text("code"), .text("program"), .text("from"), .text("to"), .text("partnership"),
    .date("starts"), .date("ends"), .integer("capacity"), .integer("taken"), .text("state"),
  ]

  static let show = TableStatement(
    "exchanges.cohort-show",
    """
    SELECT c.code, p.code, f.code, t.code, 'PS-' || c.partnership_id, c.starts, c.ends, c.capacity, c.taken, c.state,
      c.revision
    FROM exchanges.cohort c
    JOIN exchanges.program p ON p.id = c.program_id
    JOIN directory.community f ON f.id = c.from_community_id
    JOIN directory.community t ON t.id = c.to_community_id
    WHERE c.code = $1
    """, lane: .shared, takes: Code.self, columns: columns + [.integer("revision")])

  static let find = Statement(
    "exchanges.cohort-find", "SELECT exchanges.find_cohort($1)",
    takes: Code.self, row: { (id: Int64) in id })

  /// How many of a cohort's participants are in which state.
  static let participants = TableStatement(
    "exchanges.cohort-participants",
    """
    SELECT x.state, count(*)
    FROM exchanges.participant x JOIN exchanges.cohort c ON c.id = x.cohort_id
    WHERE c.code = $1 GROUP BY x.state ORDER BY x.state
    """, lane: .protected, takes: Code.self, columns: [.text("state"), .integer("count")])

  static let list = TableStatement(
    "exchanges.cohort-list",
    """
    SELECT c.code, p.code, f.code, t.code, 'PS-' || c.partnership_id, c.starts, c.ends, c.capacity, c.taken, c.state
    FROM exchanges.cohort c
    JOIN exchanges.program p ON p.id = c.program_id
    JOIN directory.community f ON f.id = c.from_community_id
    JOIN directory.community t ON t.id = c.to_community_id
    CROSS JOIN (SELECT directory.follow($2), directory.follow($3) OFFSET 0) AS wanted (origin, goal)
    WHERE service.matches(p.code, $1) AND service.matches(f.code, wanted.origin)
      AND service.matches(t.code, wanted.goal) AND service.matches(c.starts, $4)
      AND service.matches(c.state, $5) AND c.code > coalesce($6, '')
    ORDER BY c.code LIMIT $7
    """, takes: Filter<Code>?.self, Filter<Code>?.self, Filter<Code>?.self,
    Filter<CalendarDate>?.self, Filter<CohortState>?.self, String?.self, Int64.self,
    columns: columns)

  static let changeState = Statement(
    "exchanges.cohort-change-state",
    """
    UPDATE exchanges.cohort SET state = $2 WHERE id = exchanges.find_cohort($1)
    RETURNING code, state
    """, takes: Code.self, CohortState.self, row: CohortChange.init)

  static let all = [
    create.description, show.description, find.description, participants.description,
    list.description, changeState.description,
  ]
}
