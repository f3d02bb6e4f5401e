import Access
import Catalog
import CommandLanguage
import EventLoop
import Postgres
import TestSupport
import Testing

@testable import Conferences

@Suite("Overselling")
struct OversellingTests {
  @Test("raw SQL as the service cannot touch a counter or a registration")
  func rawSQL() async throws {
    let service = try await TestService.withConference()
    try await service.register("maria")
    for sql in [
      "UPDATE conferences.quota SET confirmed = 0",
      "UPDATE conferences.quota SET held = 1, capacity = 5",
      "UPDATE conferences.quota SET blocked = blocked",
      "DELETE FROM conferences.quota",
      "INSERT INTO conferences.quota (conference_id, code, capacity) VALUES (1, 'x', 1)",
      "INSERT INTO conferences.quota_ticket_type VALUES (1, 1, 1)",
      "DELETE FROM conferences.quota_ticket_type",
      "UPDATE conferences.registration SET state = 'cancelled'",
      "DELETE FROM conferences.registration",
      """
      INSERT INTO conferences.registration (conference_id, ticket_type_id, email, name)
      VALUES (1, 1, 'x@example.org', 'x')
      """,
    ] {
      let error = await #expect(throws: RawSQLError.self) { try await service.serviceSQL(sql) }
      #expect(error?.sqlState == "42501", "\(sql)")
    }
    let smaller = await #expect(throws: RawSQLError.self) {
      try await service.serviceSQL("UPDATE conferences.quota SET capacity = 0")
    }
    #expect(smaller?.constraint == "conflict.taken")
    #expect(try await service.run("conference verify houston").rows.isEmpty)
  }

  @Test(
    "64 connections for the last 50 seats, by several writers: exactly 50, in each of 20 rounds")
  func lastSeats() async throws {
    let service = try await TestService.withConference(seats: 0)
    let rush = try await Rush(service)
    for round in 1...20 {
      try await service.run("quota resize houston hall \(50 * round)")
      let sold = try await rush.sell(round)
      #expect(sold == 50)
      #expect(try await service.liveRegistrations() == 50 * round)
    }
    #expect(try await service.quota("hall") == .integer(1000))
    #expect(try await service.run("conference verify houston").rows.isEmpty)
  }

  @Test("control: without the lock, the counter and its CHECK, the same rush oversells")
  func control() async throws {
    let service = try await TestService.withConference(seats: 0)
    try await service.sql(Self.naiveRegister)
    let rush = try await Rush(service)
    var oversold = 0
    for round in 1...20 where oversold == 0 {
      try await service.sql("TRUNCATE conferences.registration")
      _ = try await rush.sell(round)
      oversold = try await service.liveRegistrations() - 50
    }
    #expect(oversold > 0)
  }

  /// Counts, then inserts: right for one at a time.
  private static let naiveRegister =
    """
    ALTER TABLE conferences.quota DROP CONSTRAINT quota_not_oversold;
    CREATE OR REPLACE FUNCTION conferences.register(
      principals text[], requests text[], keys text[], conferences text[], ticket_types text[],
      emails text[], names text[], communities text[]
    ) RETURNS TABLE (
      ordinal bigint, error_code text, error_message text, suggestion text, reply_names text[],
      reply_values text[], replayed boolean
    ) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      replayed := false;
      FOR i IN 1 .. cardinality(requests) LOOP
        ordinal := i;
        error_code := NULL;
        IF (SELECT count(*) FROM conferences.registration) < 50 THEN
          INSERT INTO conferences.registration (conference_id, ticket_type_id, email, name)
          VALUES (1, 1, emails[i], names[i]);
        ELSE
          error_code := 'conflict.sold-out';
        END IF;
        RETURN NEXT;
      END LOOP;
    END $$
    """
}

/// An opening rush: 64 TCP connections to four servers on one database, each server with a writer
/// of its own.
private final class Rush: Sendable {
  private static let serverCount = 4
  private static let connectionCount = 64
  private let databases: [Database]
  private let servers: [TestServer]
  private let clients: [TestClient]

  /// Starts the servers; every connection has authenticated.
  init(_ service: TestService) async throws {
    let token = try await service.makeToken(user: "desk", role: .desk)
    let connectionString = service.connectionString(.service)
    var databases: [Database] = []
    var servers: [TestServer] = []
    for _ in 0..<Self.serverCount {
      let database = await Database(connectionString, loanedConnections: 2)
      databases.append(database)
      servers.append(
        try await TestServer.start(await Service(areas: Catalog.areas, database: database)))
    }
    var clients: [TestClient] = []
    for index in 0..<Self.connectionCount {
      let client = try await servers[index % Self.serverCount].tcp()
      _ = try await client.ask("auth token=\(token)")
      clients.append(client)
    }
    (self.databases, self.servers, self.clients) = (databases, servers, clients)
  }

  deinit {
    EventLoop.task { [databases] in
      for database in databases { await database.close() }
    }
  }

  /// Every connection registers somebody, all at once; how many were sold a seat. All others must
  /// be told that there is none.
  func sell(_ round: Int) async throws -> Int {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for (index, client) in clients.enumerated() {
        group.addTask {
          let answer = try await client.ask(TestService.registration("r\(round)-\(index)"))
          let status = answer.last ?? ""
          #expect(status.hasPrefix("+ ") || status.hasPrefix("- conflict.sold-out "), "\(status)")
          return status.hasPrefix("+ ")
        }
      }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
  }
}
