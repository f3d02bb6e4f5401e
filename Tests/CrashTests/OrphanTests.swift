import Glibc
import Testing

@testable import Postgres

/// However `sister` ends, nothing of its database stays behind, and the home can be used again
/// at once.
@Suite struct OrphanTests {
  /// The ways to end.
  enum End: CaseIterable {
    case commandDone
    case serveTerminated, serveTerminatedTwice, serveInterrupted, serveKilled
    case inputClosed, inputInterrupted, inputTerminated, inputKilled
  }

  @Test(arguments: End.allCases)
  func nothingIsLeftAndTheHomeCanBeUsedAtOnce(end: End) async throws {
    try await CrashHome.with { home in
      try Self.beginAndEnd(end, home)
      #expect(home.waitUntilDeserted(), "left running: \(home.remains)")

      // The keeper still waits for the next command, or is stopping PostgreSQL.
      try Self.beginAndEnd(end, home)
      let next = try home.run("initiative list format=tsv")
      #expect(next.poll() == .exited(0), "\(next.errors)")
      #expect(next.output.contains("TOTAL"))
      #expect(home.waitUntilDeserted(), "left running: \(home.remains)")
    }
  }

  /// A user that is killed while it makes its database leaves nothing that stands in the way.
  @Test func aFirstStartThatIsKilledIsMadeGoodByTheNext() async throws {
    try await CrashHome.with { other in
      // A home beside the prepared one, which has no database yet.
      let fresh = CrashHome(folder: other.folder + "/fresh")
      mkdir(fresh.folder, 0o711)
      for milliseconds: UInt32 in [60, 200, 400, 800] {
        let first = try Program(
          sister: ["--home", fresh.path, "-c", "initiative list"], in: other.folder)
        pause(milliseconds: milliseconds)
        first.crash()
      }
      let second = try fresh.run("initiative list")
      #expect(second.poll() == .exited(0), "\(second.errors)")
      #expect(fresh.waitUntilDeserted(), "left running: \(fresh.remains)")
      #expect(!namesInFolder(fresh.path).contains { $0.hasPrefix("data.unfinished") })
    }
  }

  private static func beginAndEnd(_ end: End, _ home: CrashHome) throws {
    switch end {
    case .commandDone:
      let command = try home.run("initiative list")
      #expect(command.poll() == .exited(0), "\(command.errors)")
    case .serveTerminated:
      try serve(home, endedBy: [SIGTERM], with: .exited(0))
    case .serveTerminatedTwice:
      try serve(home, endedBy: [SIGTERM, SIGTERM], with: .exited(0))
    case .serveInterrupted:
      try serve(home, endedBy: [SIGINT], with: .exited(0))
    case .serveKilled:
      try serve(home, endedBy: [SIGKILL], with: .signalled(SIGKILL))
    case .inputClosed:
      try readInput(home, with: .exited(0)) { $0.closeInput() }
    case .inputInterrupted:
      try readInput(home, with: .signalled(SIGINT)) { $0.signal(SIGINT) }
    case .inputTerminated:
      try readInput(home, with: .signalled(SIGTERM)) { $0.signal(SIGTERM) }
    case .inputKilled:
      try readInput(home, with: .signalled(SIGKILL)) { $0.signal(SIGKILL) }
    }
  }

  private static func serve(
    _ home: CrashHome, endedBy signals: [Int32], with ending: Program.Ending
  ) throws {
    let server = try RunningServer(home)
    // Somebody is there: draining has something to do.
    let client = try #require(LineClient(home.socket))
    #expect(client.run("initiative list") == .acknowledged(replayed: false))
    for signal in signals { server.program?.signal(signal) }
    let program = try #require(server.program)
    #expect(program.wait() == ending, "\(program.errors)")
    let socketIsLeft = access(home.socket, F_OK) == 0
    #expect(socketIsLeft == signals.contains(SIGKILL))
  }

  private static func readInput(
    _ home: CrashHome, with ending: Program.Ending, _ end: (Program) -> Void
  ) throws {
    let program = try Program(
      sister: ["--home", home.path, "-f", "-"], in: home.folder, hasInput: true)
    program.type("initiative list format=tsv")
    let hasAnswered = waitUntil(seconds: 60) { program.output.contains("TOTAL") }
    #expect(hasAnswered, "\(program.errors)")
    #expect(!home.databaseProcesses.isEmpty)
    end(program)
    #expect(program.wait() == ending, "\(program.errors)")
  }
}
