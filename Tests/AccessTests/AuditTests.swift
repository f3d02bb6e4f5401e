import Access
import CommandLanguage
import Postgres
import TestSupport
import Testing

@Suite("The audit says who did what, and nobody can make it say otherwise")
struct AuditTests {
  private static let insert =
    "INSERT INTO directory.community (code, name, country) VALUES ('x', 'X', 'US')"
  private static let begin =
    "SELECT access.begin_command('ann', '{}', 'community create', 'community create x', NULL)"

  /// What the service's role gets for SQL of its own, on a connection of its own: the state of the
  /// error that ends it, and everything that the audit then has.
  private func forge(_ service: TestService, _ steps: [String]) async throws -> String? {
    let connectionString = service.connectionString(.service)
    return try await blocking {
      let connection = try RawConnection(connectionString)
      do throws(RawSQLError) {
        for step in steps { try connection.exec(step) }
        return nil
      } catch {
        return error.sqlState
      }
    }
  }

  @Test("a change cannot be attached to the entry of another transaction, nor made without one")
  func forgery() async throws {
    let service = try await TestService.make()
    try await service.run("community create lyon Lyon FR")
    let entry = try await service.sql("SELECT min(id) FROM audit.entry")[0][0] ?? ""
    let old = "SELECT set_config('sister.audit_entry', '\(entry)', true)"
    let context = "SELECT access.set_context('ghost', '{}')"
    for steps in [
      ["BEGIN", old, Self.insert, "COMMIT"],
      ["BEGIN", context, old, Self.insert, "COMMIT"],
      ["BEGIN", Self.begin, old, Self.insert, "COMMIT"],
      // The session has run a command before: its settings are no command of this transaction.
      ["BEGIN", Self.begin, "COMMIT", "BEGIN", context, Self.insert, "COMMIT"],
      [
        "BEGIN", Self.begin, "SELECT set_config('sister.command', 'x', false)", "COMMIT", "BEGIN",
        context, Self.insert, "COMMIT",
      ],
    ] {
      #expect(try await forge(service, steps) == "SI001", "\(steps)")
    }
    let changes = "SELECT count(*) FROM audit.change"
    #expect(try await service.sql(changes) == [["1"]])
    #expect(try await forge(service, ["BEGIN", Self.begin, Self.insert, "COMMIT"]) == nil)
    #expect(try await service.sql(changes) == [["2"]])
  }

  @Test("the entries that a batch of registrations made take no other change")
  func batch() async throws {
    let service = try await TestService.make()
    try await service.openConference()
    let register =
      "SELECT * FROM conferences.register('{ann}', '{text}', '{NULL}', '{meet}', '{regular}', "
      + "'{a@example.org}', '{Ann}', '{NULL}')"
    #expect(try await forge(service, ["BEGIN", register, Self.insert, "COMMIT"]) == "SI001")
    #expect(try await forge(service, ["BEGIN", register, "COMMIT"]) == nil)
  }

  @Test("who may not read exchanges does several changes in one command all the same")
  func writerOnly() async throws {
    let service = try await TestService.make()
    try await service.serviceSQL(
      """
      INSERT INTO exchanges.program (code, title, profile_code, profile_version)
      VALUES ('A', 'A', 'SCI-short', 1), ('B', 'B', 'SCI-short', 1)
      """, capabilities: [.exchangesManage])
    let protected = "SELECT count(*) FROM exchanges.program"
    #expect(try await service.sql(protected) == [["2"]])
  }

  @Test("the audit is listed with filters, the latest first, page by page")
  func list() async throws {
    let service = try await TestService.make()
    try await service.run("community create lyon Lyon FR key=K1")
    try await service.run("community create paris Paris FR", as: .director)
    try await service.run("user create bot reporter")
    func commands(_ more: String) async throws -> [Value?] {
      try await service.run("audit list \(more)", as: .finance).rows.map { $0["request"] }
    }
    let user = Value.text("user create \"bot\" \"reporter\"")
    let paris = Value.text("community create \"paris\" \"Paris\" \"FR\"")
    let lyon = Value.text("community create \"lyon\" \"Lyon\" \"FR\"")
    #expect(try await commands("") == [user, paris, lyon])
    #expect(try await commands("principal=test-director") == [paris])
    #expect(try await commands("command~community at>=2020-01-01") == [paris, lyon])
    #expect(try await commands("at<2020-01-01").isEmpty)
    let first = try await service.run("audit list limit=2")
    guard case .list(_, let next) = first, let next else {
      Issue.record("no next page")
      return
    }
    // What happens meanwhile moves nothing from one page to the other.
    try await service.run("community create nice Nice FR")
    let second = try await service.run("audit list limit=2 after=\(next)").rows
    #expect(second.map { $0["request"] } == [lyon])
    #expect(second.first?["key"] == .text("K1"))
    #expect(second.first?["changes"] == .integer(1))
    #expect(await service.failure("audit list after=abc")?.code == .badValue)
    #expect(await service.failure("audit list", as: .organizer)?.code == .commandDenied)
  }

  @Test("an entry is shown with everything it changed")
  func show() async throws {
    let service = try await TestService.make()
    try await service.run("community create lyon Lyon FR")
    let entry = try await service.run("audit list").rows.first?["entry"]
    guard case .text(let number) = entry else {
      Issue.record("no entry")
      return
    }
    let row = try await service.run("audit show \(number)", as: .finance).rows.first
    #expect(row?["command"] == .text("community create"))
    guard case .table(let changed) = row?["changed"] else {
      Issue.record("no changes")
      return
    }
    #expect(changed.columns.map(\.name) == ["table", "row", "field", "before", "after"])
    let name: [Value] = [
      .text("directory.community"), .text("lyon"), .text("name"), .null, .text("Lyon"),
    ]
    #expect(changed.rows.contains(name))
    #expect(await service.failure("audit show 4711")?.code == .missingAuditEntry)
  }

  @Test("what is protected stays so in the audit: children, and who registered")
  func protected() async throws {
    let service = try await TestService.make()
    try await service.run("program create SUMMER Summer profile=SCI-short")
    try await service.openConference()
    try await service.run("registration create meet regular a@example.org Ann")
    func entries(_ role: Role, _ command: String) async throws -> [Int64] {
      try await service.run("audit list command=\"\(command)\"", as: role).rows.compactMap {
        guard case .text(let number) = $0["entry"] else { return nil }
        return Int64(number)
      }
    }
    for (command, readers, others) in [
      ("program create", [Role.admin, .safeguarding], [Role.finance, .director]),
      ("registration create", [.admin, .director], [.finance, .safeguarding]),
    ] {
      let number = try await entries(.admin, command).first ?? 0
      for role in readers {
        #expect(try await entries(role, command) == [number], "\(role) \(command)")
        #expect(try await service.run("audit show \(number)", as: role).rows.count == 1)
      }
      for role in others {
        #expect(try await entries(role, command).isEmpty, "\(role) \(command)")
        let error = await service.failure("audit show \(number)", as: role)
        #expect(error?.code == .missingAuditEntry, "\(role) \(command)")
      }
    }
  }
}

extension TestService {
  /// Opens the conference `meet`, which sells `regular` tickets.
  fileprivate func openConference() async throws {
    try await run("community create kyoto Kyoto JP")
    try await run(
      "conference create meet Meeting kyoto starts=2027-07-01 ends=2027-07-02 "
        + "timezone=Asia/Tokyo")
    try await run("ticket-type create meet regular Regular 10")
    try await run("quota create meet hall 5 ticket-types=regular")
    try await run("conference open meet")
  }
}
