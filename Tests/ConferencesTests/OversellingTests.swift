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

  @Test("many at once for the last 50 seats, by several writers: exactly 50, in each of 20 rounds")
  func lastSeats() async throws {
    let service = try await TestService.withConference(seats: 0)
    let rush = await Rush(service)
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
    let rush = await Rush(service)
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

/// An opening rush: several servers on one database, each with a writer of its own.
private final class Rush: Sendable {
  private static let servers = 4
  private static let requests = 120
  private let databases: [Database]
  private let services: [Service]

  @EventLoop
  init(_ service: TestService) {
    let connectionString = service.connectionString(.service)
    databases = (0..<Self.servers).map { _ in Database(connectionString, loanedConnections: 2) }
    services = databases.map { Service(areas: Catalog.areas, database: $0) }
  }

  deinit {
    EventLoop.task { [databases] in
      for database in databases { await database.close() }
    }
  }

  /// Sends everything at once; how many were sold a seat. All others must be told so.
  func sell(_ round: Int) async throws -> Int {
    let lines = (0..<Self.requests).map { TestService.registration("r\(round)-\($0)") }
    let (replies, errors) = await sendTogether(lines) {
      [services]
      (index, line) async throws(DomainError) in
      try await services[index % services.count].register(line)
    }
    #expect(errors.values.allSatisfy { $0.code == .soldOut })
    return replies.count
  }
}

extension Service {
  fileprivate func register(_ line: String) async throws(DomainError) -> Reply {
    let request: Request?
    do throws(RequestError) {
      request = try RequestParser.parse(line)
    } catch {
      throw error.error
    }
    guard let request else { throw DomainError(.syntax, "an empty line") }
    return try await run(request, Session(principal: Principal(name: "desk", roles: [.desk]))).0
  }
}
