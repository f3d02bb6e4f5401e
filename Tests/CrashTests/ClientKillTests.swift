import Glibc
import Testing

@testable import Postgres

/// `kill -9` of a client in the midst of a batch, which is then run again whole.
@Suite struct ClientKillTests {
  private static let batchSize = 400

  @Test(arguments: [(rounds: 20, served: true), (rounds: 5, served: false)])
  func aKilledBatchIsRunAgainAndEachOfItsCommandsHappensOnce(
    rounds: Int, served: Bool
  ) async throws {
    try await CrashHome.with { home in
      let server = served ? try RunningServer(home) : nil
      var ledger = Ledger()
      var interrupted = 0
      for round in 1...rounds {
        let writes = (1...Self.batchSize).map { KeyedWrite(client: "b\(round)", number: $0) }
        let file = "\(home.folder)/batch-\(round)"
        try Self.write(writes, to: file)
        let arguments = ["--home", home.path, "-f", file]
        let first = try Program(sister: arguments, in: home.folder)
        let began = waitUntil(seconds: 120, everyMilliseconds: 5) {
          first.poll() != nil || !first.output.isEmpty
        }
        try #require(began, "\(first.errors)")
        pauseForARandomMoment()
        first.crash()
        let acknowledged = Self.wholeLines(first.output)
        if acknowledged.count < writes.count { interrupted += 1 }

        let second = try Program(sister: arguments, in: home.folder)
        try #require(second.wait(seconds: 120) == .exited(0), "\(second.errors)")
        let answers = Self.wholeLines(second.output)
        #expect(answers.count == writes.count)
        let replayed = answers.filter { $0.contains("replayed=yes") }.count
        // At most the one that was under way may have happened without its answer being seen.
        #expect((acknowledged.count...acknowledged.count + 1).contains(replayed))
        #expect(answers.prefix(acknowledged.count).allSatisfy { $0.contains("replayed=yes") })
        ledger.acknowledged.formUnion(writes)
        if acknowledged.count < writes.count {
          ledger.unknown += 1
          if replayed > acknowledged.count { ledger.committed += 1 } else { ledger.fresh += 1 }
        }
      }
      // The program that was its own server has taken its database with it.
      let reader = served ? server : try RunningServer(home)
      let verdict = try Checker(home.connect()).judge(ledger.acknowledged)
      print("client killed \(rounds) times, served \(served): \(ledger.numbers)")
      #expect(verdict.isSound, "\(verdict)")
      #expect(interrupted > 0, "no kill came in the midst of a batch")
      reader?.stop()
    }
  }

  private static func write(_ writes: [KeyedWrite], to path: String) throws {
    let text = writes.map { $0.command + "\n" }.joined()
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    defer { close(descriptor) }
    try #require(Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count)
  }

  /// The lines of an output that may have been cut anywhere.
  private static func wholeLines(_ output: String) -> [Substring] {
    output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
  }
}
