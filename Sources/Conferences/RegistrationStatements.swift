import Access
import CommandLanguage
import Foundations
import Postgres

/// What changed: enough for an answer to a write.
struct RegistrationChange: Sendable {
  let number: RegistrationNumber
  let state: RegistrationState

  var pairs: [Reply.Pair] { [.init("number", number), .init("state", state.rawValue)] }
}

enum RegistrationStatements {
  /// The hot path: everybody who asked while the last batch ran.
  static let register = CommandBatch<NewRegistration>(
    Statement(
      "conferences.register",
      """
      SELECT ordinal, error_code, error_message, suggestion, reply_names, reply_values, replayed
      FROM conferences.register($1, $2, $3, $4, $5, $6, $7, $8)
      """, takes: [String].self, [String].self, [String?].self, [String].self, [String].self,
      [String].self, [String].self, [String?].self, row: BatchOutcome.init)
  ) { requests in
    let people = requests.map(\.parameters)
    return (
      requests.map(\.principal), requests.map(\.text), requests.map(\.key),
      people.map(\.conference.description), people.map(\.ticketType.description),
      people.map(\.email.text), people.map(\.name), people.map { $0.community?.description }
    )
  }

  /// Refuses where something that a registration names is not there, with what was meant.
  static let findNamed = Statement(
    "conferences.registration-find-named", "SELECT conferences.find_for_registration($1, $2, $3)",
    takes: Code.self, Code.self, Code?.self, row: { (ticketType: Int64) in ticketType })

  static let cancel = Statement(
    "conferences.registration-cancel",
    "SELECT id, state FROM conferences.cancel_registration($1, $2)",
    takes: RegistrationNumber.self, String?.self, row: RegistrationChange.init)

  private static let columns: [Column] = [
    .text("number"), .text("conference"), .text("ticket-type"), .text("email"), .text("name"),
    .text("community"), .text("state"), .timestamp("registered-at"), .text("reason"),
  ]

  static let show = TableStatement(
    "conferences.registration-show",
    """
    SELECT r.number, c.code, t.code, r.email, r.name, m.code, r.state,
      service.timestamp_text(r.registered_at), r.reason, r.revision
    FROM conferences.registration r JOIN conferences.conference c ON c.id = r.conference_id
    JOIN conferences.ticket_type t ON t.id = r.ticket_type_id
    LEFT JOIN directory.community m ON m.id = r.community_id
    WHERE r.id = $1
    """, lane: .shared, takes: RegistrationNumber.self, columns: columns + [.integer("revision")])

  static let find = Statement(
    "conferences.registration-find", "SELECT conferences.find_registration($1)",
    takes: RegistrationNumber.self, row: { (id: Int64) in id })

  static let list = TableStatement(
    "conferences.registration-list",
    """
    SELECT r.number, c.code, t.code, r.email, r.name, m.code, r.state,
      service.timestamp_text(r.registered_at), r.reason
    FROM conferences.registration r JOIN conferences.conference c ON c.id = r.conference_id
    JOIN conferences.ticket_type t ON t.id = r.ticket_type_id
    LEFT JOIN directory.community m ON m.id = r.community_id
    WHERE service.matches(c.code, $1) AND service.matches(t.code, $2)
      AND service.matches(r.state, $3) AND service.matches(r.email, $4)
      AND service.matches(r.name, $5) AND r.id > coalesce($6, 0)
    ORDER BY r.id LIMIT $7
    """, takes: Filter<Code>?.self, Filter<Code>?.self, Filter<RegistrationState>?.self,
    Filter<String>?.self, Filter<String>?.self, RegistrationNumber?.self, Int64.self,
    columns: columns)

  static let all = [
    register.description, findNamed.description, cancel.description, show.description,
    find.description, list.description,
  ]
}
