import Access
import CommandLanguage
import Foundations
import Postgres

/// What partnerships are made of: agreements, signatures, events, facts, and who says what of them.
enum AgreementStatements {
  static let agree = Statement(
    "directory.partnership-agree",
    """
    WITH p AS (
      SELECT id, number, state FROM directory.partnership
      WHERE id = directory.find_partnership($1)
    ), new AS (
      INSERT INTO directory.agreement (partnership_id, title, languages, pending_until)
      SELECT p.id, $2, $3, $4 FROM p RETURNING id
    )
    SELECT p.number, p.state FROM p, new
    """, takes: PartnershipReference.self, String.self, [LanguageTag].self, CalendarDate?.self,
    row: PartnershipChange.init)

  static let resolve = Statement(
    "directory.partnership-resolve",
    """
    WITH p AS (
      SELECT id, number, state FROM directory.partnership
      WHERE id = directory.find_partnership($1)
    ), changed AS (
      UPDATE directory.agreement SET resolution = $2, resolution_on = $3
      WHERE id = (SELECT directory.last_agreement(p.id) FROM p) RETURNING id
    )
    SELECT p.number, p.state FROM p, changed
    """, takes: PartnershipReference.self, String.self, CalendarDate.self,
    row: PartnershipChange.init)

  static let addSignature = Statement(
    "directory.partnership-add-signature",
    """
    WITH p AS (
      SELECT id, number, state FROM directory.partnership
      WHERE id = directory.find_partnership($1)
    ), new AS (
      INSERT INTO directory.signature
        (agreement_id, community_id, signer, office, signed_on, is_highest)
      SELECT directory.last_agreement(p.id), directory.find_end(p.id, $2), $3, $4, $5, $6 FROM p
      RETURNING agreement_id
    )
    SELECT p.number, p.state FROM p, new
    """, takes: PartnershipReference.self, Code.self, String.self, String.self,
    CalendarDate.self, Bool.self, row: PartnershipChange.init)

  static let agreements = TableStatement(
    "directory.partnership-agreements",
    """
    SELECT a.title, array_to_string(a.languages, ','), a.resolution, a.resolution_on,
      a.pending_until, string_agg(format('%s, %s, for %s on %s', s.signer, s.office, c.code,
        s.signed_on), '; ' ORDER BY s.signed_on, c.code) FILTER (WHERE s.signer IS NOT NULL)
    FROM directory.agreement a
    LEFT JOIN directory.signature s ON s.agreement_id = a.id
    LEFT JOIN directory.community c ON c.id = s.community_id
    WHERE a.partnership_id = directory.find_partnership($1)
    GROUP BY a.id ORDER BY a.id
    """, takes: PartnershipReference.self,
    columns: [
      .text("title"), .text("languages"), .text("resolution"), .date("resolution-on"),
      .date("pending-until"), .text("signatures"),
    ])

  static let record = Statement(
    "directory.partnership-record",
    """
    WITH p AS (
      SELECT id, number, state FROM directory.partnership
      WHERE id = directory.find_partnership($1)
    ), new AS (
      INSERT INTO directory.partnership_event (partnership_id, kind, title, happened_on)
      SELECT p.id, $2, $3, coalesce($4, current_date) FROM p RETURNING id
    )
    SELECT p.number, p.state FROM p, new
    """, takes: PartnershipReference.self, EventKind.self, String.self, CalendarDate?.self,
    row: PartnershipChange.init)

  static let events = TableStatement(
    "directory.partnership-events",
    """
    SELECT e.happened_on, e.kind, e.title FROM directory.partnership_event e
    WHERE e.partnership_id = directory.find_partnership($1)
    ORDER BY e.happened_on DESC, e.id DESC LIMIT 20
    """, takes: PartnershipReference.self,
    columns: [.date("on"), .text("kind"), .text("title")])

  static let sayFact = Statement(
    "directory.partnership-say-fact",
    "SELECT number, fact, value FROM directory.say_fact($1, $2, $3, $4, $5, $6)",
    takes: PartnershipReference.self, PartnershipFact.self, FactValue.self, CalendarDate?.self,
    CalendarDate?.self, String?.self, row: FactChange.init)

  static let facts = TableStatement(
    "directory.partnership-facts",
    """
    SELECT f.id, f.fact, f.value, lower(f.valid), upper(f.valid),
      service.timestamp_text(lower(f.known)), service.timestamp_text(upper(f.known)), f.reason
    FROM directory.partnership_fact f
    WHERE f.partnership_id = directory.find_partnership($1)
      AND ($2::date IS NULL OR f.valid @> $2)
      AND CASE WHEN $3::date IS NOT NULL THEN lower(f.known) < directory.end_of($3)
          AND coalesce(upper(f.known) >= directory.end_of($3), true)
        ELSE $4 OR upper_inf(f.known) END
      AND f.id > CASE WHEN $5 ~ '^[0-9]{1,18}$' THEN $5::bigint ELSE 0 END
    ORDER BY f.id LIMIT $6
    """, takes: PartnershipReference.self, CalendarDate?.self, CalendarDate?.self, Bool.self,
    String?.self, Int64.self,
    columns: [
      .integer("id"), .text("fact"), .text("value"), .date("from"), .date("until"),
      .timestamp("known-from"), .timestamp("known-until"), .text("reason"),
    ])

  static let say = Statement(
    "directory.partnership-say",
    """
    WITH p AS (
      SELECT id, number, state FROM directory.partnership
      WHERE id = directory.find_partnership($1)
    ), said AS (
      INSERT INTO directory.assertion (partnership_id, community_id, stance, asserted_on, note)
      SELECT p.id, directory.find_end(p.id, $2), $3, coalesce($4, current_date), $5 FROM p
      ON CONFLICT ON CONSTRAINT assertion_key DO UPDATE
      SET stance = EXCLUDED.stance, asserted_on = EXCLUDED.asserted_on, note = EXCLUDED.note
      RETURNING stance
    )
    SELECT p.number, p.state FROM p, said
    """, takes: PartnershipReference.self, Code.self, Stance.self, CalendarDate?.self,
    String?.self, row: PartnershipChange.init)

  static let assertions = TableStatement(
    "directory.partnership-assertions",
    """
    SELECT coalesce(c.code, 'source ' || s.code), a.stance, a.asserted_on, a.note
    FROM directory.assertion a
    LEFT JOIN directory.community c ON c.id = a.community_id
    LEFT JOIN directory.source s ON s.id = a.source_id
    WHERE a.partnership_id = directory.find_partnership($1)
    ORDER BY a.asserted_on, 1
    """, takes: PartnershipReference.self,
    columns: [.text("by"), .text("says"), .date("on"), .text("note")])

  static let conflicts = TableStatement(
    "directory.partnership-conflicts",
    """
    WITH doubted AS (
      SELECT a.partnership_id AS id FROM directory.assertion a
      JOIN directory.partnership p ON p.id = a.partnership_id
      WHERE a.stance <> 'exists' AND (p.state IN ('asserted', 'signed') OR EXISTS (
        SELECT FROM directory.assertion o
        WHERE o.partnership_id = a.partnership_id AND o.stance <> a.stance))
      UNION
      SELECT p.id FROM directory.partnership p
      WHERE p.state IN ('terminated', 'withdrawn') AND EXISTS (
        SELECT FROM directory.assertion a WHERE a.partnership_id = p.id AND a.stance = 'exists')
    )
    SELECT p.number, p.lo, p.hi, p.state, (
      SELECT string_agg(format('%s: %s (%s)', coalesce(c.code, 'source ' || s.code), a.stance,
        a.asserted_on), '; ' ORDER BY a.asserted_on, c.code, s.code)
      FROM directory.assertion a
      LEFT JOIN directory.community c ON c.id = a.community_id
      LEFT JOIN directory.source s ON s.id = a.source_id
      WHERE a.partnership_id = p.id)
    FROM doubted d JOIN directory.partnership_record p ON p.id = d.id
    WHERE p.id > coalesce(substring($1 from '^PS-([0-9]{1,15})$')::bigint, 0)
    ORDER BY p.id LIMIT $2
    """, takes: String?.self, Int64.self,
    columns: [.text("number"), .text("a"), .text("b"), .text("state"), .text("said")])

  static let all = [
    agree.description, resolve.description, addSignature.description, agreements.description,
    record.description, events.description, sayFact.description, facts.description,
    say.description, assertions.description, conflicts.description,
  ]
}
