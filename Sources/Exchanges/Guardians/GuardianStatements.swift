import Access
import Postgres

enum GuardianStatements {
  static let verify = Statement(
    "exchanges.guardian-verify",
    """
    UPDATE exchanges.guardian SET verified_how = $2 WHERE id = exchanges.find_guardian($1)
    RETURNING $1, $2
    """, takes: ParticipantNumber.self, Verification.self, row: GuardianChange.init)

  static let list = Statement(
    "exchanges.guardian-list",
    """
    SELECT g.name, g.email, g.verified_how, g.verified_at, g.verified_by
    FROM exchanges.guardian g JOIN exchanges.participant p ON p.id = g.participant_id
    WHERE p.number = $1 ORDER BY g.id
    """, lane: .protected, takes: ParticipantNumber.self, row: Guardian.init)

  static let all = [verify.description, list.description]
}
