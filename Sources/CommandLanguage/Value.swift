import Foundations

/// What a column holds; its raw name is what the head line of an answer says.
package enum ColumnType: String, Sendable {
  case text, integer, number, boolean, money, date, timestamp
  /// Rows within a row, as JSON where the format has no nesting.
  case table
}

/// One cell of an answer.
package enum Value: Sendable, Equatable {
  case null
  case text(String)
  case integer(Int64)
  /// A decimal number of any size, as digits.
  case number(String)
  case boolean(Bool)
  case money(Money)
  case date(CalendarDate)
  case timestamp(Timestamp)
  case table(Table)

  /// `text`, or null where there is none.
  package static func text(_ text: String?) -> Value { text.map { .text($0) } ?? .null }
  /// `date`, or null where there is none.
  package static func date(_ date: CalendarDate?) -> Value { date.map { .date($0) } ?? .null }
  /// `number`, or null where there is none.
  package static func number(_ number: String?) -> Value { number.map { .number($0) } ?? .null }
}

/// A named, typed column.
package struct Column: Sendable, Equatable {
  package let name: String
  package let type: ColumnType

  /// A column called `name` (lower case, hyphens between words).
  package init(_ name: String, _ type: ColumnType) {
    self.name = name
    self.type = type
  }
}

/// Columns and the rows under them; every row has a value for each column.
package struct Table: Sendable, Equatable {
  package var columns: [Column]
  package var rows: [[Value]]

  /// A table of these rows.
  package init(columns: [Column], rows: [[Value]]) {
    self.columns = columns
    self.rows = rows
  }
}

/// How rows of one type are shown, declared once per noun and used by every command on it.
package struct TableShape<Row: Sendable>: Sendable {
  package let columns: [Column]
  private let cells: [@Sendable (Row) -> Value]

  /// Columns in the order shown, each with the value it takes from a row.
  package init(_ columns: (Column, @Sendable (Row) -> Value)...) {
    self.columns = columns.map(\.0)
    cells = columns.map(\.1)
  }

  /// One row's cells.
  package func values(_ row: Row) -> [Value] { cells.map { $0(row) } }

  /// The rows as a table.
  package func table(_ rows: [Row]) -> Table {
    Table(columns: columns, rows: rows.map(values))
  }
}
