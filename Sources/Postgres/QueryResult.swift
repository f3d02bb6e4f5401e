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
    guard let value = Value(cell: Cell(bytes: bytes(index))) else {
      throw .undecodable(statement: statement, column: Int(index) + 1, type: "\(type)")
    }
    return value
  }

  /// A column as PostgreSQL's text of it; nil for NULL.
  func text(_ index: Int32) -> String? { bytes(index).map { String(decoding: $0, as: UTF8.self) } }

  private func bytes(_ index: Int32) -> UnsafeBufferPointer<UInt8>? {
    guard PQgetisnull(result, row, index) == 0, let start = PQgetvalue(result, row, index) else {
      return nil
    }
    let count = Int(PQgetlength(result, row, index))
    return start.withMemoryRebound(to: UInt8.self, capacity: count) {
      UnsafeBufferPointer(start: $0, count: count)
    }
  }
}
