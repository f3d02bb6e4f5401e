import CommandLanguage
import EventLoop
import Foundations
import Postgres

/// What a server knows of itself beside its database: the part of `server status` that only the
/// server can say. All zero where a service runs without one.
package struct ServerStatus: Sendable {
  package var uptimeMilliseconds: Int64 = 0
  package var isDraining = false
  /// Connections, and those of somebody who is known.
  package var connections = 0
  package var authenticated = 0
  /// Requests under way, those that wait for their turn or their answers' turn, and those whose rows
  /// are streaming.
  package var running = 0
  package var waiting = 0
  package var streams = 0
  /// Requests answered since the start, and those of them with an error.
  package var requests: Int64 = 0
  package var errors: Int64 = 0
  /// How long requests took of late; nil where there were none.
  package var latency: Latency?

  /// Durations in microseconds.
  package struct Latency: Sendable, Equatable {
    package let median: Int64
    package let percentile99: Int64
    package let maximum: Int64

    /// Durations as they were counted.
    package init(median: Int64, percentile99: Int64, maximum: Int64) {
      self.median = median
      self.percentile99 = percentile99
      self.maximum = maximum
    }
  }

  /// A server that has done nothing yet.
  package init() {}
}

/// What is known of the databases behind a service.
private struct DatabaseStatus: Sendable {
  /// How long the answer to a question took, in microseconds; nil where there was none.
  var roundTrip: Int64?
  var unsealed: Int64?
  var report = "unreachable"
  /// Seconds by which the database for reports is behind.
  var reportLag: String?
}

/// The command that shows how a server is doing.
///
/// It needs `audit.read`, the least that somebody has who watches over the service: it shows counts
/// only, and nobody's data.
enum ServerCommands {
  static let all = [status]

  static let status = Command<CommandContext>(
    "server status", "Show how the server is doing: load, latency, its database.",
    needs: .capability(.auditRead), effect: .read, returns: .record(columns),
    example: "server status format=json"
  ) { (context, _) async throws(DomainError) in
    await context.serverStatus()
  }

  static let columns: [Column] = [
    .text("version"), .integer("uptime-s"), Column("draining", .boolean), .integer("connections"),
    .integer("authenticated"), .integer("running"), .integer("waiting"), .integer("streams"),
    .integer("watches"), .integer("transactions"), .integer("requests"), .integer("errors"),
    .number("p50-ms"), .number("p99-ms"), .number("max-ms"), Column("database", .boolean),
    .number("database-ms"), .integer("unsealed"), .text("report-database"),
    .number("report-lag-s"), .table("pools"),
  ]

  static let poolColumns: [Column] = [
    .text("pool"), .integer("in-use"), .integer("open"), .integer("size"), .integer("waiting"),
  ]
}

/// What is asked of the databases.
enum StatusStatements {
  static let ping = Statement(
    "access.status-ping", "SELECT true", lane: .shared, row: { (answer: Bool) in answer })

  /// Whether the database for reports is a replica, and by how many seconds it is behind. One that
  /// has replayed all that it has received is not, as long as it receives.
  static let replica = Statement(
    "access.status-replica",
    """
    SELECT CASE WHEN pg_is_in_recovery() THEN 'replica' ELSE 'primary' END,
      CASE WHEN NOT pg_is_in_recovery() THEN NULL
        WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
          AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN '0'
        ELSE round(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 1)::text
      END
    """, lane: .report, row: { (role: String, lag: String?) in (role, lag) })

  /// For the area's list.
  static let all = [ping.description, replica.description]
}

extension CommandContext {
  /// One record of how the server is doing. A database that does not answer is no error: that is
  /// what is asked.
  fileprivate func serverStatus() async -> Reply {
    let server = service.serverStatus()
    let pools = service.database.usage
    let database = await service.databaseStatus()
    func milliseconds(_ microseconds: Int64?) -> Value {
      guard let microseconds else { return .null }
      let tenths = (microseconds + 50) / 100
      return .text("\(tenths / 10).\(tenths % 10)")
    }
    let row: [Value] = [
      .text(Version.current), .integer(server.uptimeMilliseconds / 1_000),
      .boolean(server.isDraining), .integer(Int64(server.connections)),
      .integer(Int64(server.authenticated)), .integer(Int64(server.running)),
      .integer(Int64(server.waiting)), .integer(Int64(server.streams)),
      .integer(Int64(service.changes.watches)), .integer(Int64(service.openTransactions)),
      .integer(server.requests), .integer(server.errors), milliseconds(server.latency?.median),
      milliseconds(server.latency?.percentile99), milliseconds(server.latency?.maximum),
      .boolean(database.roundTrip != nil), milliseconds(database.roundTrip),
      database.unsealed.map { .integer($0) } ?? .null,
      .text(service.database.hasReportDatabase ? database.report : "same"),
      .text(database.reportLag),
      .table(
        Table(
          columns: ServerCommands.poolColumns,
          rows: pools.map { pool in
            [.text(pool.name)]
              + [pool.inUse, pool.open, pool.size, pool.waiting].map { .integer(Int64($0)) }
          })),
    ]
    return .record(Table(columns: ServerCommands.columns, rows: [row]))
  }
}

extension Service {
  /// Asks the databases how they are, and takes what has come when time is up.
  fileprivate func databaseStatus() async -> DatabaseStatus {
    let found = Found()
    EventLoop.task {
      await self.ask(found)
      await found.finish()
    }
    let timer = LoopTimer()
    timer.start(milliseconds: Limits.statusMilliseconds) { found.finish() }
    await found.wait()
    timer.cancel()
    return found.status
  }

  private func ask(_ found: Found) async {
    let start = MonotonicClock.nowMicroseconds
    guard (try? await database.read(StatusStatements.ping, ())) != nil else { return }
    found.status.roundTrip = MonotonicClock.nowMicroseconds - start
    found.status.unsealed = try? await database.read(SealStatements.state, ()).first?.unsealed
    guard database.hasReportDatabase,
      let results = try? await database.readReport([StatusStatements.replica.with(())]),
      let replica = try? results[0].rows(StatusStatements.replica).first
    else { return }
    found.status.report = replica.0
    found.status.reportLag = replica.1
  }

  /// What has been found out so far, and who waits for it.
  @EventLoop
  private final class Found {
    var status = DatabaseStatus()
    private var isFinished = false
    private var waiter: CheckedContinuation<Void, Never>?

    func finish() {
      isFinished = true
      waiter?.resume()
      waiter = nil
    }

    func wait() async {
      guard !isFinished else { return }
      await withCheckedContinuation { continuation in
        waiter = continuation
        // It may have come on the way here.
        if isFinished { finish() }
      }
    }
  }
}
