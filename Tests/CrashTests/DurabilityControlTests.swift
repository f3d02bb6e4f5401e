import TestSupport
import Testing

/// The control of the crash tests: where commits are not durable, their checker sees the loss;
/// and `sister` does not write there unless it is told to.
@Suite struct DurabilityControlTests {
  /// Commits wait for nothing, and the log is written late.
  private static let weak = ["synchronous_commit=off", "wal_writer_delay=10s"]

  @Test func theCheckerSeesLossWhereCommitsAreNotDurable() async throws {
    try await OwnCluster.with(settings: Self.weak) { cluster, folder in
      let socket = folder + "/sister.sock"
      let server = try RunningServer(
        ["--home", folder, "--database-url", cluster.url(), "--accept-weak-durability", "yes"],
        socket: socket, in: folder)
      defer { server.stop() }
      let seed = try #require(LineClient(socket))
      for command in KeyedWrite.preparations {
        #expect(seed.run(command) == .acknowledged(replayed: false))
      }
      // The test's own preparations are not to be lost.
      try RawConnection(cluster.url("postgres")).exec("CHECKPOINT")
      var lost: [String] = []
      var rounds = 0
      while lost.isEmpty, rounds < 25 {
        rounds += 1
        let writers = Writers(4, socket: socket, named: "r\(rounds)")
        defer { writers.stop() }
        try #require(writers.waitForProgress())
        pauseForARandomMoment()
        let acknowledged = writers.ledger.acknowledged
        cluster.crash()
        try cluster.start()
        lost = try Checker(cluster.connect()).judge(acknowledged).lost
        print(
          "synchronous_commit=off, round \(rounds): acknowledged \(acknowledged.count), "
            + "lost \(lost.count)")
      }
      #expect(!lost.isEmpty, "nothing was lost in \(rounds) rounds: the checker proves nothing")
    }
  }

  @Test func theCheckerSeesWhatIsDoubledMissingAndUnexpected() async throws {
    try await CrashHome.with { home in
      let server = try RunningServer(home)
      defer { server.stop() }
      let client = try #require(LineClient(home.socket))
      let writes = (1...4).map { KeyedWrite(client: "c", number: $0) }
      for write in writes {
        #expect(client.run(write.command) == .acknowledged(replayed: false))
      }
      let database = try home.connect()
      func verdict(_ sql: String) throws -> Verdict {
        try database.exec("ALTER TABLE initiatives.actual DISABLE TRIGGER USER; " + sql)
        return try Checker(database).judge(Set(writes))
      }
      #expect(try verdict("").isSound)
      let doubled = try verdict(
        """
        INSERT INTO initiatives.actual (indicator_id, period_id, achieved_on, amount, note, state,
          changed_by, changed_at, submitted_by, submitted_at)
        SELECT indicator_id, period_id, achieved_on, amount, note, state, changed_by, changed_at,
          submitted_by, submitted_at FROM initiatives.actual
        WHERE note = '\(writes[0].key)'
        """)
      #expect(doubled.doubled == [writes[0].key])
      #expect(doubled.wrongSums == ["3", "3"])
      let missing = try verdict("DELETE FROM access.request WHERE key = '\(writes[1].key)'")
      #expect(missing.lost == [writes[1].key])
      let unexpected = try verdict("UPDATE initiatives.actual SET note = 'nobody'")
      #expect(unexpected.unexpected == ["nobody"])
    }
  }

  @Test func whereCommitsAreNotDurableNothingIsWrittenAndReadsGoOn() async throws {
    try await OwnCluster.with(settings: ["fsync=off"]) { cluster, folder in
      let socket = folder + "/sister.sock"
      let server = try RunningServer(
        ["--home", folder, "--database-url", cluster.url()], socket: socket, in: folder)
      defer { server.stop() }
      let client = try #require(LineClient(socket))
      let write = KeyedWrite(client: "x", number: 2)
      #expect(
        client.run(write.command) == .refused(code: "denied.not-durable", effectIsUnknown: false))
      #expect(client.status.contains("setting of fsync and"))
      #expect(client.run("initiative list") == .acknowledged(replayed: false))
      #expect(client.rows == [])
      let count = try cluster.connect().exec("SELECT count(*) FROM access.request")
      #expect(count == [["0"]])
    }
  }

  @Test func aServerWhoseCommitsAreNotDurableByDefaultIsWrittenToDurably() async throws {
    try await OwnCluster.with(settings: Self.weak) { cluster, folder in
      let socket = folder + "/sister.sock"
      let server = try RunningServer(
        ["--home", folder, "--database-url", cluster.url()], socket: socket, in: folder)
      defer { server.stop() }
      let client = try #require(LineClient(socket))
      // The log writer would take 10 s; a commit that did not wait for the disk would be lost.
      #expect(
        client.run("initiative create LASTS \"Lasts\" humanitarian")
          == .acknowledged(replayed: false))
      cluster.crash()
      try cluster.start()
      let rows = try cluster.connect().exec(
        "SELECT count(*) FROM initiatives.initiative WHERE code = 'LASTS'")
      #expect(rows == [["1"]])
    }
  }

  @Test func aDatabaseThatBecomesWeakWhileTheServerRunsIsNotWrittenTo() async throws {
    try await OwnCluster.with { cluster, folder in
      let socket = folder + "/sister.sock"
      let server = try RunningServer(
        ["--home", folder, "--database-url", cluster.url()], socket: socket, in: folder)
      defer { server.stop() }
      let client = try #require(LineClient(socket))
      #expect(
        client.run("initiative create FIRST \"First\" humanitarian")
          == .acknowledged(replayed: false))
      // As a failover to another server would: new connections, other settings.
      let administrator = try RawConnection(cluster.url("postgres", database: "postgres"))
      try administrator.exec("ALTER SYSTEM SET full_page_writes = off")
      try administrator.exec("SELECT pg_reload_conf()")
      #expect(
        waitUntil(seconds: 10) {
          (try? administrator.exec("SHOW full_page_writes")) == [["off"]]
        })
      try administrator.exec(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'sister_service'")
      let refusal = waitUntil(seconds: 10) {
        client.run("initiative create OTHER \"Other\" humanitarian")
          == .refused(code: "denied.not-durable", effectIsUnknown: false)
      }
      #expect(refusal, "\(client.status)")
      #expect(client.run("initiative list") == .acknowledged(replayed: false))
      #expect(
        try cluster.connect().exec("SELECT string_agg(code, ',') FROM initiatives.initiative")
          == [["FIRST"]])
    }
  }
}
