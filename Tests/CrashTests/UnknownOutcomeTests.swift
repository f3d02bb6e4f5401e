import EventLoop
import Glibc
import TestSupport
import Testing

@testable import Postgres

/// A connection that breaks around a COMMIT leaves the outcome unknown. It is found out by the
/// key, or said to be unknown; it is never guessed.
@Suite struct UnknownOutcomeTests {
  private static let unknown = Outcome.refused(
    code: "busy.outcome-unknown", effectIsUnknown: true)

  /// A write by itself and one in a batch go different ways.
  @Test(arguments: [DatabaseProxy.Cut.afterCommit, .beforeCommit], [1, 2])
  func aKeyedWriteIsResolvedByTheServerItself(
    cut: DatabaseProxy.Cut, number: Int
  ) async throws {
    try await withProxy { proxy, client, database in
      let write = KeyedWrite(client: "k", number: number)
      proxy.cutNext(cut, thenClose: false)
      #expect(client.run(write.command) == .acknowledged(replayed: cut == .afterCommit))
      #expect(proxy.hasCut)
      let verdict = try Checker(database).judge([write])
      #expect(verdict.isSound, "\(verdict)")
    }
  }

  /// The database cannot be asked what became of the commit.
  @Test(arguments: [DatabaseProxy.Cut.afterCommit, .beforeCommit], [1, 2])
  func aKeyedWriteThatCannotBeResolvedIsSaidToBeUnknown(
    cut: DatabaseProxy.Cut, number: Int
  ) async throws {
    try await withProxy { proxy, client, database in
      let write = KeyedWrite(client: "k", number: number)
      proxy.cutNext(cut, thenClose: true)
      #expect(client.run(write.command) == Self.unknown, "\(client.status)")
      #expect(proxy.hasCut)
      proxy.reopen()
      #expect(client.run(write.command) == .acknowledged(replayed: cut == .afterCommit))
      let verdict = try Checker(database).judge([write])
      #expect(verdict.isSound, "\(verdict)")
    }
  }

  @Test(arguments: [DatabaseProxy.Cut.afterCommit, .beforeCommit])
  func aWriteWithoutAKeyIsSaidToBeUnknownAndNotSentAgain(cut: DatabaseProxy.Cut) async throws {
    try await withProxy { proxy, client, database in
      proxy.cutNext(cut, thenClose: false)
      let outcome = client.run("indicator report TOTAL reports 1 note=plain")
      #expect(outcome == Self.unknown, "\(client.status)")
      #expect(proxy.hasCut)
      let reports = try database.exec("SELECT count(*) FROM initiatives.actual")
      #expect(reports == [[cut == .afterCommit ? "1" : "0"]])
    }
  }

  /// A key that was used says that the write has happened; only its answer cannot be read now.
  @Test func aReplayThatCannotBeReadIsNotSaidToHaveChangedNothing() async throws {
    try await withProxy { proxy, client, database in
      let write = KeyedWrite(client: "k", number: 1)
      #expect(client.run(write.command) == .acknowledged(replayed: false))
      proxy.cutNext(.beforeCommit, of: "access.stored-request", thenClose: true)
      #expect(client.run(write.command) == Self.unknown, "\(client.status)")
      #expect(proxy.hasCut)
      proxy.reopen()
      #expect(client.run(write.command) == .acknowledged(replayed: true))
      let verdict = try Checker(database).judge([write])
      #expect(verdict.isSound, "\(verdict)")
    }
  }

  /// A read in a transaction of its own ends with a COMMIT as well, which decides nothing.
  @Test(arguments: [true, false])
  func aReadWhoseConnectionBreaksIsRepeated(canBeReached: Bool) async throws {
    try await blocking {
      let folder = TestCluster.temporaryFolder()
      defer { TestCluster.removeFolder(folder) }
      let lease = TestCluster.shared.lease
      let proxy = try #require(DatabaseProxy(in: folder, upstream: lease.socketDirectory))
      defer { proxy.stop() }
      let one = Statement("test.one", "SELECT 1::bigint", row: { (number: Int64) in number })
      proxy.cutNext(.beforeCommit, of: "begin-read", thenClose: !canBeReached)
      let result = EventLoop.runBlocking { () -> Result<[Int64], PostgresError> in
        let database = await Database(
          "host='\(folder)' port=5432 user=sister_service dbname=sister")
        do throws(PostgresError) {
          let results = try await database.readTogether([one.with(())])
          let rows = try results[results.startIndex].rows(one)
          await database.close()
          return .success(rows)
        } catch {
          await database.close()
          return .failure(error)
        }
      }
      #expect(proxy.hasCut)
      switch try #require(result) {
      case .success(let rows): #expect(canBeReached && rows == [1])
      case .failure(.unreachable): #expect(!canBeReached)
      case .failure(let error): Issue.record("\(error)")
      }
    }
  }

  /// Where the settings cannot be looked at, the server does not start as if they were sound.
  @Test func durabilityThatCannotBeLookedAtIsNotTakenForGranted() async throws {
    try await blocking {
      let folder = TestCluster.temporaryFolder()
      defer { TestCluster.removeFolder(folder) }
      let proxy = try #require(
        DatabaseProxy(in: folder, upstream: TestCluster.shared.lease.socketDirectory))
      defer { proxy.stop() }
      let name = try TestCluster.shared.makeDatabase()
      // The look at the schema's version, and nothing after it.
      proxy.admit(1)
      let program = try Program(
        sister: [
          "serve", "--listen=none", "--home", folder, "--database-url",
          "host='\(folder)' port=5432 user=sister_service dbname=\(name)",
        ], in: folder)
      #expect(program.wait(seconds: 20) == .exited(75), "\(program.errors)")
      #expect(program.errors.contains("sister: busy."), "\(program.errors)")
      #expect(access(folder + "/sister.sock", F_OK) != 0)
    }
  }

  /// A server whose database is behind a proxy, on a database of its own.
  private func withProxy(
    _ body: @escaping @Sendable (DatabaseProxy, LineClient, RawConnection) throws -> Void
  ) async throws {
    try await blocking {
      let folder = TestCluster.temporaryFolder()
      defer { TestCluster.removeFolder(folder) }
      let lease = TestCluster.shared.lease
      let proxy = try #require(DatabaseProxy(in: folder, upstream: lease.socketDirectory))
      defer { proxy.stop() }
      let name = try TestCluster.shared.makeDatabase()
      let server = try RunningServer(
        [
          "--home", folder, "--database-url",
          "host='\(folder)' port=5432 user=sister_service dbname=\(name)",
        ], socket: folder + "/sister.sock", in: folder)
      defer { server.stop() }
      let client = try #require(LineClient(server.socket))
      for command in KeyedWrite.preparations {
        try #require(client.run(command) == .acknowledged(replayed: false))
      }
      try body(
        proxy, client, RawConnection(lease.connectionString(role: .owner, database: name)))
    }
  }
}
