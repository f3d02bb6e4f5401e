import Postgres
import TestSupport

/// Compares statements with what PostgreSQL makes of them on a migrated database.
struct StatementCheck {
  private struct Origin {
    let relation: String
    let kind: String
    let isNotNull: Bool
    /// A view's query.
    let query: String?
  }

  /// What is known of a column's nullability.
  enum Nullability {
    /// A table's column that is declared NOT NULL, in a statement that cannot lose the row.
    case never
    /// A table's column that takes NULL, or one of a table that is there only by an outer join.
    case possible
    /// Computed, or of a table that is joined in both ways: PostgreSQL does not say.
    case unknown
  }

  private let connection: RawConnection
  private let owner: RawConnection
  private let origins: [String: Origin]

  /// A check on the database of `service`, with the service's own rights.
  init(_ service: TestService) async throws {
    connection = try RawConnection(service.connectionString(.service))
    owner = try RawConnection(service.connectionString(.owner))
    var origins: [String: Origin] = [:]
    let rows = try owner.exec(
      """
      SELECT a.attrelid || '.' || a.attnum, n.nspname || '.' || c.relname, c.relkind,
        a.attnotnull, CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) END
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE a.attnum > 0 AND c.relkind IN ('r', 'v', 'p', 'm')
      """)
    for row in rows {
      let cells = row.map { $0 ?? "" }
      origins[cells[0]] = Origin(
        relation: cells[1], kind: cells[2], isNotNull: cells[3] == "t", query: row[4])
    }
    self.origins = origins
  }

  /// Everything that is wrong with the statement; empty where nothing is.
  func problems(_ statement: StatementDescription) -> [String] {
    let described: DescribedStatement
    do throws(RawSQLError) {
      described = try connection.describe(statement.sql, statement.inputs.map(\.rawValue))
    } catch {
      return ["\(statement.name): \(error)"]
    }
    var problems: [String] = []
    if described.parameters != statement.inputs.map(\.rawValue) {
      problems.append(
        "takes \(statement.inputs), and PostgreSQL wants \(described.parameters)")
    }
    for number in statement.inputs.indices.map({ $0 + 1 })
    where !statement.mentions(parameter: number) {
      problems.append("takes $\(number), and its SQL does not mention it")
    }
    let types = statement.columns.map(\.type.rawValue)
    if described.columns.map(\.type) != types {
      problems.append("gives columns \(described.columns.map(\.type)), not \(types)")
    }
    for (index, (column, declared)) in zip(described.columns, statement.columns).enumerated()
    where nullability(column, statement.sql) == .possible && !declared.acceptsNull {
      problems.append("gives NULL in column \(index + 1), which its row type does not take")
    }
    return problems.map { "\(statement.name) \($0)" }
  }

  /// The statement's types as the golden file shows them: `!` never NULL, `?` NULL is taken,
  /// `~` nobody knows, and NULL is not taken.
  func summary(_ statement: StatementDescription) throws(RawSQLError) -> String {
    let described = try connection.describe(statement.sql, statement.inputs.map(\.rawValue))
    let columns = zip(described.columns, statement.columns).map { column, declared in
      let mark =
        declared.acceptsNull ? "?" : nullability(column, statement.sql) == .never ? "!" : "~"
      return "\(declared.type)\(mark)"
    }
    let takes = statement.inputs.map { "\($0)" }.joined(separator: " ")
    return """
      \(statement.name) (\(statement.lane))
        takes \(takes.isEmpty ? "nothing" : takes)
        gives \(columns.isEmpty ? "nothing" : columns.joined(separator: " "))
      """
  }

  func nullability(_ column: DescribedStatement.Column, _ sql: String) -> Nullability {
    guard let origin = origins["\(column.relation).\(column.number)"] else { return .unknown }
    let outer = sql.matches(of: /LEFT JOIN ([a-z_.]+)/).map { String($0.1) }
    let inner = sql.matches(of: /(?:FROM|INTO|UPDATE|[^T ] *JOIN) \(*([a-z_.]+)/)
      .map { String($0.1) }
    if outer.contains(origin.relation) {
      return inner.contains(origin.relation) ? .unknown : .possible
    }
    guard origin.kind == "v" else { return origin.isNotNull ? .never : .possible }
    // A view's columns come from somewhere too.
    guard let query = origin.query, let described = try? owner.describe(query, []) else {
      return .unknown
    }
    return nullability(described.columns[Int(column.number) - 1], query)
  }
}

extension StatementDescription {
  /// Whether the SQL names `$number`.
  func mentions(parameter number: Int) -> Bool {
    sql.matches(of: /\$(\d+)/).contains { $0.1 == "\(number)" }
  }
}
