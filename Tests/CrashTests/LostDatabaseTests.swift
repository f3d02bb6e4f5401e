import Glibc
import Testing

@testable import Postgres

/// One's own database may go away and come back while the server runs: commands say so, sessions
/// go on, and nothing has to be restarted.
@Suite struct LostDatabaseTests {
  @Test(arguments: [true, false])
  func commandsAreBusyWhileTheDatabaseIsAwayAndWorkWhenItIsBack(stoppedInOrder: Bool) async throws {
    try await OwnCluster.with { cluster, folder in
      let socket = folder + "/sister.sock"
      let server = try RunningServer(
        ["--home", folder, "--database-url", cluster.url()], socket: socket, in: folder)
      defer { server.stop() }
      let client = try #require(LineClient(socket))
      let before = KeyedWrite(client: "before", number: 3)
      #expect(client.run(before.command) == .acknowledged(replayed: false))
      #expect(client.run("initiative list") == .acknowledged(replayed: false))

      stoppedInOrder ? cluster.stop() : cluster.crash()
      let during = KeyedWrite(client: "during", number: 3)
      let busy = Outcome.refused(code: "busy.database", effectIsUnknown: false)
      for command in [
        "initiative list", during.command, "initiative create PLAIN \"No key\" humanitarian",
        "initiative show \(before.thing)",
      ] {
        // The first may find its connection broken, with the outcome unknown where it wrote.
        let outcome = client.run(command)
        #expect(outcome == busy, "\(command): \(client.status)")
        #expect(client.status.contains(" retry=1 "), "\(client.status)")
      }
      // What needs no database goes on.
      #expect(client.run("ping") == .acknowledged(replayed: false))
      #expect(client.run("help initiative create") == .acknowledged(replayed: false))

      try cluster.start()
      #expect(client.run("initiative list") == .acknowledged(replayed: false))
      #expect(client.run(before.command) == .acknowledged(replayed: true))
      #expect(client.run(during.command) == .acknowledged(replayed: false))
      let plain = client.run("initiative create PLAIN \"No key\" humanitarian")
      #expect(plain == .acknowledged(replayed: false))
      #expect(server.program?.poll() == nil)
    }
  }
}
