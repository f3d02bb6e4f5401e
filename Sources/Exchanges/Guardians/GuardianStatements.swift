import Access
import CommandLanguage
import Postgres

enum GuardianStatements {
  static let verify = Statement(
    "exchanges.guardian-verify",
    """
    UPDATE exchanges.guardian SET verified_how = $2 WHERE id = exchanges.find_guardian($1)
    RETURNING $1, $2
    """, takes: ParticipantNumber.self, Verification.self, row: GuardianChange.init)

  static let list = TableStatement(
    "exchanges.guardian-list",
    """
    SELECT g.name, g.email, g.verified_how, service.timestamp_text(g.verified_at),
      g.verified_by
    FROM exchanges.guardian g JOIN exchanges.participant p ON p.id = g.participant_id
    WHERE p.number = $1 ORDER BY g.id
    """, lane: .protected, takes: ParticipantNumber.self,
    columns: [
      .text("name"), .text("email"), .text("verified"), .timestamp("verified-at"),
      .text("verified-by"),
    ])

  static let all = [verify.description, list.description]
}
