import Access
import CommandLanguage
import Postgres
import TestSupport
import Testing

@Suite("if-rev=: nothing is changed that changed since it was looked at")
struct RevisionTests {
  /// A service with the initiative I, at revision 1.
  private func prepared(loanedConnections: Int = 4) async throws -> TestService {
    let service = try await TestService.make(loanedConnections: loanedConnections)
    try await service.run("initiative create I Water humanitarian")
    return service
  }

  private func revision(_ service: TestService, _ code: String = "I") async throws -> Value? {
    try await service.run("initiative show \(code)").rows.first?["revision"]
  }

  private func title(_ service: TestService) async throws -> Value? {
    try await service.run("initiative show I").rows.first?["title"]
  }

  @Test("each change raises it by one, and what changes nothing does not")
  func counting() async throws {
    let service = try await prepared()
    #expect(try await revision(service) == .integer(1))
    try await service.run("initiative update I title=Wells if-rev=1")
    #expect(try await revision(service) == .integer(2))
    try await service.run("initiative update I title=Wells if-rev=2")
    try await service.run("initiative update I if-rev=2")
    #expect(try await revision(service) == .integer(2))
    try await service.run("initiative activate I")
    #expect(try await revision(service) == .integer(3))
    // What hangs on it has rules of its own.
    try await service.run(
      "indicator create I packets Packets packet target=5 starts=2020-01-01 ends=2099-12-31")
    try await service.run("indicator report I packets 5 submit=yes")
    #expect(try await revision(service) == .integer(3))
  }

  @Test(
    "at another revision it is refused, whatever else there is to refuse, and shown how to go on")
  func stale() async throws {
    let service = try await prepared()
    try await service.run("initiative activate I")
    for line in [
      "initiative update I title=X", "initiative activate I", "initiative cancel I reason=x",
    ] {
      let error = await service.failure("\(line) if-rev=1")
      #expect(error?.code == .revisionConflict, "\(line)")
      #expect(
        error?.message == "initiative I is at revision 2, and if-rev=1 was given: look at it again")
      #expect(error?.suggestion == "initiative show I")
      #expect(error?.argument == "if-rev")
    }
    #expect(await service.failure("initiative activate I if-rev=2")?.code == .stateConflict)
    #expect(await service.failure("initiative update J if-rev=2")?.code == .missingInitiative)
    #expect(try await title(service) == .text("Water"))
    #expect(try await revision(service) == .integer(2))
  }

  @Test("a key answers with what it answered, whatever the revision is by then")
  func key() async throws {
    let service = try await prepared()
    let line = "initiative update I title=Wells key=K1"
    // A refusal uses up no key.
    #expect(await service.failure("\(line) if-rev=2")?.code == .revisionConflict)
    #expect(try await service.run("\(line) if-rev=1")["replayed"] == nil)
    try await service.run("initiative update I title=Pumps")
    for again in ["if-rev=1", "if-rev=3", ""] {
      let reply = try await service.run("\(line) \(again)")
      #expect(reply["replayed"] == "yes" && reply["code"] == "I", "\(again)")
    }
    #expect(try await title(service) == .text("Pumps"))
    let other = await service.failure("initiative update I title=Other key=K1 if-rev=3")
    #expect(other?.code == .idempotency)
    #expect(
      try await service.sql("SELECT count(*) FROM audit.entry WHERE request_key = 'K1'") == [["1"]])
  }

  @Test("a preview is of that revision or of none, and neither it nor the audit shows the counting")
  func preview() async throws {
    let service = try await prepared()
    let line = "initiative update I title=Wells preview=yes"
    let fields = try await service.run("\(line) if-rev=1").rows.map { $0["field"] }
    #expect(fields == [.text("title")])
    #expect(await service.failure("\(line) if-rev=2")?.code == .revisionConflict)
    #expect(try await revision(service) == .integer(1))
    try await service.run("initiative update I title=Wells")
    let recorded = try await service.sql(
      "SELECT string_agg(audit.changed_fields(before, after), ';' ORDER BY id) FROM audit.change")
    #expect(recorded[0][0]?.hasSuffix(";title") == true)
    #expect(recorded[0][0]?.contains("revision") == false)
  }

  @Test("of many who change what they all saw, one does, and the others hear of it")
  func together() async throws {
    let service = try await prepared(loanedConnections: 16)
    for round in 1...5 {
      let outcomes = await atOnce(service) {
        "initiative update I title=T\(round).\($0) if-rev=\(round)"
      }
      #expect(outcomes.count { $0 == nil } == 1)
      #expect(outcomes.count { $0 == .revisionConflict } == 15)
      #expect(try await revision(service) == .integer(Int64(round + 1)))
    }
    // The control: all of them would have, and each but the last would have been lost.
    let unchecked = await atOnce(service) { "initiative update I title=U\($0)" }
    #expect(unchecked.allSatisfy { $0 == nil })
    #expect(try await revision(service) == .integer(22))
  }

  @Test(
    "who comes while a change is under way waits for what becomes of it", arguments: [true, false])
  func underWay(commits: Bool) async throws {
    let service = try await prepared()
    let connectionString = service.connectionString(.owner)
    let ahead = try await blocking {
      let connection = try RawConnection(connectionString)
      try connection.exec(
        """
        BEGIN; SELECT access.begin_command('ann', '{}', 'initiative update', 'x', NULL, 1);
        UPDATE initiatives.initiative SET title = 'Wells'
        """)
      return connection
    }
    async let error = service.failure("initiative update I title=Pumps if-rev=1")
    // Time enough for it to be done, if it did not wait.
    try await Task.sleep(for: .milliseconds(500))
    #expect(try await title(service) == .text("Water"))
    _ = try await blocking { try ahead.exec(commits ? "COMMIT" : "ROLLBACK") }
    #expect(await error?.code == (commits ? .revisionConflict : nil))
    #expect(try await title(service) == .text(commits ? "Wells" : "Pumps"))
    #expect(try await revision(service) == .integer(2))
  }

  /// What became of sixteen commands, sent together.
  private func atOnce(
    _ service: TestService, _ line: @escaping @Sendable (Int) -> String
  ) async -> [ErrorCode?] {
    await withTaskGroup(of: ErrorCode?.self) { group in
      for number in 0..<16 {
        group.addTask { await service.failure(line(number))?.code }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
  }

  @Test("a command may change its row twice, and rows of other nouns before it")
  func withinCommand() async throws {
    let service = try await prepared()
    try await service.run("initiative create J Wells humanitarian")
    func steps(_ command: String, _ revision: Int, _ sql: String) async -> String? {
      do throws(RawSQLError) {
        try await service.sql(
          "BEGIN; SELECT access.begin_command('ann', '{}', '\(command)', 'x', NULL, \(revision)); "
            + sql + "; COMMIT")
        return nil
      } catch {
        return error.constraint
      }
    }
    let twice = """
      UPDATE initiatives.initiative SET title = 'a' WHERE code = 'I';
      UPDATE initiatives.initiative SET title = 'b', revision = 77 WHERE code = 'I'
      """
    #expect(await steps("initiative update", 1, twice) == nil)
    #expect(try await revision(service) == .integer(3), "and no statement sets it")
    #expect(await steps("initiative update", 1, twice) == "conflict.revision")
    #expect(try await title(service) == .text("b"))
    // It is the initiative of another noun's command, which is told a grant's revision.
    #expect(await steps("grant close", 5, twice) == nil)
    #expect(try await revision(service) == .integer(5))
  }
}
