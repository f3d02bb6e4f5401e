import Access
import CommandLanguage
import Foundations
import Postgres

enum InitiativeStatements {
  static let create = Statement(
    "initiatives.create",
    """
    WITH new AS (
      INSERT INTO initiatives.initiative
        (code, title, area, parent_id, starts, ends, countries, required_roles)
      VALUES ($1, $2, $3, CASE WHEN $4::text IS NOT NULL THEN initiatives.find($4) END,
        $5, $6, $7, $8)
      RETURNING id, code, state
    ), partners AS (
      INSERT INTO initiatives.partner (initiative_id, role, community_id)
      SELECT new.id, p.role, directory.find_community(p.community)
      FROM new, unnest($9, $10) AS p (role, community)
    )
    SELECT code, state FROM new
    """, takes: Code.self, String.self, ProgramArea.self, Code?.self, CalendarDate?.self,
    CalendarDate?.self, [CountryCode].self, [Code].self, [String].self, [String].self,
    row: InitiativeChange.init)

  static let planTrilateral = Statement(
    "initiatives.plan-trilateral",
    """
    WITH three AS (
      SELECT community_id, role, country FROM initiatives.find_three($4, $5, $6)
    ), new AS (
      INSERT INTO initiatives.initiative
        (code, title, area, parent_id, starts, countries, required_roles)
      SELECT $1, $2, $3, CASE WHEN $7::text IS NOT NULL THEN initiatives.find($7) END, $8,
        array_agg(DISTINCT t.country), CASE WHEN $7::text IS NULL THEN array_agg(t.role)
          ELSE '{}' END
      FROM three t
      RETURNING id, code, state
    ), partners AS (
      INSERT INTO initiatives.partner (initiative_id, role, community_id)
      SELECT new.id, t.role, t.community_id FROM new, three t
    )
    SELECT code, state FROM new
    """, takes: Code.self, String.self, ProgramArea.self, PartnerArgument.self,
    PartnerArgument.self, PartnerArgument.self, Code?.self, CalendarDate?.self,
    row: InitiativeChange.init)

  private static let columns: [Column] = [
    .text("code"), .text("title"), .text("area"), .text("parent"), .date("starts"), .date("ends"),
    .text("countries"), .text("state"),
  ]

  static let show = TableStatement(
    "initiatives.show",
    """
    SELECT i.code, i.title, i.area, p.code, i.starts, i.ends, array_to_string(i.countries, ','),
      i.state, i.reason, i.revision
    FROM initiatives.initiative i LEFT JOIN initiatives.initiative p ON p.id = i.parent_id
    WHERE i.code = $1
    """, lane: .shared, takes: Code.self,
    columns: columns + [.text("reason"), .integer("revision")])

  static let find = Statement(
    "initiatives.find", "SELECT initiatives.find($1)",
    takes: Code.self, row: { (id: Int64) in id })

  static let list = TableStatement(
    "initiatives.list",
    """
    SELECT i.code, i.title, i.area, p.code, i.starts, i.ends, array_to_string(i.countries, ','),
      i.state
    FROM initiatives.initiative i LEFT JOIN initiatives.initiative p ON p.id = i.parent_id
    WHERE service.matches(i.state, $1) AND service.matches(i.area, $2)
      AND service.matches(p.code, $3) AND service.matches(array_to_string(i.countries, ','), $4)
      AND service.matches(i.title, $5) AND service.matches(i.starts, $6)
      AND ($7::text IS NULL OR EXISTS (
        SELECT FROM initiatives.partner x
        WHERE x.initiative_id = i.id AND x.community_id = directory.id_of($7)))
      AND i.code > coalesce($8, '')
    ORDER BY i.code LIMIT $9
    """, takes: Filter<InitiativeState>?.self, Filter<ProgramArea>?.self, Filter<Code>?.self,
    Filter<String>?.self, Filter<String>?.self, Filter<CalendarDate>?.self, Code?.self,
    String?.self, Int64.self, columns: columns)

  static let pilots = TableStatement(
    "initiatives.pilots",
    """
    SELECT i.code, i.title, i.area, p.code, i.starts, i.ends, array_to_string(i.countries, ','),
      i.state
    FROM initiatives.initiative i JOIN initiatives.initiative p ON p.id = i.parent_id
    WHERE p.code = $1 ORDER BY i.code
    """, lane: .shared, takes: Code.self, columns: columns)

  /// Each state that an initiative has been in.
  static let steps = TableStatement(
    "initiatives.steps",
    """
    SELECT s.state, s.taken_by, service.timestamp_text(s.taken_at), s.reason
    FROM initiatives.initiative i JOIN initiatives.step s ON s.initiative_id = i.id
    WHERE i.code = $1 ORDER BY s.id
    """, lane: .shared, takes: Code.self,
    columns: [.text("state"), .text("by"), .timestamp("at"), .text("reason")])

  static let update = Statement(
    "initiatives.update",
    """
    UPDATE initiatives.initiative SET title = coalesce($2, title), area = coalesce($3, area),
      starts = coalesce($4, starts), ends = coalesce($5, ends),
      countries = CASE WHEN cardinality($6) > 0 THEN $6 ELSE countries END,
      parent_id = CASE WHEN $7::text IS NULL THEN parent_id ELSE initiatives.find($7) END
    WHERE id = initiatives.find($1) RETURNING code, state
    """, takes: Code.self, String?.self, ProgramArea?.self, CalendarDate?.self,
    CalendarDate?.self, [CountryCode].self, Code?.self, row: InitiativeChange.init)

  static let changeState = Statement(
    "initiatives.change-state",
    """
    UPDATE initiatives.initiative SET state = $2, reason = $3 WHERE id = initiatives.find($1)
    RETURNING code, state
    """, takes: Code.self, InitiativeState.self, String?.self, row: InitiativeChange.init)

  static let all = [
    create.description, planTrilateral.description, show.description, find.description,
    list.description,
    pilots.description, steps.description, update.description, changeState.description,
  ]
}
