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
      for command in [
        "initiative create TOTAL \"What the writers report on\" humanitarian",
        "indicator create TOTAL reports \"Reports\" pieces 1000000",
      ] {
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

  @Test func whereCommitsAreNotDurableNothingIsWrittenAndReadsGoOn() async throws {
    try await OwnCluster.with(settings: Self.weak) { cluster, folder in
      let socket = folder + "/sister.sock"
      let server = try RunningServer(
        ["--home", folder, "--database-url", cluster.url()], socket: socket, in: folder)
      defer { server.stop() }
      let client = try #require(LineClient(socket))
      let write = KeyedWrite(client: "x", number: 2)
      #expect(
        client.run(write.command) == .refused(code: "denied.not-durable", effectIsUnknown: false))
      #expect(client.status.contains("synchronous_commit off"))
      #expect(client.run("initiative list") == .acknowledged(replayed: false))
      #expect(client.rows == [])
      let count = try cluster.connect().exec("SELECT count(*) FROM access.request")
      #expect(count == [["0"]])
    }
  }
}
