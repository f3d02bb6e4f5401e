import Foundations
import Postgres

/// A change of a row, without its values.
struct ChangeRow: Sendable {
  let number: Int64
  let at: String
  let relation: String
  let key: String
  let kind: String
  let command: String
  let principal: String
  let fields: String
}

/// Reads of what watches push, under row-level security as the audit is.
enum ChangeStatements {
  static let horizon = Statement(
    "access.change-horizon", "SELECT change FROM audit.horizon", lane: .shared,
    row: { (change: Int64) in change })

  /// The changes between two numbers, of some relations, and of one row if there is a key.
  static let between = Statement(
    "access.changes-between",
    """
    SELECT c.id, service.timestamp_text(e.at), c.relation, c.row_key,
      CASE WHEN c.before IS NULL THEN 'created' WHEN c.after IS NULL THEN 'removed'
        ELSE 'changed' END,
      e.command, e.principal, audit.changed_fields(c.before, c.after)
    FROM audit.change c JOIN audit.entry e ON e.id = c.entry_id
    WHERE c.id > $1 AND c.id <= $2 AND c.relation = ANY ($3)
      AND ($4::text IS NULL OR c.row_key = $4)
    ORDER BY c.id LIMIT $5
    """, lane: .protected,
    takes: Int64.self, Int64.self, [String].self, String?.self, Int64.self, row: ChangeRow.init)

  /// For the area's list.
  static let all = [horizon.description, between.description]
}
