import EventLoop
import Foundations
import Postgres
import TestSupport
import Testing

@testable import Server

@Suite("The server seals what is written")
struct SealerTests {
  private func sealed(_ entries: Int, _ service: TestService) async throws {
    let state = "SELECT sum(entries), count(*) > 0 FROM audit.seal"
    try await eventually("\(entries) entries are sealed") {
      (try? await service.sql(state)) == [["\(entries)", "t"]]
    }
  }

  private func administrator(_ sql: String, _ service: TestService) async throws {
    let connectionString = TestCluster.shared.lease.connectionString(role: .administrator)
    try await blocking { () throws in _ = try RawConnection.exec(connectionString, sql) }
  }

  @Test("A write is sealed soon, and so is what was left by whoever was there before")
  func soon() async throws {
    let service = try await TestService.make()
    try await service.run("community create lyon Lyon FR")
    let server = try await TestServer.start(service)
    let client = try await server.unix()
    #expect(try await client.ask("community list").last?.hasPrefix("+ rows=1 ") == true)
    try await sealed(1, service)
    #expect(try await client.ask("community create paris Paris FR").count == 1)
    try await sealed(2, service)
    let verified = try await client.ask("audit verify")
    #expect(verified.last?.hasPrefix("+ seals=2 entries=2 head=2:") == true)
  }

  @Test("Before anybody has said who they are, the database is left alone")
  func strangers() async throws {
    let service = try await TestService.make()
    try await service.auditedSQL("UPDATE directory.community SET name = name")
    let server = try await TestServer.start(service)
    let stranger = try await server.tcp()
    #expect(try await stranger.ask("ping").count == 1)
    #expect(try await stranger.ask("community list").last?.hasPrefix("- auth.required ") == true)
    await EventLoop.sleep(milliseconds: 3 * Limits.sealDelayMilliseconds)
    let connections =
      "SELECT count(*) FROM pg_stat_activity WHERE usename = 'sister_service' "
      + "AND datname = current_database()"
    #expect(try await service.sql(connections) == [["0"]])
  }

  @Test("It goes on when the database comes back")
  func outage() async throws {
    let service = try await TestService.make()
    let server = try await TestServer.start(service)
    let client = try await server.unix()
    _ = try await client.ask("community create lyon Lyon FR")
    try await administrator(
      """
      ALTER DATABASE \(service.databaseName) ALLOW_CONNECTIONS false;
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = '\(service.databaseName)'
      """, service)
    let refused = try await client.ask("community create paris Paris FR")
    #expect(refused.last?.hasPrefix("- busy.") == true)
    await EventLoop.sleep(milliseconds: 3 * Limits.sealDelayMilliseconds)
    try await administrator(
      "ALTER DATABASE \(service.databaseName) ALLOW_CONNECTIONS true", service)
    try await eventually("writes are made again") {
      let answer = try? await client.ask("community create nice Nice FR")
      return answer?.last?.hasPrefix("+ ") == true
    }
    try await sealed(2, service)
  }

  @Test("A server that stops seals no more")
  func drained() async throws {
    let service = try await TestService.make()
    let server = try await TestServer.start(service)
    let client = try await server.unix()
    _ = try await client.ask("community create lyon Lyon FR")
    try await sealed(1, service)
    await client.close()
    await server.drain()
    try await service.run("community create paris Paris FR")
    await EventLoop.sleep(milliseconds: 3 * Limits.sealDelayMilliseconds)
    #expect(try await service.sql("SELECT count(*) FROM audit.seal") == [["1"]])
  }
}
