import Access
import CommandLanguage
import EventLoop
import Postgres
import TestSupport
import Testing

@Suite("The audit is sealed in order, whole, and once")
struct SealTests {
  @Test("every committed entry has one seal, whatever order its transaction ended in")
  func concurrent() async throws {
    let service = try await TestService.make()
    let connectionString = service.connectionString(.service)
    // It takes the first entry, and commits last.
    let long = try RawConnection(connectionString)
    try long.exec("BEGIN; \(Self.write("slow"))")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<5 {
        group.addTask {
          try await blocking {
            let connection = try RawConnection(connectionString)
            for round in 0..<40 {
              try connection.exec("BEGIN; \(Self.write("w\(writer)-\(round)"))")
              if round % 5 == 0 { try connection.exec("SELECT pg_sleep(0.02)") }
              try connection.exec(Self.write("x\(writer)-\(round)"))
              try connection.exec(round % 4 == writer % 4 ? "ROLLBACK" : "COMMIT")
            }
          }
        }
      }
      for _ in 0..<2 {
        group.addTask {
          for _ in 0..<60 {
            _ = try await service.service.sealAudit()
            #expect(try await service.sql("SELECT count(*) FROM audit.seal") == [["0"]])
            await EventLoop.sleep(milliseconds: 5)
          }
        }
      }
      try await group.waitForAll()
    }
    // A second one holds up what comes behind it, and not what came before.
    let next = try RawConnection(connectionString)
    try next.exec("BEGIN; \(Self.write("slow-again"))")
    try long.exec("COMMIT")
    try await eventually("what came before is sealed") {
      _ = try? await service.service.sealAudit()
      return (try? await service.sql("SELECT count(*) > 0 FROM audit.seal")) == [["t"]]
    }
    try next.exec("COMMIT")
    try await service.sealAll()
    let oddities = """
      SELECT (SELECT count(*) FROM audit.entry e WHERE 1 <> (SELECT count(*) FROM audit.seal s
          WHERE e.id BETWEEN s.first_entry AND s.last_entry)),
        (SELECT count(*) FROM audit.seal s WHERE s.first_entry <> 1 + coalesce((SELECT p.last_entry
          FROM audit.seal p WHERE p.number = s.number - 1), 0)),
        (SELECT sum(entries) FROM audit.seal) - (SELECT count(*) FROM audit.entry),
        (SELECT change FROM audit.horizon) - (SELECT max(id) FROM audit.change)
      """
    #expect(try await service.superuserSQL(oddities) == [["0", "0", "0", "0"]])
    let reply = try await service.run("audit verify")
    #expect(reply["entries"] == "152")
    #expect(reply["unsealed"] == "0")
  }

  /// One community, by a command of its own the first time.
  static func write(_ code: String) -> String {
    """
    SELECT access.begin_command('ann', '{}', 'community create', 'community create \(code)', NULL)
      WHERE pg_current_xact_id_if_assigned() IS NULL;
    INSERT INTO directory.community (code, name, country) VALUES ('\(code)', '\(code)', 'US')
    """
  }

  @Test("a transaction that runs is waited for, though none has a higher number")
  func highestNumber() async throws {
    let service = try await TestService.make()
    let writer = try RawConnection(service.connectionString(.service))
    for round in 1...10 {
      try writer.exec("BEGIN; \(Self.write("c\(round)"))")
      #expect(try await service.service.sealAudit().sealed == 0)
      try writer.exec("COMMIT")
      try await service.sealAll()
      let sealed = try await service.run("audit verify")
      #expect(sealed["entries"] == "\(round)")
    }
  }

  @Test("an entry that takes changes for long is sealed with all of them")
  func lateChanges() async throws {
    let service = try await TestService.make()
    let slow = try RawConnection(service.connectionString(.service))
    try slow.exec("BEGIN; \(Self.write("a"))")
    _ = try await service.service.sealAudit()
    try await service.run("community create lyon Lyon FR")
    try slow.exec("\(Self.write("b")); COMMIT")
    try await service.sealAll()
    #expect(try await service.sql("SELECT entry, change FROM audit.horizon") == [["2", "3"]])
    #expect(try await service.run("audit verify")["entries"] == "2")
  }

  @Test("a restored database, which counts its transactions anew, waits for nobody's")
  func restored() async throws {
    let service = try await TestService.make()
    try await service.run("community create lyon Lyon FR")
    try await service.sealAll()
    try await service.superuserSQL(
      "UPDATE audit.horizon SET (next_entry, next_change, awaits) = (1, 1, '9999999999999')")
    try await service.run("community create paris Paris FR")
    try await service.sealAll()
    #expect(try await service.run("audit verify")["entries"] == "2")
  }

  @Test("many entries get several seals, and what is sealed already is not sealed again")
  func many() async throws {
    let service = try await TestService.make()
    try await service.superuserSQL(
      """
      INSERT INTO audit.entry (principal, command, request)
      SELECT 'ann', 'test', 'test ' || n FROM generate_series(1, 10000) n
      """)
    try await service.sealAll()
    let sizes = "SELECT entries FROM audit.seal ORDER BY number"
    #expect(try await service.sql(sizes) == [["4096"], ["4096"], ["1808"]])
    #expect(try await service.service.sealAudit().sealed == 0)
    #expect(try await service.run("audit verify from=3")["entries"] == "1808")
    #expect(await service.failure("audit verify from=4")?.code == .badValue)
    #expect(await service.failure("audit verify from=0")?.code == .badValue)
  }

  @Test("whoever seals sees every row, of every relation that may be protected")
  func everything() async throws {
    let service = try await TestService.make()
    let hidden = try await service.superuserSQL(
      """
      SELECT DISTINCT audit.protecting_capability(t.tgrelid::regclass::text) FROM pg_trigger t
      JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname = 'record_change'
      """
    ).compactMap { $0[0] }
    #expect(hidden.isEmpty == false)
    let seen = try await service.superuserSQL(
      """
      SELECT audit.see_everything() IS NULL, current_setting('sister.capabilities')
      """)
    #expect(seen.last?.last.flatMap { $0 }?.split(separator: ",").map(String.init) == hidden)
  }

  @Test("the service's role makes no seal but by sealing, and changes nothing that is sealed")
  func rights() async throws {
    let service = try await TestService.make()
    try await service.run("community create lyon Lyon FR")
    try await service.sealAll()
    for sql in [
      "INSERT INTO audit.seal VALUES (2, now(), 2, 2, 0, '', '')", "DELETE FROM audit.seal",
      "UPDATE audit.seal SET hash = ''", "UPDATE audit.horizon SET entry = 0",
      "DELETE FROM audit.horizon", "UPDATE audit.entry SET request = ''",
      "DELETE FROM audit.entry", "UPDATE audit.change SET after = NULL",
      "DELETE FROM audit.change", "SELECT audit.seal_entries(100, 1)",
      "SELECT audit.digests(0, 100)", "SELECT audit.see_everything()",
      "SELECT setval('audit.entry_id_seq', 1)", "TRUNCATE audit.seal",
      "ALTER TABLE audit.entry DISABLE TRIGGER ALL",
    ] {
      #expect(await service.serviceState(sql) == "42501", "\(sql)")
    }
    // Where it could be fooled, it does not begin.
    for begin in ["BEGIN ISOLATION LEVEL REPEATABLE READ", "BEGIN; SELECT pg_current_xact_id()"] {
      #expect(
        await service.serviceState("\(begin); SELECT audit.seal_pending()") == "P0001", "\(begin)")
    }
    #expect(try await service.run("audit verify")["seals"] == "1")
  }
}

extension TestService {
  /// Seals until everything is.
  func sealAll() async throws {
    try await eventually("everything is sealed") {
      (try? await self.service.sealAudit())?.isPending == false
    }
  }

  /// Runs SQL as one whom nothing is forbidden, triggers and row-level security off.
  @discardableResult
  func superuserSQL(_ sql: String) async throws -> [[String?]] {
    let connectionString = TestCluster.shared.lease.connectionString(
      role: .administrator, database: databaseName)
    return try await blocking {
      let connection = try RawConnection(connectionString)
      try connection.exec("SET session_replication_role = replica")
      return try connection.exec(sql)
    }
  }

  /// The state of the error that SQL of the service's role ends with, if it does.
  func serviceState(_ sql: String) async -> String? {
    let connectionString = connectionString(.service)
    let result = try? await blocking { () -> String? in
      do throws(RawSQLError) {
        try RawConnection.exec(connectionString, sql)
        return nil
      } catch {
        return error.sqlState
      }
    }
    return result.flatMap { $0 }
  }
}
