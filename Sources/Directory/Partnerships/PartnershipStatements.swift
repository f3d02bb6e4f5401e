import Access
import CommandLanguage
import Foundations
import Postgres

enum PartnershipStatements {
  static let create = Statement(
    "directory.partnership-create",
    """
    INSERT INTO directory.partnership (lo_id, hi_id, kind, themes)
    SELECT p.lo, p.hi, coalesce($3, 'sister'), $4 FROM directory.find_pair($1, $2) AS p
    RETURNING number, state
    """, takes: Code.self, Code.self, PartnershipKind?.self, [Theme].self,
    row: PartnershipChange.init)

  static let assert = Statement(
    "directory.partnership-assert",
    """
    SELECT number, state FROM directory.assert_partnership($1, $2, $3, $4, $5, $6, $7, $8)
    """, takes: Code.self, Code.self, Code.self, PartnershipKind?.self, FirstDay?.self,
    [Theme].self, CalendarDate?.self, Stance.self, row: PartnershipChange.init)

  static let propose = Statement(
    "directory.partnership-propose",
    """
    UPDATE directory.partnership SET state = 'proposed', profile = $2, sponsor = $3,
      volunteers = $4, first_year_plan = $5
    WHERE id = directory.find_partnership($1) RETURNING number, state
    """, takes: PartnershipReference.self, String.self, String.self, Int64.self, String.self,
    row: PartnershipChange.init)

  static let changeState = Statement(
    "directory.partnership-change-state",
    """
    UPDATE directory.partnership SET state = $2 WHERE id = directory.find_partnership($1)
    RETURNING number, state
    """, takes: PartnershipReference.self, PartnershipState.self, row: PartnershipChange.init)

  static let update = Statement(
    "directory.partnership-update",
    """
    UPDATE directory.partnership SET kind = coalesce($2, kind),
      themes = CASE WHEN 'themes' = ANY ($5) OR cardinality($3) > 0 THEN $3 ELSE themes END,
      starts = CASE WHEN NOT 'starts' = ANY ($5) THEN coalesce($4, starts) END
    WHERE id = directory.find_partnership($1) RETURNING number, state
    """, takes: PartnershipReference.self, PartnershipKind?.self, [Theme].self,
    CalendarDate?.self, [PartnershipDetail].self, row: PartnershipChange.init)

  static let sign = Statement(
    "directory.partnership-sign",
    """
    UPDATE directory.partnership SET state = 'signed', starts = $2
    WHERE id = directory.find_partnership($1) RETURNING number, state
    """, takes: PartnershipReference.self, CalendarDate.self, row: PartnershipChange.init)

  static let terminate = Statement(
    "directory.partnership-terminate",
    """
    UPDATE directory.partnership SET state = 'terminated', ends = $2, end_reason = $3
    WHERE id = directory.find_partnership($1) RETURNING number, state
    """, takes: PartnershipReference.self, CalendarDate.self, String.self,
    row: PartnershipChange.init)

  private static let columns: [Column] = [
    .text("number"), .text("a"), .text("a-country"), .text("b"), .text("b-country"),
    .text("kind"), .text("state"), .date("starts"), .date("ends"), .text("recognition"),
    .text("activity"), .text("confirmed"), .text("themes"),
  ]

  static let show = TableStatement(
    "directory.partnership-show",
    """
    SELECT p.number, p.lo, p.lo_country, p.hi, p.hi_country, p.kind, p.state, p.starts, p.ends,
      directory.fact_on(p.id, 'recognition', current_date),
      directory.fact_on(p.id, 'activity', current_date), c.confirmed,
      array_to_string(p.themes, ','), p.end_reason, p.profile, p.sponsor, p.volunteers,
      p.first_year_plan, (SELECT max(e.happened_on) FROM directory.partnership_event e
        WHERE e.partnership_id = p.id),
      (SELECT string_agg(m.code || ' ' || m.state, ', ' ORDER BY m.code) FROM (
        SELECT c.code, directory.standing_of(c.id, current_date) AS state
        FROM directory.community c WHERE c.id IN (p.lo_id, p.hi_id)) AS m
        WHERE m.state <> 'none'), p.revision
    FROM directory.partnership_record p
    JOIN directory.confirmation c ON c.partnership_id = p.id
    WHERE p.id = directory.find_partnership($1)
    """, takes: PartnershipReference.self,
    columns: columns + [
      .text("end-reason"), .text("profile"), .text("sponsor"), .integer("volunteers"),
      .text("first-year-plan"), .date("last-contact"), .text("members"), .integer("revision"),
    ])

  static let find = Statement(
    "directory.partnership-find", "SELECT directory.find_partnership($1)",
    takes: PartnershipReference.self, row: { (id: Int64) in id })

  static let list = TableStatement(
    "directory.partnership-list",
    """
    SELECT p.number, p.lo, p.lo_country, p.hi, p.hi_country, p.kind, p.state, p.starts, p.ends,
      f.recognition, f.activity, c.confirmed, array_to_string(p.themes, ',')
    FROM directory.partnership_record p
    CROSS JOIN LATERAL (SELECT
      directory.fact_on(p.id, 'recognition', current_date) AS recognition,
      directory.fact_on(p.id, 'activity', current_date) AS activity OFFSET 0) AS f
    JOIN LATERAL (SELECT x.confirmed FROM directory.confirmation x
      WHERE x.partnership_id = p.id OFFSET 0) AS c ON true
    CROSS JOIN (SELECT directory.follow($1) OFFSET 0) AS wanted (codes)
    WHERE ($1::text[] IS NULL OR directory.matches_either(p.lo, p.hi, wanted.codes))
      AND ($2::text[] IS NULL OR directory.matches_either(p.lo_country, p.hi_country, $2))
      AND service.matches(p.kind, $3) AND service.matches(p.state, $4)
      AND service.matches(p.starts, $5) AND ($6::text[] IS NULL
        OR service.matches(coalesce(f.recognition, 'none'), $6))
      AND ($7::text[] IS NULL OR service.matches(coalesce(f.activity, 'none'), $7)) AND service.matches(c.confirmed, $8)
      AND service.matches(array_to_string(p.themes, ','), $9)
      AND p.merged_into_id IS NULL
      AND p.id > coalesce(substring($10 from '^PS-([0-9]{1,15})$')::bigint, 0)
    ORDER BY p.id LIMIT $11
    """, takes: Filter<Code>?.self, Filter<CountryCode>?.self, Filter<PartnershipKind>?.self,
    Filter<PartnershipState>?.self, Filter<CalendarDate>?.self, Filter<FactValue>?.self,
    Filter<FactValue>?.self, Filter<String>?.self, Filter<String>?.self, String?.self,
    Int64.self, columns: columns)

  /// Those of a community, the ones that there are first.
  static let ofCommunity = TableStatement(
    "directory.partnerships-of-community",
    """
    SELECT p.number, s.code, s.name, s.country, p.kind, p.state, p.starts, p.ends,
      directory.fact_on(p.id, 'recognition', current_date)
    FROM directory.community c
    JOIN directory.partnership p ON p.lo_id = c.id OR p.hi_id = c.id
    JOIN directory.community s ON s.id = p.lo_id + p.hi_id - c.id
    WHERE c.id = directory.id_of($1) AND p.merged_into_id IS NULL
    ORDER BY p.state IN ('terminated', 'withdrawn'), s.code
    """, lane: .shared, takes: Code.self,
    columns: [
      .text("number"), .text("community"), .text("name"), .text("country"), .text("kind"),
      .text("state"), .date("starts"), .date("ends"), .text("recognition"),
    ])

  static let all = [
    create.description, assert.description, propose.description, changeState.description,
    update.description, sign.description, terminate.description, show.description,
    find.description, list.description, ofCommunity.description,
  ]
}
