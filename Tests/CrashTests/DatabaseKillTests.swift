import Glibc
import Testing

@testable import Postgres

/// `kill -9` of the embedded database in the midst of writes, while the server lives.
@Suite struct DatabaseKillTests {
  /// Whom a round kills.
  enum Victim {
    case postmaster, backend, everything

    /// The processes to kill.
    func processes(_ home: CrashHome) throws -> [pid_t] {
      switch self {
      case .postmaster: return [try #require(home.postmaster)]
      case .backend:
        // Sessions of the service name their database; the auxiliary processes do not.
        let backends = home.databaseProcesses.filter { pid in
          readTail("/proc/\(pid)/cmdline")?.contains(": sister_service sister ") == true
        }
        return [try #require(backends.randomElement(), "the service has no session")]
      case .everything: return home.databaseProcesses
      }
    }
  }

  @Test func theServerRevivesAKilledDatabaseByItselfAndNothingAcknowledgedIsLost() async throws {
    let rounds = CrashRounds.count(25)
    try await CrashHome.with { home in
      let server = try RunningServer(home)
      let writers = Writers(8, socket: home.socket)
      defer { writers.stop() }
      var hits = HitCounter()
      var unanswered = 0
      for round in 1...rounds {
        try #require(writers.waitForProgress(), "no writes in round \(round)")
        hits.note(writers.ledger)
        pauseForARandomMoment()
        // Without its postmaster a backend still answers what it is at; the other kills cut it off.
        let victims: [Victim] = [.postmaster, .everything, .backend, .everything, .backend]
        let processes = try victims[round % victims.count].processes(home)
        for process in processes { kill(process, SIGKILL) }
        unanswered += writers.unanswered
        let haveEnded = waitUntil(seconds: 30) {
          Set(home.databaseProcesses).isDisjoint(with: processes)
        }
        #expect(haveEnded, "round \(round)")
      }
      #expect(writers.waitForProgress())
      writers.stop()
      #expect(server.program?.poll() == nil, "the server has ended")
      let ledger = writers.ledger
      hits.note(ledger)
      let verdict = try Checker(home.connect()).judge(ledger.acknowledged)
      print(
        "database killed \(rounds) times, \(unanswered) writes being under way, in \(hits.hits) "
          + "noticed: \(ledger.numbers)")
      #expect(verdict.isSound, "\(verdict)")
      #expect(ledger.surprises == [])
      #expect(ledger.isResolved, "\(ledger.numbers)")
      // What is cut off the server sends again by its key, and mostly no client notices.
      #expect(hits.hits > 0, "no client noticed any kill")
      #expect(unanswered > rounds, "only \(unanswered) writes were under way at kills")
    }
  }
}
