import Glibc
import Testing

/// `kill -9` of the server in the midst of writes.
@Suite struct ServerKillTests {
  @Test func aKilledServerLosesNothingAcknowledgedAndDoesNothingTwice() async throws {
    let rounds = CrashRounds.count(25)
    try await CrashHome.with { home in
      let server = try RunningServer(home)
      let writers = Writers(4, socket: home.socket)
      defer { writers.stop() }
      var hits = HitCounter()
      for round in 1...rounds {
        try #require(writers.waitForProgress(), "no writes in round \(round)")
        hits.note(writers.ledger)
        pauseForARandomMoment()
        server.crash()
        #expect(server.program?.poll() == .signalled(SIGKILL))
        try server.start()
      }
      #expect(writers.waitForProgress())
      writers.stop()
      let ledger = writers.ledger
      hits.note(ledger)
      let verdict = try Checker(home.connect()).judge(ledger.acknowledged)
      print("server killed \(rounds) times, in \(hits.hits) amid writes: \(ledger.numbers)")
      #expect(verdict.isSound, "\(verdict)")
      #expect(ledger.surprises == [])
      #expect(ledger.isResolved, "\(ledger.numbers)")
      #expect(ledger.unknown > 0, "no kill came between a request and its answer")
      #expect(hits.hits > rounds / 2, "only \(hits.hits) of \(rounds) kills came amid writes")
    }
  }
}
