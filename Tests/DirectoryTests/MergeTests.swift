import Access
import CommandLanguage
import Postgres
import TestSupport
import Testing

@testable import Directory

@Suite("Two communities that turn out to be one")
struct MergeTests {
  @Test("every reference goes to the one that is kept, and what it lacked; the code redirects")
  func merge() async throws {
    let service = try await MergedCommunities.service()
    try await service.run("community merge muenchen munich reason=\"its German name\"")
    let shown = try await service.run("community show muenchen").rows[0]
    #expect(shown["code"] == .text("munich") && shown["population"] == .text("1500000"))
    #expect(shown["latitude"] == .text("48.14"))
    #expect(MergedCommunities.names(shown["names"]) == ["Minga", "München"])
    #expect(MergedCommunities.names(shown["numbers"]) == ["geonames"])
    #expect(MergedCommunities.names(shown["partnerships"]) == ["PS-3", "PS-1"])
    #expect(try await service.run("community show schwabing").rows[0]["parent"] == .text("munich"))
    #expect(try await service.run("community search Munchen").rows.count == 1)
    #expect(try await service.run("community list").rows.count == 5)
    #expect(try await service.run("community near 48.1,11.6 within=50").rows.count == 1)
    // What the list said of the duplicate it says of the one that there is.
    let said = try await service.run("partnership show PS-2").rows[0]
    #expect(said["number"] == .text("PS-1"))
    #expect(MergedCommunities.names(said["said"]) == ["munich", "source a", "source b"])
    #expect(try await service.run("directory common munich sapporo").rows.isEmpty)
    #expect(try await service.run("directory path verona sapporo").rows.count == 3)
    #expect(try await service.run("initiative show W").rows[0]["partners"] != nil)
    #expect(
      try await service.sql(
        "SELECT count(*) FROM initiatives.partner p JOIN directory.community c"
          + " ON c.id = p.community_id WHERE c.code = 'munich'") == [["1"]])
    // A code that was merged is nobody else's.
    #expect(await service.failure("community create muenchen X DE")?.code == .duplicate)
    #expect(
      await service.failure("community merge muenchen munich reason=r")?.code == .stateConflict)
    #expect(await service.failure("community merge munich munich reason=r")?.code == .invalid)
  }

  @Test("what is written while a community is merged goes to the one that is kept")
  func atOnce() async throws {
    let service = try await TestService.make()
    for line in [
      "community create toronto Toronto CA", "community create toronto2 Torronto CA",
      "community create lagos Lagos NG", "community update toronto population=9",
    ] { try await service.run(line) }
    let merge = try RawConnection(service.connectionString(.owner))
    try merge.exec(
      """
      BEGIN; SELECT access.begin_command('x', '{}', 'community merge', 'x', NULL);
      SELECT directory.merge_communities('toronto2', 'toronto', 'r')
      """)
    async let membership = service.failure("membership create toronto2 on=2026-01-01")
    async let partnership = service.failure("partnership create toronto2 lagos")
    async let name = service.failure("community add-name toronto2 Hogtown")
    try await eventually("they wait for the merge") {
      (try? await service.sql(
        """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0
        """)) == [["3"]]
    }
    try merge.exec("COMMIT")
    #expect(await [membership, partnership, name].allSatisfy { $0 == nil })
    #expect(
      try await service.sql(
        """
        SELECT (SELECT count(*) FROM directory.membership WHERE community_id = c.id),
          (SELECT count(*) FROM directory.partnership WHERE c.id IN (lo_id, hi_id)),
          (SELECT count(*) FROM directory.community_name WHERE community_id = c.id)
        FROM directory.community c WHERE code = 'toronto'
        """) == [["1", "1", "2"]], "its own name is one of them now")
  }

  @Test("raw SQL writes nothing of a community that was merged, and changes nothing of it")
  func raw() async throws {
    let service = try await TestService.make()
    for line in [
      "community create prague Prague CZ", "community create praha Praha CZ",
      "community create brno Brno CZ", "community merge praha prague reason=r",
    ] { try await service.run(line) }
    let ids =
      "FROM directory.community a, directory.community b WHERE a.code = 'praha' AND b.code ="
    for sql in [
      "INSERT INTO directory.membership (community_id, joined_on) SELECT a.id, now() \(ids) 'brno'",
      "INSERT INTO directory.external_id (scheme, value, community_id) "
        + "SELECT 'geonames', '1', a.id \(ids) 'brno'",
      "UPDATE directory.community c SET parent_id = a.id \(ids) 'brno' AND c.id = b.id",
      "INSERT INTO directory.partnership (lo_id, hi_id) "
        + "SELECT least(a.id, b.id), greatest(a.id, b.id) \(ids) 'prague'",
    ] {
      await #expect {
        try await service.serviceSQL(sql)
      } throws: {
        ($0 as? RawSQLError)?.sqlState == "40001"
      }
      // The same of the one that is kept is done.
      try await service.serviceSQL(
        sql.replacing("'praha'", with: "'prague'").replacing(
          "b.code = 'prague'", with: "b.code = 'brno'"))
    }
    await #expect {
      try await service.serviceSQL(
        "UPDATE directory.community SET country = 'FR' WHERE code = 'praha'")
    } throws: {
      ($0 as? RawSQLError)?.sqlState == "SI000"
    }
  }

  @Test("a filter of the code that was merged finds what the other one has")
  func filters() async throws {
    let service = try await TestService.makeWithDemo()
    try await service.run("community create the-other Other US")
    let lists = [
      "partnership list community=chicago", "partnership list community!=chicago",
      "grant list community=urbana", "cohort list from=chicago",
      "membership list community=chicago",
      "report run partnerships-unconfirmed awaiting=chicago", "conference list host=houston",
    ]
    var before: [[[String: Value]]] = []
    for line in lists { before.append(try await service.run(line).rows) }
    #expect(before.allSatisfy { !$0.isEmpty })
    for code in ["chicago", "urbana", "houston"] {
      try await service.run("community create the-\(code) \"The \(code)\" US")
      try await service.run("community merge \(code) the-\(code) reason=r")
    }
    // Only whole codes: what is contained in one is not followed.
    #expect(try await service.run("partnership list community~chicag").rows.count > 0)
    for (line, rows) in zip(lists, before) {
      #expect(try await service.run(line).rows.count == rows.count, "\(line)")
    }
  }

  @Test("no table that refers to communities is forgotten")
  func complete() async throws {
    let service = try await TestService.makeWithDemo()
    let references = try await service.sql(
      """
      SELECT f.conrelid::regclass::text, a.attname FROM pg_constraint f
      JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1]
      WHERE f.contype = 'f' AND f.confrelid = 'directory.community'::regclass
        AND f.conrelid <> 'directory.merge'::regclass
      """)
    #expect(references.count > 12)
    // Each of them refuses one that was merged; partnerships look at both of theirs.
    let guarded = try await service.sql(
      """
      SELECT tgrelid::regclass::text, CASE tgnargs WHEN 0 THEN 'community_id'
        ELSE convert_from(substr(tgargs, 1, length(tgargs) - 1), 'UTF8') END
      FROM pg_trigger WHERE tgfoid = 'directory.refuse_merged'::regproc
      """)
    #expect(
      Set(references.filter { $0[0] != "directory.partnership" }) == Set(guarded))
    let columns = references.map { ($0[0] ?? "", $0[1] ?? "") }
    for name in ["chicago", "accra", "houston", "kansas-city", "urbana", "toledo-oh"] {
      let country = name == "accra" ? "GH" : "US"
      try await service.run("community create the-other \"Other \(name)\" \(country)")
      try await service.run("community merge \(name) the-other reason=r")
      for (table, column) in columns {
        let left = try await service.sql(
          """
          SELECT set_config('sister.capabilities', 'exchanges.read', false);
          SELECT count(*) FROM \(table) t JOIN directory.community c
            ON c.id = t.\(column) WHERE c.code = '\(name)'
          """)
        #expect(left.last == ["0"], "\(name) \(table)")
      }
      try await service.run("community unmerge \(name)")
      try await service.run("community merge the-other \(name) reason=\"as it was\"")
      try await service.auditedSQL(
        "UPDATE directory.community SET code = 'x-\(name)' WHERE code = 'the-other'")
    }
  }
}
