import Access
import CommandLanguage
import Postgres
import TestSupport
import Testing

@testable import Directory

@Suite("Two communities that turn out to be one, or two after all")
struct MergeTests {
  /// Munich twice: the second has a name, a number, a place, a child, and partners of its own.
  private static func service() async throws -> TestService {
    let service = try await TestService.make()
    for line in [
      "community create munich Munich DE", "community create verona Verona IT",
      "community create sapporo Sapporo JP", "community create kyiv Kyiv UA",
      "community create muenchen München DE at=48.14,11.58 population=1500000 names=\"Minga\"",
      "community create schwabing Schwabing DE parent=muenchen kind=district",
      "community add-number muenchen geonames 2867714",
      "source create a A", "source create b B",
      "partnership assert munich verona source=a since=1960",
      "partnership assert muenchen verona source=a since=1960",
      "partnership assert verona muenchen source=b",
      "partnership assert muenchen sapporo source=b since=1972",
      "partnership confirm verona:muenchen by=muenchen on=2020-01-01",
      "initiative create W Water humanitarian starts=2020-01-01 ends=2021-01-01 partners=x:muenchen",
    ] { try await service.run(line) }
    return service
  }

  /// Everything that refers to communities or to their partnerships, and these themselves.
  private func everything(_ service: TestService) async throws -> [[String?]] {
    let tables = try await service.sql(
      """
      SELECT DISTINCT c.oid::regclass::text FROM pg_class c
      LEFT JOIN pg_constraint f ON f.conrelid = c.oid AND f.contype = 'f'
        AND f.confrelid IN ('directory.community'::regclass, 'directory.partnership'::regclass)
      WHERE c.relkind = 'r' AND (f.oid IS NOT NULL OR c.oid = 'directory.community'::regclass)
        AND c.oid NOT IN ('directory.merge'::regclass, 'directory.merge_step'::regclass) ORDER BY 1
      """)
    #expect(tables.count > 14)
    var all: [[String?]] = []
    for table in tables.compactMap({ $0[0] }) {
      all += try await service.sql(
        """
        SELECT set_config('sister.capabilities', 'exchanges.read', false);
        SELECT '\(table)', (to_jsonb(t) - '{revision}'::text[])::text FROM \(table) t ORDER BY 2
        """
      ).filter { $0.count == 2 }
    }
    return all
  }

  /// Everything is as it was, in whatever order.
  private func expectEverything(
    _ before: [[String?]], _ service: TestService,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let now = Set(try await everything(service))
    #expect(now.subtracting(before) == [], sourceLocation: sourceLocation)
    #expect(Set(before).subtracting(now) == [], sourceLocation: sourceLocation)
  }

  @Test("every reference goes to the one that is kept, and what it lacked; the code redirects")
  func merge() async throws {
    let service = try await Self.service()
    try await service.run("community merge muenchen munich reason=\"its German name\"")
    let shown = try await service.run("community show muenchen").rows[0]
    #expect(shown["code"] == .text("munich") && shown["population"] == .text("1500000"))
    #expect(shown["latitude"] == .text("48.14"))
    #expect(names(shown["names"]) == ["Minga", "München"])
    #expect(names(shown["numbers"]) == ["geonames"])
    #expect(names(shown["partnerships"]) == ["PS-3", "PS-1"])
    #expect(try await service.run("community show schwabing").rows[0]["parent"] == .text("munich"))
    #expect(try await service.run("community search Munchen").rows.count == 1)
    #expect(try await service.run("community list").rows.count == 5)
    #expect(try await service.run("community near 48.1,11.6 within=50").rows.count == 1)
    // What the list said of the duplicate it says of the one that there is.
    let said = try await service.run("partnership show PS-2").rows[0]
    #expect(said["number"] == .text("PS-1"))
    #expect(names(said["said"]) == ["munich", "source a", "source b"])
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

  @Test("undone, everything is as it was; what was changed since stays")
  func undo() async throws {
    let service = try await Self.service()
    let before = try await everything(service)
    try await service.run("community merge muenchen munich reason=r")
    #expect(try await everything(service) != before)
    try await service.run("community unmerge muenchen")
    try await expectEverything(before, service)
    #expect(await service.failure("community unmerge muenchen")?.code == .stateConflict)
    try await service.run("community merge muenchen munich reason=again")
    try await service.run("community update munich population=1600000")
    try await service.run("partnership assert munich kyiv source=a since=1989")
    try await service.run("community unmerge muenchen")
    let kept = try await service.run("community show munich").rows[0]
    #expect(kept["population"] == .text("1600000"))
    #expect(names(kept["partnerships"]) == ["PS-4", "PS-1"])
    #expect(
      try await service.run("community merges").rows.map { $0["reason"] } == [
        .text("r"), .text("again"),
      ])
  }

  @Test("one after the other, and undone in the other order")
  func chain() async throws {
    let service = try await Self.service()
    try await service.run("community create monaco \"Monaco di Baviera\" DE")
    let before = try await everything(service)
    try await service.run("community merge muenchen monaco reason=r")
    try await service.run("community merge monaco munich reason=r")
    for code in ["muenchen", "monaco"] {
      #expect(
        try await service.run("community show \(code)").rows[0]["code"] == .text("munich"),
        "\(code)")
    }
    let early = await service.failure("community unmerge muenchen")
    #expect(early?.suggestion == "community unmerge monaco")
    try await service.run("community unmerge monaco")
    try await service.run("community unmerge muenchen")
    try await expectEverything(before, service)
  }

  @Test("what cannot be made one is refused, and nothing is changed")
  func refusals() async throws {
    let service = try await PartnershipTests.signedService()
    for line in [
      "community update denver region=Colorado", "community create axum-2 Aksum ET",
      "community create denver-2 Denver US region=Iowa",
      "partnership assert denver axum-2 source=files",
      "community create munich Munich DE", "partnership create axum-2 axum",
    ] { try await service.run(line) }
    #expect(await service.failure("community merge munich denver reason=r")?.code == .invalid)
    #expect(
      await service.failure("community merge nowhere denver reason=r")?.code == .missingCommunity)
    let pair = await service.failure("community merge axum-2 axum reason=r")
    #expect(pair?.code == .stateConflict && pair?.message.contains("the two themselves") == true)
    try await service.run("partnership withdraw axum:axum-2")
    let signed = await service.failure("community merge axum axum-2 reason=r")
    #expect(signed?.suggestion == "partnership withdraw PS-2")
    try await service.run("membership create denver-2 on=2015-01-01")
    let before = try await everything(service)
    #expect(await service.failure("community merge denver-2 denver reason=r")?.code == .duplicate)
    try await expectEverything(before, service)
    #expect(
      try await service.sql("SELECT count(*) FROM directory.community WHERE merged_into_id > 0")
        == [["0"]])
    #expect(
      await service.failure("community merge axum-2 axum reason=r", as: .reporter)?.code
        == .commandDenied)
  }

  @Test("a partnership of which anything was said since stays whole where it is")
  func said() async throws {
    let service = try await PartnershipTests.service()
    for line in [
      "community create axum-2 Aksum ET", "partnership assert denver axum-2 source=files",
      "partnership assert lagos axum-2 source=files", "community merge axum-2 axum reason=r",
    ] { try await service.run(line) }
    for line in PartnershipTests.negotiated.suffix(1) + PartnershipTests.signed {
      try await service.run(line)
    }
    let undone = try await service.run("community unmerge axum-2")
    #expect(undone["left"] == "1")
    let signed = try await service.run("partnership show denver:axum").rows[0]
    #expect(signed["number"] == .text("PS-1") && signed["state"] == .text("signed"))
    #expect(
      try await service.run("partnership show lagos:axum-2").rows[0]["number"] == .text("PS-2"))
  }

  @Test("what a later merge has moved on comes back first")
  func crossed() async throws {
    let service = try await PartnershipTests.service()
    for line in [
      "community create denver-2 \"Denver City\" US", "community create axum-2 Aksum ET",
      "partnership assert denver-2 axum-2 source=files",
    ] { try await service.run(line) }
    let before = try await everything(service)
    try await service.run("community merge denver-2 denver reason=r")
    try await service.run("community merge axum-2 axum reason=r")
    let early = await service.failure("community unmerge denver-2")
    #expect(early?.code == .stateConflict && early?.suggestion == "community unmerge axum-2")
    try await service.run("community unmerge axum-2")
    try await service.run("community unmerge denver-2")
    try await expectEverything(before, service)
  }

  @Test("what would be there twice is taken away, and put back; what goes together stays together")
  func twice() async throws {
    let service = try await Self.service()
    for line in [
      "community seek munich themes=beer", "community seek muenchen themes=opera",
      "community add-name munich Minga", "community update munich region=Bayern",
      "community update muenchen subdivision=DE-BY time-zone=Europe/Berlin",
      "initiative create V Verse humanitarian starts=2020-01-01 ends=2021-01-01 partners=x:munich,y:muenchen",
    ] { try await service.run(line) }
    let before = try await everything(service)
    try await service.run("community merge muenchen munich reason=r")
    #expect(try await service.run("directory seeking").rows.count == 1)
    let shown = try await service.run("community show munich").rows[0]
    #expect(shown["subdivision"] == .null && shown["time-zone"] == .text("Europe/Berlin"))
    let initiative = try await service.run("initiative show V").rows[0]
    #expect(names(initiative["partners"]).contains("munich"))
    try await service.run("community update munich population=5")
    try await service.run("community unmerge muenchen")
    let kept = try await service.run("community show munich").rows[0]
    #expect(kept["time-zone"] == .null && kept["population"] == .text("5"))
    try await service.auditedSQL(
      "UPDATE directory.community SET population = NULL WHERE code = 'munich'")
    try await expectEverything(before, service)
  }

  /// The first cells of a table within a row.
  private func names(_ value: Value?) -> [String] {
    guard case .table(let table)? = value else { return [] }
    return table.rows.map { row in
      if case .text(let text) = row[0] { text } else { "-" }
    }
  }
}
