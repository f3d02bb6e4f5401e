import Foundations

/// What a column holds; its raw name is what the head line of an answer says.
package enum ColumnType: String, Sendable {
  case text, integer, number, boolean, money, date, timestamp
  /// Rows within a row, as JSON where the format has no nesting.
  case table
}

/// One cell of an answer, as its reader would type it; what the text stands for is its column's type.
package enum Value: Sendable, Equatable {
  case null
  case text(String)
  case table(Table)

  /// `text`, or null where there is none.
  package static func text(_ text: String?) -> Value { text.map { .text($0) } ?? .null }
  /// A whole number.
  package static func integer(_ number: Int64) -> Value { .text(String(number)) }
  /// `yes` or `no`.
  package static func boolean(_ flag: Bool) -> Value { .text(flag ? "yes" : "no") }
  /// A sum with its currency: `7500.00 USD`.
  package static func money(_ money: Money) -> Value { .text(money.description) }
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

  package static func text(_ name: String) -> Column { Column(name, .text) }
  package static func integer(_ name: String) -> Column { Column(name, .integer) }
  package static func number(_ name: String) -> Column { Column(name, .number) }
  package static func money(_ name: String) -> Column { Column(name, .money) }
  package static func date(_ name: String) -> Column { Column(name, .date) }
  package static func timestamp(_ name: String) -> Column { Column(name, .timestamp) }
  package static func table(_ name: String) -> Column { Column(name, .table) }
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
