import Glibc
import Testing

@testable import Postgres

/// `kill -9` of clients in the midst of their batches, which are then run again whole.
@Suite struct ClientKillTests {
  @Test(arguments: [(usual: 20, served: true), (usual: 5, served: false)])
  func aKilledBatchIsRunAgainAndEachOfItsCommandsHappensOnce(
    usual: Int, served: Bool
  ) async throws {
    let rounds = CrashRounds.count(usual)
    // Where nobody serves, each client is its own server.
    let kinds: [Batch.Kind] = served ? [.script, .pipelined] : [.script, .script]
    try await CrashHome.with { home in
      let server = served ? try RunningServer(home) : nil
      var ledger = Ledger()
      var hits = HitCounter()
      for round in 1...rounds {
        let batches = try kinds.enumerated().map { try Batch($1, "b\(round)-\($0)", in: home) }
        let clients = try batches.map { try $0.start() }
        for client in clients {
          let began = waitUntil(seconds: 120, everyMilliseconds: 5) {
            client.poll() != nil || Batch.hasAnswers(client.output)
          }
          try #require(began, "\(client.errors)")
        }
        pauseForARandomMoment()
        for client in clients { client.signal(SIGKILL) }
        for (batch, client) in zip(batches, clients) {
          client.wait()
          try batch.runAgain(after: client, &ledger)
        }
        hits.note(ledger)
      }
      // The program that was its own server has taken its database with it.
      let reader = served ? server : try RunningServer(home)
      let verdict = try Checker(home.connect()).judge(ledger.acknowledged)
      print(
        "client killed \(rounds) times, served \(served), in \(hits.hits) amid writes: "
          + ledger.numbers)
      #expect(verdict.isSound, "\(verdict)")
      #expect(ledger.isResolved, "\(ledger.numbers)")
      #expect(hits.hits > rounds / 2, "only \(hits.hits) of \(rounds) kills came amid writes")
      reader?.stop()
    }
  }
}

/// Keyed writes in a file, and the program that sends them.
private struct Batch {
  /// How a client sends a file of commands.
  enum Kind {
    /// `sister -f`: one after the other.
    case script
    /// `nc`: all at once, so that many are on their way, under way or answered when it is killed.
    case pipelined
  }

  private static let size = 400

  private let kind: Kind
  private let home: CrashHome
  private let file: String
  private let writes: [KeyedWrite]

  init(_ kind: Kind, _ name: String, in home: CrashHome) throws {
    self.kind = kind
    self.home = home
    file = "\(home.folder)/batch-\(name)"
    writes = (1...Self.size).map { KeyedWrite(client: name, number: $0) }
    let text = writes.map { $0.command + "\n" }.joined()
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    defer { close(descriptor) }
    try #require(Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count)
  }

  func start() throws -> Program {
    switch kind {
    case .script: return try Program(sister: ["--home", home.path, "-f", file], in: home.folder)
    case .pipelined:
      let netcat = "exec \"$(command -v nc.openbsd || command -v nc)\""
      return try Program(
        ["/bin/sh", "-c", "\(netcat) -NU '\(home.socket)' <'\(file)'"], in: home.folder)
    }
  }

  /// Runs all of it again after a client that was killed, and says what had become of it.
  func runAgain(after killed: Program, _ ledger: inout Ledger) throws {
    let acknowledged = Self.answers(killed.output).count
    let program = try start()
    try #require(program.wait(seconds: 120) == .exited(0), "\(program.errors)")
    let answers = Self.answers(program.output)
    #expect(answers.count == writes.count, "\(answers.count) answers")
    let replayed = answers.count { $0.contains("replayed=yes") }
    #expect(answers.prefix(acknowledged).allSatisfy { $0.contains("replayed=yes") })
    #expect(replayed >= acknowledged)
    ledger.acknowledged.formUnion(writes)
    guard acknowledged < writes.count else { return }
    switch kind {
    case .script:
      // At most the one that was under way may have happened without its answer being seen.
      #expect(replayed <= acknowledged + 1)
      ledger.unknown += 1
      if replayed > acknowledged { ledger.committed += 1 } else { ledger.fresh += 1 }
    case .pipelined:
      ledger.unknown += writes.count - acknowledged
      ledger.committed += replayed - acknowledged
      ledger.fresh += writes.count - replayed
    }
  }

  static func hasAnswers(_ output: String) -> Bool { !answers(output).isEmpty }

  /// The answers of an output that may have been cut anywhere: whole lines; of the protocol's, those
  /// of status.
  private static func answers(_ output: String) -> [Substring] {
    let lines = output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    guard lines.first?.hasPrefix("* slp=1 ") == true else { return Array(lines) }
    return lines.filter { $0.hasPrefix("+ ") }
  }
}
