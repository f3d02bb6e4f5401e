/// A query with the types that go in and the rows that come out.
///
/// Nothing else talks to the database: there is no query builder, and no SQL is assembled from
/// input. A test prepares every statement on a migrated database and compares its types.
package struct Statement<Input, Row: Sendable>: Sendable {
  /// What is known of a statement without its Swift types.
  package let description: StatementDescription
  let encode: @Sendable (Input) -> [String?]
  let decode: @Sendable (RowReader) throws(PostgresError) -> Row

  /// A statement called `name`, whose parameters have the types `inputs` and whose columns are,
  /// in order, the arguments of `row`: usually the memberwise initializer of a row type.
  package init<each I: PostgresEncodable, each C: PostgresDecodable>(
    _ name: String, _ sql: String, lane: StatementLane = .loan,
    takes inputs: repeat (each I).Type,
    row make: @escaping @Sendable (repeat each C) -> Row
  ) where Input == (repeat each I) {
    var inputTypes: [PostgresType] = []
    for type in repeat (each I).self { inputTypes.append(type.postgresType) }
    var columns: [StatementDescription.Column] = []
    for type in repeat (each C).self {
      columns.append(.init(type: type.postgresType, acceptsNull: type.acceptsNull))
    }
    description = StatementDescription(
      name: name, sql: sql, lane: lane, inputs: inputTypes, columns: columns)
    encode = { input in
      var texts: [String?] = []
      for value in repeat each input { texts.append(value.postgresText) }
      return texts
    }
    decode = { (reader) throws(PostgresError) in
      var index: Int32 = 0
      return make(repeat try reader.next((each C).self, &index))
    }
  }

  /// A statement whose rows are cells of one kind, made from PostgreSQL's text of each column: for
  /// answers that show what the database says. Its columns have the types `columns`.
  package init<each I: PostgresEncodable, Cell: Sendable>(
    _ name: String, _ sql: String, lane: StatementLane = .loan,
    takes inputs: repeat (each I).Type, columns: [PostgresType],
    cell: @escaping @Sendable (String?) -> Cell
  ) where Input == (repeat each I), Row == [Cell] {
    var inputTypes: [PostgresType] = []
    for type in repeat (each I).self { inputTypes.append(type.postgresType) }
    description = StatementDescription(
      name: name, sql: sql, lane: lane, inputs: inputTypes,
      columns: columns.map { .init(type: $0, acceptsNull: true) })
    encode = { input in
      var texts: [String?] = []
      for value in repeat each input { texts.append(value.postgresText) }
      return texts
    }
    let count = columns.count
    decode = { (reader) throws(PostgresError) in
      (0..<count).map { cell(reader.text(Int32($0))) }
    }
  }

  /// The statement with its parameters filled in.
  package func with(_ input: Input) -> Query {
    Query(description: description, parameters: encode(input))
  }
}

/// Which connections run a statement.
package enum StatementLane: Sendable {
  /// A connection of its own while it runs.
  case loan
  /// A shared, pipelined connection: for reads of a few rows by key, which never wait for long.
  case shared
  /// A transaction of its own that knows who asks: for tables under row-level security.
  case protected
  /// As protected, on the database for reports, which may be a replica: what it reads may be some
  /// seconds old, and no decision may come of it.
  case report
}

/// A statement without its Swift types. An object, because every query carries it.
package final class StatementDescription: Sendable {
  /// A column's type, and whether the row type takes NULL there.
  package struct Column: Sendable, Equatable {
    package let type: PostgresType
    package let acceptsNull: Bool
  }

  /// The name it is prepared under, `area.purpose`.
  package let name: String
  package let sql: String
  package let lane: StatementLane
  package let inputs: [PostgresType]
  package let columns: [Column]
  /// The inputs' types as libpq takes them.
  let inputOIDs: [UInt32]

  init(
    name: String, sql: String, lane: StatementLane, inputs: [PostgresType], columns: [Column]
  ) {
    self.name = name
    self.sql = sql
    self.lane = lane
    self.inputs = inputs
    self.columns = columns
    inputOIDs = inputs.map(\.rawValue)
  }
}

/// A statement with its parameters, ready to be sent.
package struct Query: Sendable {
  let description: StatementDescription
  let parameters: [String?]
}
