import CLibPQ
import EventLoop
import Foundations

/// One attempt to connect, without blocking the loop.
@EventLoop
enum ConnectionAttempt {
  /// A connected handle, set up as every session of the service is.
  static func connect(
    _ connectionString: String, _ durability: DurabilityDemand
  ) async throws(PostgresError) -> OpaquePointer {
    guard let handle = start(connectionString, durability) else {
      throw .unreachable("out of memory")
    }
    var state = PGRES_POLLING_WRITING
    var steps = 0
    while state == PGRES_POLLING_WRITING || state == PGRES_POLLING_READING {
      guard PQstatus(handle) != CONNECTION_BAD, steps < Limits.connectSteps else { break }
      steps += 1
      guard
        await DescriptorWatch.wait(
          PQsocket(handle), forWriting: state == PGRES_POLLING_WRITING,
          milliseconds: Limits.connectMilliseconds)
      else { throw failure(handle, "no answer within \(Limits.connectMilliseconds) ms") }
      state = PQconnectPoll(handle)
    }
    guard state == PGRES_POLLING_OK else {
      throw failure(handle, steps < Limits.connectSteps ? nil : "its answers do not come to an end")
    }
    // Notices are for people at psql; libpq would print them on standard error.
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
    return handle
  }

  private static func start(
    _ connectionString: String, _ durability: DurabilityDemand
  ) -> OpaquePointer? {
    // Later keywords win over those in the connection string; of options, ours come last and win.
    let settings: [(String, String)] = [
      ("dbname", connectionString),
      ("application_name", "sister"),
      ("client_encoding", "UTF8"),
      ("options", "\(options(of: connectionString)) \(ownOptions(durability))"),
    ]
    return withConstantCStrings(settings.map(\.0)) { keywords in
      withConstantCStrings(settings.map(\.1)) { values in
        PQconnectStartParams(keywords, values, 1)
      }
    }
  }

  private static func ownOptions(_ durability: DurabilityDemand) -> String {
    let always =
      "-c timezone=UTC -c datestyle=ISO -c intervalstyle=iso_8601"
      + " -c statement_timeout=\(Limits.statementMilliseconds)"
      + " -c lock_timeout=\(Limits.lockMilliseconds)"
      + " -c idle_in_transaction_session_timeout=\(Limits.statementMilliseconds)"
      + " -c search_path=pg_catalog"
      // Nothing here runs long enough to be worth being compiled, which takes up to half a second.
      + " -c jit=off"
    // The server's default, or the role's, may be weaker; this session's commits are not.
    return durability == .full ? always + " -c synchronous_commit=on" : always
  }

  /// The options that a connection string has itself; empty where it has none, or is none.
  private static func options(of connectionString: String) -> String {
    guard let parsed = PQconninfoParse(connectionString, nil) else { return "" }
    defer { PQconninfoFree(parsed) }
    var option = parsed
    while let keyword = option.pointee.keyword {
      if String(cString: keyword) == "options" {
        return option.pointee.val.map { String(cString: $0) } ?? ""
      }
      option += 1
    }
    return ""
  }

  private static func failure(_ handle: OpaquePointer, _ reason: String?) -> PostgresError {
    let message = reason ?? String(cString: PQerrorMessage(handle))
    PQfinish(handle)
    return .unreachable(message.split(separator: "\n").joined(separator: "; "))
  }
}
