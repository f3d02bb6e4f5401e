import CLibPQ
import EventLoop
import Foundations

/// COPY out of PostgreSQL, which libpq does not pipeline: for its time the connection is taken out of
/// pipeline mode, and takes input in when it is wanted, not when it comes.
extension Connection {
  /// Sends a COPY to the client.
  func beginCopy(_ sql: String) async throws(PostgresError) {
    guard await beginExclusiveUse(), PQsendQuery(handle, sql) == 1 else { throw lost() }
    flush()
    guard let result = try await nextResult() else { throw lost() }
    defer { PQclear(result) }
    guard PQresultStatus(result) == PGRES_COPY_OUT else {
      let error = PostgresError.server(from: result)
      try await endCopy()
      throw error
    }
  }

  /// The rows that have come, after waiting for the first of them; nil when the copy has ended.
  func nextCopied() async throws(PostgresError) -> RecordBatch? {
    guard !isBroken else { throw lost() }
    var batch = RecordBatch()
    while batch.bytes.count < Limits.copyBytes {
      var row: UnsafeMutablePointer<CChar>?
      let count = PQgetCopyData(handle, &row, 1)
      if count > 0, let row {
        row.withMemoryRebound(to: UInt8.self, capacity: Int(count)) {
          batch.append(UnsafeBufferPointer(start: $0, count: Int(count)))
        }
        PQfreemem(row)
      } else if !batch.bytes.isEmpty {
        break
      } else if count == 0 {
        try await receive()
      } else {
        try await finishCopy()
        return nil
      }
    }
    return batch
  }

  private func finishCopy() async throws(PostgresError) {
    guard let result = try await nextResult() else { throw lost() }
    defer { PQclear(result) }
    let isDone = PQresultStatus(result) == PGRES_COMMAND_OK
    let error = isDone ? nil : PostgresError.server(from: result)
    try await endCopy()
    if let error { throw error }
  }

  /// Takes what is left of the copy's results, and goes back to pipeline mode.
  private func endCopy() async throws(PostgresError) {
    while let result = try await nextResult() { PQclear(result) }
    guard endExclusiveUse() else { throw lost() }
  }

  private func nextResult() async throws(PostgresError) -> OpaquePointer? {
    guard !isBroken else { throw lost() }
    while PQisBusy(handle) == 1 { try await receive() }
    return PQgetResult(handle)
  }

  private func lost() -> PostgresError {
    close()
    return .connectionLost(committing: false)
  }
}
