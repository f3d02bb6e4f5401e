import Access
import EventLoop
import Foundations
import Postgres
import TestSupport
import Testing

@testable import Server

@Suite("Keys of writes are forgotten when they are old")
struct KeyExpiryTests {
  @Test("A write makes the server forget those that are older than their days, and no others")
  func expiry() async throws {
    let service = try await TestService.make()
    try await service.run("community create lyon Lyon FR key=OLD", as: Principal.owner)
    try await service.run("community create paris Paris FR key=YOUNG", as: Principal.owner)
    let age = """
      INSERT INTO access.request (principal, key, request, at)
      SELECT 'report.bot', 'K' || n, '', now() - make_interval(days => 31)
      FROM generate_series(1, 12000) n;
      UPDATE access.request SET at = now() - make_interval(days => CASE key
        WHEN 'OLD' THEN 31 ELSE 29 END)
      WHERE principal = 'owner'
      """
    try await service.auditedSQL(age)
    let left = "SELECT key FROM access.request ORDER BY key"
    #expect(try await service.sql("SELECT count(*) FROM access.request") == [["12002"]])
    let server = try await TestServer.start(service)
    let client = try await server.unix()
    _ = try await client.ask("community create nice Nice FR key=NEW")
    try await eventually("the old keys are forgotten") {
      (try? await service.sql(left)) == [["NEW"], ["YOUNG"]]
    }
    // What is remembered is answered as it was; what is forgotten happens again.
    let replayed = try await client.ask("community create paris Paris FR key=YOUNG")
    #expect(replayed.last?.contains(" replayed=yes ") == true)
    let again = try await client.ask("community create lyon Lyon FR key=OLD")
    #expect(again.last?.hasPrefix("- conflict.duplicate ") == true)
  }
}
