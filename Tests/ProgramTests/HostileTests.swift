import Access
import CommandLanguage
import Foundations
import Fuzzing
import Glibc
import SeededInputs
import Synchronization
import TestSupport
import Testing

/// Hostile lines at the program as it is built, from strangers and from somebody with few rights.
/// `SISTER_HOSTILE_LINES=1000000 Scripts/test --filter HostileTests` is the long run.
@Suite("The program among enemies", .serialized, .ownThread)
struct HostileTests {
  /// A number of the environment, or what it usually is.
  private static func setting(_ name: String, _ usual: Int) -> Int {
    getenv(name).flatMap { Int(String(cString: $0)) } ?? usual
  }

  @Test("Hostile lines: each is answered once, nothing faults, and nothing is kept of them")
  func lines() async throws {
    let lines = Self.setting("SISTER_HOSTILE_LINES", 20_000)
    let seed = UInt64(Self.setting("SISTER_HOSTILE_SEED", 1))
    let service = try await TestService.makeWithDemo()
    let token = try await service.makeToken(user: "enemy", role: .reviewer)
    let server = try HostileServer(service, token: token)
    let warmUp = min(50_000, lines / 4)

    let start = ContinuousClock.now
    var tally = try await attack(server, lines: warmUp, seed: seed)
    settle(server)
    let (memory, descriptors) = (server.memoryKiB, server.descriptors)
    tally += try await attack(server, lines: lines - warmUp, seed: seed &+ 1_000)
    settle(server)

    let grown = server.memoryKiB - memory
    print(
      "hostile lines, seed \(seed), \(ContinuousClock.now - start): \(tally); memory \(memory) KiB "
        + "after \(warmUp) lines, grown by \(grown) KiB; descriptors \(descriptors) and then "
        + "\(server.descriptors)")
    #expect(server.isAlive, "\(server.log.suffix(4_000))")
    #expect(grown < 16_384)
    #expect(server.connections == 0)
    // It may have opened what was missing of its connections to the database.
    #expect(server.descriptors <= descriptors + Self.databaseConnections)
    #expect(!server.log.contains("event=\"fault\""), "\(Self.faults(server.log))")
    #expect(tally.lines >= lines)
    #expect(tally.cut * 20 < tally.connections, "too many connections say little")
    let client = try HostileClient(port: server.port)
    #expect(client.line()?.starts(with: "* slp=1 ".utf8) == true)
  }

  @Test(
    "The control: answers that are missing, too many, another's, no text or faults are seen",
    arguments: [
      ("ping\nping\n", "+ ms=1\n"), ("ping\n", "+ ms=1\n+ ms=1\n"), ("@a ping\n", "+ ms=1\n"),
      ("@a ping\n", "+ @b ms=1\n"), ("-- no request\n", "+ ms=1\n"), ("ping\n", "+ ms=1"),
      ("x\n", "- fault.internal retry=no effect=unknown msg=\"x\"\n"), ("ping\n", "? ms=1\n"),
      ("ping\n", "| \u{1B}[2J\n+ ms=1\n"), ("x\n", "- x retry=no effect=none msg=\"x\"\n"),
      ("quit\n", "+ bye=yes ms=1\n+ ms=1\n"),
    ])
  func control(stream: String, output: String) {
    let expected = Expectation(Array(stream.utf8), isAnonymous: false)
    #expect(!Answers(Array(output.utf8)).violations(expected).isEmpty)
    let right = String(repeating: "+ ms=1\n", count: expected.untagged.count)
    let tagged = expected.tagged.isEmpty ? "" : "+ @a ms=1\n"
    #expect(Answers(Array((right + tagged).utf8)).violations(expected).isEmpty)
  }

  private static func faults(_ log: String) -> String {
    log.split(separator: "\n").filter { $0.contains("event=\"fault\"") }.prefix(5)
      .joined(separator: "\n")
  }

  private static let databaseConnections =
    Limits.sharedReadConnections + Limits.loanedConnections + Limits.streamConnections
    + Limits.openTransactions

  /// Waits until connections that have ended are closed, those that linger too.
  private func settle(_ server: HostileServer) {
    for _ in 0..<100 where server.connections > 0 { usleep(100_000) }
  }

  /// Sends so many lines from several places at once.
  private func attack(_ server: HostileServer, lines: Int, seed: UInt64) async throws -> Tally {
    let senders: [HostileLines.Sender] = [.stranger, .reviewer, .stranger, .reviewer]
    let target = Target(server)
    return try await withThrowingTaskGroup(of: Tally.self) { group in
      for (number, sender) in senders.enumerated() {
        group.addTask {
          try await blocking {
            var enemy = Enemy(sender, target, seed: seed &+ UInt64(number))
            return try enemy.attack(lines: lines / senders.count + 1)
          }
        }
      }
      group.addTask {
        try await blocking {
          var guesser = Enemy(.guesser, target, seed: seed)
          return try guesser.guess(connections: 2 + lines / 50_000)
        }
      }
      return try await group.reduce(into: Tally()) { $0 += $1 }
    }
  }
}

/// What is attacked.
struct Target: Sendable {
  let port: UInt16
  let token: String

  init(_ server: HostileServer) {
    port = server.port
    token = server.token
  }
}

/// What came of an attack.
struct Tally: CustomStringConvertible {
  var lines = 0
  var connections = 0
  var answers = 0
  /// Connections that the server has ended early, by something that a line asked for.
  var cut = 0

  static func += (left: inout Tally, right: Tally) {
    left.lines += right.lines
    left.connections += right.connections
    left.answers += right.answers
    left.cut += right.cut
  }

  var description: String {
    "\(lines) lines by \(connections) connections, \(answers) answers, \(cut) connections cut short"
  }
}
