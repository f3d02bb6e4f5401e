import CommandLanguage
import Foundations
import Postgres

/// A read whose rows are the answer: PostgreSQL gives each cell as it is shown, column by column, and
/// nothing in between knows what it means.
///
/// Money is shown through `service.money_text`, moments through `service.timestamp_text`.
package struct TableStatement<Input>: Sendable {
  /// The columns of the answer, in the order that the SQL selects them.
  package let columns: [Column]
  /// What the database runs.
  package let statement: Statement<Input, [Value]>
  private let keyColumns: [Int]

  /// A read of these columns. A list of them goes on after the `key` columns of its last row; after
  /// the first column, if none are named.
  package init<each I: PostgresEncodable>(
    _ name: String, _ sql: String, lane: StatementLane = .loan,
    takes inputs: repeat (each I).Type, columns: [Column], key: [String] = []
  ) where Input == (repeat each I) {
    self.columns = columns
    keyColumns = key.isEmpty ? [0] : columns.indices.filter { key.contains(columns[$0].name) }
    // A stream could not write them as a page does.
    precondition(!columns.contains { $0.type == .boolean || $0.type == .table })
    precondition(keyColumns.count == max(1, key.count))
    statement = Statement(
      name, sql, lane: lane, takes: repeat (each I).self,
      columns: columns.map(\.type.postgresType), cell: { Value.text($0) })
  }

  /// The statement without its types.
  package var description: StatementDescription { statement.description }

  /// The statement with its parameters filled in.
  func with(_ input: Input) -> Query { statement.with(input) }

  /// The rows that it gave.
  func table(_ result: QueryResult) throws(PostgresError) -> Table {
    Table(columns: columns, rows: try result.rows(statement))
  }

  /// Where a list goes on that ends with `row`.
  func key(_ row: [Value]) -> String {
    keyColumns.map { index in
      if case .text(let text) = row[index] { text } else { "" }
    }.joined(separator: " ")
  }
}

extension ColumnType {
  /// What PostgreSQL has to give for a cell that is shown as it comes.
  fileprivate var postgresType: PostgresType {
    switch self {
    case .integer: .bigint
    case .number: .numeric
    case .date: .date
    case .text, .boolean, .money, .timestamp, .table: .text
    }
  }
}

extension Table {
  /// The one row of this table with rows of another within it.
  package func with(_ name: String, _ nested: Table) -> Table {
    Table(columns: columns + [.table(name)], rows: rows.map { $0 + [.table(nested)] })
  }
}
