import Access
import CommandLanguage
import Postgres
import TestSupport
import Testing

@testable import Directory

@Suite("What the database keeps of partnerships, however they are written")
struct PartnershipGuardTests {
  @Test("raw SQL with the service's rights cannot do what no command can")
  func rawSQL() async throws {
    let service = try await PartnershipTests.signedService()
    let pair = "SELECT min(id), max(id) FROM directory.community WHERE code IN ('denver', 'axum')"
    let insert = "INSERT INTO directory.partnership (lo_id, hi_id, state, starts)"
    let refused = [
      "\(insert) SELECT id, id, 'idea', NULL FROM directory.community LIMIT 1",
      "\(insert) SELECT max, min, 'idea', NULL FROM (\(pair)) AS p",
      "\(insert) SELECT min, max, 'signed', '2021-01-01' FROM (\(pair)) AS p",
      "\(insert) SELECT min, max, 'asserted', '1980-01-01' FROM (\(pair)) AS p",
      "UPDATE directory.partnership SET state = 'idea'",
      "UPDATE directory.partnership SET state = 'negotiating'",
      "UPDATE directory.partnership SET starts = NULL",
      "UPDATE directory.partnership SET starts = '2019-01-01'",
      "UPDATE directory.partnership SET ends = '2024-01-01'",
      "UPDATE directory.partnership SET state = 'terminated'",
      "UPDATE directory.partnership SET kind = 'charter'",
      "UPDATE directory.partnership SET was_signed = false",
      "UPDATE directory.partnership SET state = 'terminated', ends = '2024-01-01', "
        + "end_reason = 'x', starts = '2000-01-01'",
      "\(insert) SELECT min, max, 'terminated', '1980-01-01' FROM (\(pair)) AS p",
      "UPDATE directory.partnership SET hi_id = lo_id",
      "DELETE FROM directory.partnership",
      "INSERT INTO directory.partnership_fact (partnership_id, fact, value, valid, known) "
        + "VALUES (1, 'recognition', 'recognised', '[2020-06-01,)', '[2020-06-01,)')",
      "UPDATE directory.partnership_fact SET value = 'in-force'",
      "SELECT directory.record_fact(1, 'recognition', 'recognised', '2020-06-01', NULL, NULL)",
      "SELECT directory.say_fact('PS-1', 'recognition', 'emeritus', '2020-06-01', NULL, NULL)",
      "SELECT directory.say_fact('PS-1', 'recognition', 'recognised', '2020-06-01', NULL, NULL)",
      "SELECT directory.say_fact('PS-1', 'existence', 'in-force', '2010-06-01', NULL, NULL)",
      "SELECT directory.say_fact('PS-1', 'activity', 'active', '2010-06-01', NULL, NULL)",
      "SELECT directory.say_fact('PS-1', 'activity', 'lively', '2021-06-01', NULL, NULL)",
      "INSERT INTO directory.signature SELECT 1, id, 'x', 'y', true, '2020-01-01' "
        + "FROM directory.community WHERE code = 'lagos'",
      "INSERT INTO directory.assertion (partnership_id, community_id, stance, asserted_on) "
        + "SELECT 1, id, 'exists', '2020-01-01' FROM directory.community WHERE code = 'lagos'",
    ]
    for sql in refused {
      do throws(RawSQLError) {
        try await service.serviceSQL(sql)
        Issue.record("\(sql) is done")
      } catch {
        // A right that is lacking, a constraint, or a routine's refusal: not a mistake of the test.
        let kinds = ["42501", "SI000", "22000"]
        #expect(
          kinds.contains(error.sqlState) || error.sqlState.hasPrefix("23"), "\(sql): \(error)")
      }
    }
    // The same hands may do what is right.
    try await service.serviceSQL(
      "SELECT directory.say_fact('PS-1', 'activity', 'active', '2021-06-01', NULL, NULL)")
  }

  @Test("what is still to come is not said yet")
  func toCome() async throws {
    let service = try await PartnershipTests.service()
    for line in PartnershipTests.negotiated { try await service.run(line) }
    for line in [
      "partnership add-signature denver:axum axum Abebe Mayor on=2999-05-04",
      "partnership resolve denver:axum R on=2999-05-04",
      "partnership sign denver:axum on=2999-05-04",
      "partnership record denver:axum visit V on=2999-05-04",
      "partnership confirm denver:axum by=axum on=2999-05-04",
      "partnership assert denver lagos source=files since=2999",
    ] { #expect(await service.failure(line)?.code == .invalid, "\(line)") }
    let unsigned = await service.failure("partnership sign denver:axum on=2020-05-04")
    #expect(unsigned?.code == .signatures)
    #expect(unsigned?.message.hasPrefix("PS-1 cannot be signed on 2020-05-04") == true)
    let agreements = try await service.run("partnership show PS-1").rows[0]["agreements"]
    #expect(agreements.map { "\($0)".contains("signatures") } == true)
    #expect(agreements.map { "\($0)".contains(", for ") } == false)
  }

  @Test("a second signature that does not come in time keeps the network from recognising it")
  func pending() async throws {
    let service = try await PartnershipTests.service()
    for line in PartnershipTests.negotiated.dropLast() { try await service.run(line) }
    for line in [
      "partnership agree denver:axum Agreement languages=en pending-until=2020-12-31",
      "partnership resolve denver:axum R on=2020-05-01",
      "partnership add-signature denver:axum denver Ann Mayor on=2020-05-04",
      "partnership sign denver:axum on=2020-05-04",
    ] { try await service.run(line) }
    let awaited = try await service.run("report run partnerships-unsigned overdue=yes").rows
    #expect(awaited.map { $0["awaits"] } == [.text("axum")])
    #expect(try await service.run("report run partnerships-unsigned overdue=no").rows.isEmpty)
    try await service.run("partnership recognise denver:axum since=2020-12-01")
    try await service.run("partnership suspend denver:axum since=2020-12-15 reason=r")
    #expect(
      await service.failure("partnership recognise denver:axum since=2021-01-01")?.code
        == .signatures)
    try await service.run("partnership add-signature denver:axum axum Abebe Mayor on=2020-12-31")
    try await service.run("partnership recognise denver:axum since=2021-01-01")
    #expect(try await service.run("report run partnerships-unsigned").rows.isEmpty)
  }

  @Test("a resolution on which a recognition stands is not taken from under it")
  func resolution() async throws {
    let service = try await PartnershipTests.signedService()
    try await service.run("partnership resolve denver:axum R on=2020-05-10")
    try await service.run("partnership resolve denver:axum R on=2020-05-12")
    try await service.run("partnership recognise denver:axum since=2020-06-01")
    let later = await service.failure("partnership resolve denver:axum R on=2020-06-02")
    #expect(later?.code == .stateConflict)
    await #expect(throws: RawSQLError.self) {
      try await service.serviceSQL(
        "UPDATE directory.agreement SET resolution = NULL, resolution_on = NULL")
    }
    try await service.run("partnership resolve denver:axum R on=2020-06-01")
    let start = await service.failure("partnership update denver:axum clear=starts")
    #expect(start?.message.contains("has a first day") == true)
  }

  @Test("it has its communities' countries, whatever becomes of them")
  func countries() async throws {
    let service = try await PartnershipTests.signedService()
    func countries() async throws -> [[String?]] {
      try await service.sql(
        """
        SELECT lo_country, hi_country, revision, (SELECT count(*) FROM audit.change
          WHERE relation = 'directory.partnership' AND row_key = number)
        FROM directory.partnership
        """)
    }
    let before = try await countries()[0]
    #expect(before[0] == "US" && before[1] == "ET")
    try await service.run("community update axum country=ER")
    // It is a change of the community, and none of the partnership.
    #expect(try await countries() == [["US", "ER", before[2], before[3]]])
    #expect(try await service.run("partnership list country=ER").rows.count == 1)
    await #expect {
      try await service.sql("UPDATE directory.partnership SET hi_country = 'ET'")
    } throws: {
      ($0 as? RawSQLError)?.sqlState == "23503"
    }
    await #expect {
      try await service.serviceSQL("UPDATE directory.partnership SET hi_country = 'ET'")
    } throws: {
      ($0 as? RawSQLError)?.sqlState == "42501"
    }
  }

  @Test("a country that changes while a partnership begins is the one it gets")
  func countriesAtOnce() async throws {
    let service = try await PartnershipTests.service()
    let other = try RawConnection(service.connectionString(.owner))
    try other.exec(
      """
      BEGIN; SELECT access.begin_command('x', '{}', 'community update', 'x', NULL);
      UPDATE directory.community SET country = 'ER' WHERE code = 'axum'
      """)
    async let failure = service.failure("partnership create denver axum")
    try await eventually("it waits for the change") {
      (try? await service.sql(
        """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0
        """)) == [["1"]]
    }
    try other.exec("COMMIT")
    #expect(await failure == nil)
    #expect(
      try await service.sql("SELECT lo_country, hi_country FROM directory.partnership")
        == [["US", "ER"]])
  }
}
