import Access
import CommandLanguage
import Postgres
import Testing
import TestSupport

@testable import Conferences

@Suite("Registrations")
struct RegistrationTests {
  @Test("the last seat is sold, and the next refused by name of the quota")
  func soldOut() async throws {
    let service = try await TestService.withConference(seats: 2)
    for person in ["a", "b"] { try await service.register(person) }
    let refusal = await service.failure(TestService.registration("c"), as: .desk)
    #expect(refusal?.code == .soldOut)
    #expect(refusal?.message == "quota hall of houston is sold out: all 2 seats are taken")
    try await service.run("registration cancel R-000001", as: .desk)
    try await service.register("c")
    #expect(try await service.liveRegistrations() == 2)
  }

  @Test("members' tickets are for people of communities in standing, under whatever code")
  func members() async throws {
    let service = try await TestService.withConference()
    for line in [
      "ticket-type create houston delegate Delegate 300 for=members",
      "quota create houston members 50 ticket-types=delegate",
      "community create lyon Lyon FR population=5", "community create lugdunum Lugdunum FR",
      "community create turin Turin IT population=5",
      "dues create any min=1 amount=100 from=2000-01-01", "membership create lyon on=2000-01-01",
      "membership create turin on=2000-01-01", "membership invoice lyon from=2025-01-01 years=10",
      "membership pay D-1 1000 on=2025-01-01",
      "community merge lugdunum lyon reason=\"its old name\"",
    ] { try await service.run(line) }
    for (more, told) in [
      ("", "give the one they are of"), ("community=houston", "houston is no member"),
      ("community=turin", "the membership of turin is lapsed"),
    ] {
      let refusal = await service.failure(
        TestService.registration("x", ticket: "delegate", more: more), as: .desk)
      #expect(refusal?.code == .notAMember && refusal?.message.contains(told) == true, "\(told)")
    }
    try await service.register("a", ticket: "delegate", more: "community=lyon")
    try await service.register("b", ticket: "delegate", more: "community=lugdunum")
    try await service.register("c", more: "community=turin")
    let shown = try await service.run("registration show R-000002", as: .desk).rows[0]
    #expect(shown["community"] == .text("lyon"))
    #expect(try await service.quota("members") == .integer(2))
  }

  @Test("a person registers once, whatever the case of their address")
  func duplicates() async throws {
    let service = try await TestService.withConference()
    try await service.register("maria")
    let refusal = await service.failure(TestService.registration("MARIA"), as: .desk)
    #expect(refusal?.code == .duplicate)
    #expect(refusal?.suggestion == "registration show R-000001")
    let batch = try await service.batch([("li", nil, "1"), ("Li", nil, "2"), ("wu", nil, "3")])
    #expect(batch.map { $0[0] } == [nil, "conflict.duplicate", nil])
    #expect(batch[1][3]?.contains("R-000002") == true)
    #expect(try await service.quota("hall") == .integer(3))
  }

  @Test("all quotas are taken at once or none, and a ticket without a quota is not sold")
  func allOrNone() async throws {
    let service = try await TestService.withConference()
    try await service.run("ticket-type create houston boat \"With boat trip\" 500")
    let none = await service.failure(TestService.registration("x", ticket: "boat"), as: .desk)
    #expect(none?.code == .missingQuota)
    try await service.run("quota create houston dinner 50 ticket-types=boat,regular")
    try await service.run("quota create houston seats 1 ticket-types=boat")
    try await service.register("a", ticket: "boat")
    let refusal = await service.failure(TestService.registration("b", ticket: "boat"), as: .desk)
    #expect(refusal?.code == .soldOut)
    #expect(refusal?.message.contains("quota seats") == true)
    #expect(try await service.quota("dinner") == .integer(1))
    try await service.register("c")
    #expect(try await service.quota("dinner") == .integer(2))
    #expect(try await service.quota("hall") == .integer(1))
    try await service.run("registration cancel R-000001", as: .desk)
    #expect(try await service.quota("seats", "free") == .integer(1))
    #expect(try await service.run("conference verify houston").rows.isEmpty)
  }

  @Test("the same key gives the same answer again, or refuses another request")
  func keys() async throws {
    let service = try await TestService.withConference()
    let first = try await service.register("maria", more: "key=K1")
    let again = try await service.register("maria", more: "key=K1")
    #expect(first["replayed"] == nil)
    #expect(again["replayed"] == "yes")
    #expect(again["number"] == first["number"])
    // Exactly what a command that is not batched says.
    let batched = await service.failure(TestService.registration("li", more: "key=K1"), as: .desk)
    let single = await service.failure("registration cancel R-000001 key=K1", as: .desk)
    #expect(batched?.code == .idempotency)
    #expect(batched == single)
    // Another principal's key is another key; a refused request leaves its key unused.
    try await service.run(TestService.registration("li", more: "key=K1"), as: .organizer)
    #expect(
      await service.failure(TestService.registration("li", more: "key=K2"), as: .desk)?.code
        == .duplicate)
    try await service.register("wu", more: "key=K2")
    #expect(try await service.liveRegistrations() == 3)
  }

  @Test("keys within one batch behave as if its requests came one after another")
  func keysInOneBatch() async throws {
    let service = try await TestService.withConference()
    try await service.register("maria")
    let batch = try await service.batch([
      ("maria", "K", "refused, so the key stays free"), ("li", "K", "li"), ("li", "K", "li"),
      ("wu", "K", "wu"), ("wu", nil, "wu"),
    ])
    #expect(batch.map { $0[0] } == ["conflict.duplicate", nil, nil, "conflict.idempotency", nil])
    #expect(batch.map { $0[1] } == [nil, "R-000002", "R-000002", nil, "R-000003"])
    #expect(batch.map { $0[2] } == ["f", "f", "t", "f", "f"])
    let later = try await service.batch([("li", "K", "li"), ("wu", "K", "wu")])
    #expect(later.map { $0[2] } == ["t", "f"])
    #expect(try await service.liveRegistrations() == 3)
  }

  @Test("sent many times at once under one key, it happens once")
  func keyStorm() async throws {
    let service = try await TestService.withConference()
    let line = TestService.registration("maria", more: "key=K1")
    let (replies, errors) = await sendTogether(Array(repeating: line, count: 50)) {
      (_, line) async throws(DomainError) in try await service.run(line, as: .desk)
    }
    #expect(errors.isEmpty)
    #expect(replies.values.filter { $0["replayed"] == nil }.count == 1)
    #expect(Set(replies.values.map { $0["number"] }) == ["R-000001"])
  }

  @Test("a request that breaks its batch does not hurt its neighbours")
  func neighbours() async throws {
    let service = try await TestService.withConference()
    // A defect that the routine does not foresee.
    try await service.sql(
      """
      ALTER TABLE conferences.registration
      ADD CONSTRAINT registration_test CHECK (name <> 'broken')
      """)
    let lines = (0..<40).map { TestService.registration($0 == 17 ? "broken" : "p\($0)") }
    let (replies, errors) = await sendTogether(lines) {
      (_, line) async throws(DomainError) in try await service.run(line, as: .desk)
    }
    #expect(replies.count == 39)
    #expect(errors[17]?.code == .internalFault)
    #expect(try await service.quota("hall") == .integer(39))
    #expect(try await service.run("conference verify houston").rows.isEmpty)
  }

  @Test("every registration has its own audit entry and change; counters have none")
  func audit() async throws {
    let service = try await TestService.withConference()
    let lines = (0..<30).map { TestService.registration("p\($0)", more: "key=K\($0)") }
    _ = await sendTogether(lines) {
      (_, line) async throws(DomainError) in try await service.run(line, as: .desk)
    }
    let rows = try await service.sql(
      """
      SELECT count(DISTINCT e.id), count(DISTINCT c.row_key), count(DISTINCT e.request_key),
        count(DISTINCT e.request), count(*)
      FROM audit.entry e JOIN audit.change c ON c.entry_id = e.id
      WHERE e.command = 'registration create' AND e.principal = 'test-desk'
        AND e.request LIKE '%' || (c.after ->> 'email') || '%'
        AND c.relation = 'conferences.registration' AND c.before IS NULL
      """)
    #expect(rows == [["30", "30", "30", "30", "30"]])
    try await service.run("registration cancel R-000001", as: .desk)
    let counters = try await service.sql(
      """
      SELECT count(*) FROM audit.change
      WHERE relation = 'conferences.quota' AND before IS NOT NULL
      """)
    #expect(counters == [["0"]])
  }

  @Test("nobody registers once a conference has closed, however close together the two are")
  func closedMeanwhile() async throws {
    let service = try await TestService.withConference()
    let connectionString = service.connectionString(.owner)
    let closing = try await blocking {
      let connection = try RawConnection(connectionString)
      try connection.exec(
        """
        BEGIN; SELECT access.begin_command('ann', '{}', 'test', 'test', NULL);
        UPDATE conferences.conference SET state = 'closed'
        """)
      return connection
    }
    async let error = service.failure(TestService.registration("maria"), as: .desk)
    // Time enough for the registration to commit, if it did not wait.
    try await Task.sleep(for: .milliseconds(500))
    _ = try await blocking { try closing.exec("COMMIT") }
    #expect(await error?.code == .notOpen)
    #expect(try await service.liveRegistrations() == 0)
  }

  @Test("a preview shows the registration, or the refusal, and nothing happens")
  func preview() async throws {
    let service = try await TestService.withConference(seats: 1)
    let changes = try await service.register("maria", more: "key=K1 preview=yes").rows
    #expect(changes.contains { $0["field"] == .text("email") })
    #expect(try await service.liveRegistrations() == 0)
    #expect(try await service.quota("hall") == .integer(0))
    #expect(try await service.register("maria", more: "key=K1")["replayed"] == nil)
    let refusal = await service.failure(
      TestService.registration("li", more: "preview=yes"), as: .desk)
    #expect(refusal?.code == .soldOut)
  }

  @Test("a registration has a revision, which only its own changes raise")
  func revision() async throws {
    let service = try await TestService.withConference()
    let number = try await service.register("maria")["number"] ?? ""
    try await service.register("li")
    let show = "registration show \(number)"
    #expect(try await service.run(show).rows.first?["revision"] == .integer(1))
    let refusal = await service.failure("registration cancel \(number) if-rev=2", as: .desk)
    #expect(refusal?.code == .revisionConflict)
    #expect(refusal?.message.hasPrefix("registration \(number) is at revision 1") == true)
    #expect(refusal?.suggestion == show)
    #expect(try await service.quota("hall") == .integer(2), "its seat is kept")
    try await service.run("registration cancel \(number) if-rev=1", as: .desk)
    #expect(try await service.run(show).rows.first?["revision"] == .integer(2))
    let conference = try await service.run("conference show houston").rows.first
    #expect(conference?["revision"] == .integer(2), "it was opened once")
    let recorded = try await service.sql(
      "SELECT count(*) FROM audit.change WHERE before ? 'revision' OR after ? 'revision'")
    #expect(recorded == [["0"]])
  }

  @Test("creating has no if-rev=, alone, in a batch or in an import")
  func revisionOfNew() async throws {
    let service = try await TestService.withConference()
    let refusal = await service.failure(
      TestService.registration("maria", more: "if-rev=1"), as: .desk)
    #expect(refusal?.code == .unknownArgument)
    #expect(refusal?.message.contains("changes nothing that has a revision") == true)
    let rows = "data=\"number\\nR-000001\\n\""
    let whole = await service.failure("import \"initiative update\" \(rows) if-rev=1")
    #expect(whole?.code == .unknownArgument)
    let column = await service.failure(
      "import \"initiative update\" data=\"code,if-rev\\nI,1\\n\"")
    #expect(column?.code == .unknownArgument)
    #expect(column?.message.contains("if-rev") == true)
    #expect(try await service.liveRegistrations() == 0)
  }
}
