import Access
import CommandLanguage
import Postgres
import TestSupport
import Testing

@testable import Exchanges

@Suite("Exchanges: who sees a child")
struct PrivacyTests {
  /// Everywhere that a child's name is kept: what to count there.
  private static let places: [String: String] = [
    "participant": "exchanges.participant WHERE family_name = 'Exemplar'",
    "guardian": "exchanges.guardian WHERE name LIKE '%Exemplar%'",
    "changes": "audit.change WHERE after::text LIKE '%Exemplar%'",
    "entries": "audit.entry WHERE request LIKE '%Exemplar%'",
    "requests": "access.request WHERE request LIKE '%Exemplar%'",
  ]
  private static let tables = [
    "exchanges.participant", "exchanges.guardian", "audit.change", "audit.entry", "access.request",
  ]
  private static let author = "test-exchange-coordinator"

  /// Every capability that there is, but those of exchanges.
  private static let others = Role.admin.capabilities.filter {
    $0 != .exchangesRead && $0 != .exchangesManage
  }

  /// A service that knows of one child.
  private func service() async throws -> TestService {
    let service = try await TestService.withCohort()
    _ = try await service.apply(key: "first")
    return service
  }

  /// The places where SQL run in some way finds the child.
  private func seen(
    _ run: (String) async throws -> [[String?]]
  ) async throws -> Set<String> {
    var found: Set<String> = []
    for (name, source) in Self.places {
      let rows = try await run("SELECT count(*) FROM \(source)")
      if rows.first?.first != "0" { found.insert(name) }
    }
    return found
  }

  private func seen(
    _ service: TestService, by principal: String, with capabilities: Set<Capability>
  ) async throws -> Set<String> {
    let names = capabilities.map(\.description).joined(separator: ",")
    return try await seen { sql in
      try await service.serviceSQL(
        "SELECT access.set_context('\(principal)', '{\(names)}'); \(sql)", capabilities: [])
    }
  }

  @Test("who may read sees the child everywhere: the control of the other tests")
  func reader() async throws {
    let service = try await service()
    let seen = try await seen(service, by: Self.author, with: [.exchangesRead])
    #expect(seen == Set(Self.places.keys))
  }

  @Test("without a context there are no rows, for the service's role and for the owner")
  func noContext() async throws {
    let service = try await service()
    let asService = try await seen { sql in
      try RawConnection.exec(service.connectionString(.service), sql)
    }
    #expect(asService.isEmpty)
    let asOwner = try await seen { try await service.sql($0) }
    // Stored requests are hidden from the service only: a batch of registrations, whose routine is
    // the owner's, acts for several principals at once.
    #expect(asOwner == ["requests"])
  }

  @Test("every other capability together shows nothing of the child, the audit included")
  func wrongCapability() async throws {
    let service = try await service()
    #expect(try await seen(service, by: "test-director", with: Self.others).isEmpty)
  }

  @Test("who may write but not read sees nothing")
  func writerOnly() async throws {
    let service = try await service()
    let seen = try await seen(service, by: "test-script", with: [.exchangesManage])
    #expect(seen.isEmpty)
  }

  @Test("without row-level security the same look finds the child everywhere")
  func controlOfLeaks() async throws {
    let service = try await service()
    for table in Self.tables {
      try await service.sql("ALTER TABLE \(table) NO FORCE ROW LEVEL SECURITY")
    }
    #expect(try await seen { try await service.sql($0) } == Set(Self.places.keys))
    #expect(try await seen(service, by: "test-director", with: Self.others).isEmpty)
    for table in Self.tables {
      try await service.sql("ALTER TABLE \(table) DISABLE ROW LEVEL SECURITY")
    }
    let seen = try await seen(service, by: "test-director", with: Self.others)
    #expect(seen == Set(Self.places.keys))
  }

  @Test("the audit's other entries are seen by those who read no exchanges")
  func otherEntries() async throws {
    let service = try await service()
    let rows = try await service.serviceSQL(
      "SELECT DISTINCT command FROM audit.entry", capabilities: [.auditRead])
    #expect(
      Set(rows) == [["community create"], ["partnership assert"], ["source create"]])
  }

  @Test("who may only read changes nothing")
  func readOnly() async throws {
    let service = try await service()
    let states = "SELECT state FROM exchanges.participant"
    for sql in [
      "INSERT INTO exchanges.participant (cohort_id, given_name, family_name, born) "
        + "SELECT cohort_id, 'Mei', 'Exemplar', born FROM exchanges.participant",
      "INSERT INTO exchanges.guardian (participant_id, name, email) "
        + "SELECT id, 'Kai', 'kai@example.org' FROM exchanges.participant",
      "DELETE FROM exchanges.participant", "DELETE FROM exchanges.guardian",
      "UPDATE exchanges.participant SET given_name = 'Mei'",
      "UPDATE exchanges.guardian SET verified_by = 'nobody'",
    ] {
      let error = await #expect(throws: RawSQLError.self) {
        try await service.serviceSQL(sql, capabilities: [.exchangesRead])
      }
      #expect(error?.sqlState == "42501", "\(sql)")
    }
    let update = "UPDATE exchanges.participant SET state = 'submitted' RETURNING number"
    #expect(try await service.serviceSQL(update, capabilities: [.exchangesRead]).isEmpty)
    #expect(
      try await service.serviceSQL(states, capabilities: [.exchangesRead]) == [["draft"]])
    let both: [Capability] = [.exchangesRead, .exchangesManage]
    #expect(try await service.serviceSQL(update, capabilities: both) == [["P-000001"]])
  }

  @Test("commands refuse everybody without the capability")
  func commands() async throws {
    let service = try await service()
    for role in Role.allCases {
      for (line, needed) in [
        ("participant list", Capability.exchangesRead),
        ("participant show P-000001", .exchangesRead), ("cohort show K", .exchangesRead),
        ("program list", .exchangesRead), ("cohort list", .exchangesRead),
        ("participant submit P-000001 preview=yes", .exchangesManage),
        ("guardian verify P-000001 how=in-person preview=yes", .exchangesManage),
      ] {
        let error = await service.failure(line, as: role)
        let permitted = role.capabilities.contains(needed)
        #expect(error?.code == (permitted ? nil : .commandDenied), "\(role) \(line)")
      }
    }
  }

  @Test("a key replays to its principal, and another's same key is their own")
  func keys() async throws {
    let service = try await service()
    let line =
      "participant create K Aiko Exemplar born=2011-04-02 guardian=\"Ren Exemplar\" "
      + "guardian-email=ren@example.org key=first"
    let again = try await service.run(line, as: .exchangeCoordinator)
    #expect(again["replayed"] == "yes")
    #expect(again["number"] == "P-000001")
    let different = await service.failure(
      "participant submit P-000001 key=first", as: .exchangeCoordinator)
    #expect(different?.code == .idempotency)
    #expect(different?.message.hasSuffix(": participant create") == true)
    let other = try await service.run("participant submit P-000001 key=first", as: .admin)
    #expect(other["replayed"] == nil)
    #expect(other["state"] == "submitted")
  }
}
