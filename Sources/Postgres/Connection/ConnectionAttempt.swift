import CLibPQ
import EventLoop
import Foundations

/// One attempt to connect, without blocking the loop.
@EventLoop
enum ConnectionAttempt {
  /// A connected handle, set up as every session of the service is.
  static func connect(_ connectionString: String) async throws(PostgresError) -> OpaquePointer {
    guard let handle = start(connectionString) else { throw .unreachable("out of memory") }
    let deadline = MonotonicClock.nowMilliseconds + Limits.connectMilliseconds
    var state = PGRES_POLLING_WRITING
    while state == PGRES_POLLING_WRITING || state == PGRES_POLLING_READING {
      guard PQstatus(handle) != CONNECTION_BAD else { break }
      let remaining = deadline - MonotonicClock.nowMilliseconds
      guard remaining > 0,
        await DescriptorWatch.wait(
          PQsocket(handle), forWriting: state == PGRES_POLLING_WRITING, milliseconds: remaining)
      else { throw failure(handle, "no answer within \(Limits.connectMilliseconds) ms") }
      state = PQconnectPoll(handle)
    }
    guard state == PGRES_POLLING_OK else { throw failure(handle, nil) }
    // Notices are for people at psql; libpq would print them on standard error.
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
    return handle
  }

  private static func start(_ connectionString: String) -> OpaquePointer? {
    // Later keywords win over those in the connection string.
    let settings: [(String, String)] = [
      ("dbname", connectionString),
      ("application_name", "sister"),
      ("client_encoding", "UTF8"),
      (
        "options",
        "-c timezone=UTC -c datestyle=ISO -c intervalstyle=iso_8601"
          + " -c statement_timeout=\(Limits.statementMilliseconds)"
          + " -c idle_in_transaction_session_timeout=\(Limits.statementMilliseconds)"
          + " -c search_path=pg_catalog"
      ),
    ]
    return withCStrings(settings.map(\.0)) { keywords in
      withCStrings(settings.map(\.1)) { values in
        PQconnectStartParams(keywords, values, 1)
      }
    }
  }

  private static func failure(_ handle: OpaquePointer, _ reason: String?) -> PostgresError {
    let message = reason ?? String(cString: PQerrorMessage(handle))
    PQfinish(handle)
    return .unreachable(message.split(separator: "\n").joined(separator: "; "))
  }

  /// Calls `body` with a NULL-terminated array of C strings.
  private static func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
  ) -> Result {
    var bytes: [CChar] = []
    var starts: [Int] = []
    for string in strings {
      starts.append(bytes.count)
      bytes.append(contentsOf: string.utf8.map { CChar(bitPattern: $0) })
      bytes.append(0)
    }
    return bytes.withUnsafeBufferPointer { buffer in
      let pointers = starts.map { start in buffer.baseAddress.map { $0 + start } } + [nil]
      return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
    }
  }
}
