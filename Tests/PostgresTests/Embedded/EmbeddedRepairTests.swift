import Glibc
import TestSupport
import Testing

@testable import Postgres

/// What was killed, left behind or forged is mended, and committed data is still there.
@Suite struct EmbeddedRepairTests {
  @Test func aKilledPostgresIsStartedAgainWithItsData() async throws {
    try await EmbeddedTestHome.with { home in
      try await blocking {
        let lease = try home.acquire()
        defer { lease.release() }
        try sql(
          lease.connectionString(role: .owner),
          "CREATE TABLE note (text text); INSERT INTO note VALUES ('kept')")
        let first = try #require(home.postmaster)
        kill(first, SIGKILL)
        try lease.ensureRunning()
        #expect(home.postmaster != first)
        try #expect(
          sql(lease.connectionString(role: .owner), "SELECT text FROM note") == [["kept"]])
        #expect(home.keepers.count == 1)
      }
    }
  }

  /// A backend in the midst of a query does not notice that its postmaster died, and PostgreSQL
  /// does not start beside it.
  @Test func aQueryThatOutlivesItsPostmasterIsEnded() async throws {
    try await EmbeddedTestHome.with { home in
      try await blocking {
        let lease = try home.acquire()
        defer { lease.release() }
        let first = try #require(home.postmaster)
        try duringEndlessQuery(lease) {
          kill(first, SIGKILL)
          try lease.ensureRunning()
        }
        #expect(home.postmaster != first)
      }
    }
  }

  @Test func theKeeperEndsAQueryThatOutlivesItsPostmaster() async throws {
    try await EmbeddedTestHome.with { home in
      try await blocking {
        let lease = try home.acquire()
        try duringEndlessQuery(lease) {
          kill(try #require(home.postmaster), SIGKILL)
          lease.release()
        }
        #expect(home.waitUntilStopped())
      }
    }
  }

  /// The number in a pid file may be another process of the same user by now.
  @Test func aStalePidFileIsNoObstacle() async throws {
    try await EmbeddedTestHome.with { home in
      try await blocking {
        let account = try ClusterHome.open(home.home).account
        let stranger = try ChildProcess.spawn(account.command(["/bin/sleep", "60"]))
        defer {
          kill(stranger.pid, SIGKILL)
          _ = stranger.wait()
        }
        let paths = try home.paths
        try replaceFile(
          paths.postmasterFile,
          text: "\(stranger.pid)\n\(paths.data)\n1\n5432\n\(paths.run)\n\n 1 1\nready\n",
          owner: account)
        let lease = try home.acquire()
        defer { lease.release() }
        #expect(home.postmaster != stranger.pid)
        try sql(lease.connectionString(role: .service), "SELECT 1")
      }
    }
  }

  @Test(arguments: [true, false])
  func aKilledKeeperIsReplaced(byTheSameLease: Bool) async throws {
    try await EmbeddedTestHome.with { home in
      try await blocking {
        let lease = try home.acquire()
        let postmaster = home.postmaster
        let keeper = try #require(home.keepers.first)
        kill(keeper, SIGKILL)
        #expect(waitUntil(seconds: 5) { home.keepers.isEmpty })
        if byTheSameLease {
          try lease.ensureRunning()
        } else {
          try home.acquire().release()
        }
        #expect(home.keepers.count == 1)
        #expect(home.postmaster == postmaster)
        try sql(lease.connectionString(role: .service), "SELECT 1")
        lease.release()
        #expect(home.waitUntilStopped())
      }
    }
  }

  /// A user that leaves after its keeper was killed sees to a new one first.
  @Test func leavingWithoutAKeeperStopsPostgresAllTheSame() async throws {
    try await EmbeddedTestHome.with { home in
      try await blocking {
        let lease = try home.acquire()
        kill(try #require(home.keepers.first), SIGKILL)
        #expect(waitUntil(seconds: 5) { home.keepers.isEmpty })
        lease.release()
        #expect(home.waitUntilStopped())
      }
    }
  }

  /// User and keeper killed at the same moment leave PostgreSQL alone; the next user adopts it.
  @Test func anAbandonedPostgresIsAdopted() async throws {
    try await EmbeddedTestHome.with { home in
      let path = home.home
      await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
        let lease = try EmbeddedCluster(home: path).acquire { _ in }
        defer { lease.release() }
        for keeper in EmbeddedTestHome.keepers(of: path) { kill(keeper, SIGKILL) }
        kill(getpid(), SIGKILL)
      }
      try await blocking {
        let postmaster = try #require(home.postmaster)
        #expect(home.processes.contains(postmaster))
        let lease = try home.acquire()
        #expect(home.postmaster == postmaster)
        lease.release()
        #expect(home.waitUntilStopped())
      }
    }
  }

  /// Whatever a killed first start leaves, the next one clears it away.
  @Test func anUnfinishedClusterIsMadeAnew() async throws {
    try await EmbeddedTestHome.with(prepared: false) { home in
      let path = home.home
      await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
        let lease = try EmbeddedCluster(home: path).acquire { _ in
          // The first thing that is said comes before initdb runs; this kills us in its midst.
          alarm(1)
          signal(SIGALRM) { _ in kill(getpid(), SIGKILL) }
        }
        lease.release()
        kill(getpid(), SIGKILL)
      }
      try await blocking {
        let lease = try home.acquire()
        defer { lease.release() }
        try sql(lease.connectionString(role: .service), "SELECT 1")
        #expect(!namesInFolder(path).contains { $0.hasPrefix("data.unfinished") })
      }
    }
  }

  /// PostgreSQL goes on with what a killed user had sent: here, with making the database.
  @Test func whatAKilledUserHadBegunIsWaitedFor() async throws {
    try await EmbeddedTestHome.with { home in
      let lease = try await blocking { try home.acquire() }
      let administrator = lease.connectionString(role: .administrator, database: "postgres")
      let leftover = try RawConnection(administrator)
      try leftover.exec("SELECT pg_advisory_lock(\(ClusterBootstrap.lockKey))")
      try leftover.exec("DROP DATABASE sister")
      async let next = blocking { try home.acquire() }
      try await eventually("the next user waits") {
        let waiting = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        return (try? await blocking { try sql(administrator, waiting).count }) == 1
      }
      try leftover.exec("CREATE DATABASE sister OWNER sister_owner")
      try leftover.exec("SELECT pg_advisory_unlock_all()")
      try await next.release()
      lease.release()
    }
  }

  @Test func aFailureToStartQuotesTheLog() async throws {
    try await EmbeddedTestHome.with { home in
      try await blocking {
        let conf = open(home.home + "/data/postgresql.conf", O_WRONLY | O_APPEND)
        let line = "no_such_setting = 1\n"
        write(conf, line, line.utf8.count)
        close(conf)
        let error = #expect(throws: EmbeddedClusterError.self) { try home.acquire() }
        #expect(error?.reason == .startFailed)
        #expect(error?.message.contains("no_such_setting") == true)
      }
    }
  }

  /// Does something while a query runs that never ends by itself; it must end by what is done.
  private func duringEndlessQuery(_ lease: ClusterLease, _ body: () throws -> Void) throws {
    let account = try ClusterHome.open(lease.home).account
    let binaries = try ServerBinaries.locate(named: nil, dataMajor: nil, account: account)
    let client = try ChildProcess.spawn(
      account.command([
        binaries.folder + "/psql", "--dbname", lease.connectionString(role: .owner),
        "--command", "DO $$ BEGIN LOOP END LOOP; END $$",
      ]))
    // An uncollected child would confuse the collector of the exit tests.
    var ending: ChildProcess.Ending?
    defer {
      if ending == nil {
        kill(client.pid, SIGKILL)
        _ = client.wait()
      }
    }
    let runs = try waitUntil(seconds: 10) {
      try sql(
        lease.connectionString(role: .owner),
        "SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'DO %'"
      ).count == 1
    }
    try #require(runs)
    try body()
    #expect(
      waitUntil(seconds: 15) {
        ending = client.poll()
        return ending != nil
      })
    #expect(ending != .exited(0))
  }
}
