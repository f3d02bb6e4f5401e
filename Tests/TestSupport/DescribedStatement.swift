import CLibPQ

/// A statement as PostgreSQL understands it.
package struct DescribedStatement: Sendable {
  /// A column of its result, and where it comes from.
  package struct Column: Sendable {
    package let type: UInt32
    /// The table or view, or 0 for what is computed.
    package let relation: UInt32
    /// The column's number in there.
    package let number: Int32
  }

  /// The parameters' types.
  package let parameters: [UInt32]
  package let columns: [Column]
}

extension RawConnection {
  /// Prepares `sql` with parameters of these types and asks what it takes and gives.
  package func describe(
    _ sql: String, _ types: [UInt32]
  ) throws(RawSQLError) -> DescribedStatement {
    let prepared = PQprepare(handle, "", sql, Int32(types.count), types)
    defer { PQclear(prepared) }
    try check(prepared)
    let described = PQdescribePrepared(handle, "")
    defer { PQclear(described) }
    try check(described)
    return DescribedStatement(
      parameters: (0..<PQnparams(described)).map { PQparamtype(described, $0) },
      columns: (0..<PQnfields(described)).map { index in
        .init(
          type: PQftype(described, index), relation: PQftable(described, index),
          number: PQftablecol(described, index))
      })
  }

  private func check(_ result: OpaquePointer?) throws(RawSQLError) {
    guard PQresultStatus(result) != PGRES_COMMAND_OK else { return }
    func field(_ code: Character) -> String? {
      PQresultErrorField(result, Int32(code.asciiValue ?? 0)).map { String(cString: $0) }
    }
    throw RawSQLError(
      sqlState: field("C") ?? "", message: field("M") ?? "", constraint: field("n"))
  }
}
