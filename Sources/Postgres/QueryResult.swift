import CLibPQ

/// The rows that PostgreSQL answered to one query.
package final class QueryResult: @unchecked Sendable {
  // A PGresult is immutable once it is complete, and freed with this object.
  private let result: OpaquePointer

  init(_ result: OpaquePointer) { self.result = result }
  deinit { PQclear(result) }

  /// Rows in the result.
  package var count: Int { Int(PQntuples(result)) }

  /// The rows, decoded by the statement that asked for them.
  package func rows<Input, Row>(_ statement: Statement<Input, Row>) throws(PostgresError) -> [Row] {
    let count = PQntuples(result)
    var rows: [Row] = []
    rows.reserveCapacity(Int(count))
    for row in 0..<count {
      rows.append(
        try statement.decode(
          RowReader(result: result, row: row, statement: statement.description.name)))
    }
    return rows
  }
}

/// Reads one row from left to right.
struct RowReader {
  let result: OpaquePointer
  let row: Int32
  let statement: String

  func next<Value: PostgresDecodable>(
    _ type: Value.Type, _ index: inout Int32
  ) throws(PostgresError) -> Value {
    defer { index += 1 }
    var bytes: UnsafeBufferPointer<UInt8>?
    if PQgetisnull(result, row, index) == 0, let start = PQgetvalue(result, row, index) {
      let count = Int(PQgetlength(result, row, index))
      bytes = start.withMemoryRebound(to: UInt8.self, capacity: count) {
        UnsafeBufferPointer(start: $0, count: count)
      }
    }
    guard let value = Value(cell: Cell(bytes: bytes)) else {
      throw .undecodable(statement: statement, column: Int(index) + 1, type: "\(type)")
    }
    return value
  }
}
