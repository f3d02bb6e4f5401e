import Glibc
import Testing

/// `kill -9` of the server in the midst of writes.
@Suite struct ServerKillTests {
  @Test func aKilledServerLosesNothingAcknowledgedAndDoesNothingTwice() async throws {
    try await CrashHome.with { home in
      let server = try RunningServer(home)
      let writers = Writers(4, socket: home.socket)
      defer { writers.stop() }
      for round in 1...25 {
        try #require(writers.waitForProgress(), "no writes in round \(round)")
        pauseForARandomMoment()
        server.crash()
        #expect(server.program?.poll() == .signalled(SIGKILL))
        try server.start()
      }
      #expect(writers.waitForProgress())
      writers.stop()
      let ledger = writers.ledger
      let verdict = try Checker(home.connect()).judge(ledger.acknowledged)
      print("server killed 25 times: \(ledger.numbers)")
      #expect(verdict.isSound, "\(verdict)")
      #expect(ledger.surprises == [])
      #expect(ledger.unknown > 0, "no kill came between a request and its answer")
    }
  }
}
