import Access
import CommandLanguage
import TestSupport
import Testing

@testable import Directory

@Suite("Communities: namesakes, names and numbers")
struct CommunityTests {
  @Test("one place is added once; a namesake is one that something tells apart")
  func namesakes() async throws {
    let service = try await TestService.make()
    try await service.run("community create portland-or Portland US region=Oregon at=45.52,-122.68")
    for again in [
      "community create p Portland US", "community create p PORTLAND US region=oregon",
      "community create p Portland US at=45.50,-122.60",
    ] {
      let error = await service.failure(again)
      #expect(error?.code == .duplicate, "\(again)")
      #expect(error?.message.contains("Portland, Oregon in US already: portland-or") == true)
      #expect(error?.suggestion == "community show portland-or")
    }
    try await service.run("community create portland-me Portland US region=Maine")
    try await service.run("community create portland-tx Portland US region=Texas")
    try await service.run("community create portland-county Portland US region=Maine kind=county")
    try await service.run("community create portland-au Portland AU")
    #expect(try await service.run("community search portland").rows.count == 5)
  }

  @Test("a change makes no namesake either; what is only known besides is never refused")
  func changedNamesakes() async throws {
    let service = try await TestService.make()
    try await service.run("community create lyon Lyon FR")
    try await service.run("community create lugdunum Lugdunum FR region=Rhône")
    for change in ["lugdunum name=LYON", "lugdunum name=Lyon region=Ain"] {
      #expect(await service.failure("community update \(change)")?.code == .duplicate)
    }
    try await service.run("community update lyon region=Rhône at=45.75,4.85 population=522000")
    try await service.run("community update lugdunum name=Lyon region=Ain")
    #expect(await service.failure("community update lugdunum region=Rhone")?.code == .duplicate)
    try await service.run("community update lugdunum at=46.20,5.22")
    try await service.run("community update lugdunum region=Rhone")
    #expect(await service.failure("community update lugdunum at=45.76,4.84")?.code == .duplicate)
    try await service.run("community update lugdunum name=Lyon kind=district at=45.76,4.84")
  }

  @Test("of namesakes that are added at once, one is")
  func namesakesAtOnce() async throws {
    let service = try await TestService.make()
    for round in 0..<20 {
      // No two are the same row, and each may be every other.
      async let first = service.failure("community create a\(round) Town\(round) FR at=45.01,5")
      async let second = service.failure("community create b\(round) Town\(round) FR at=45.02,5")
      async let third = service.failure("community create c\(round) Town\(round) FR at=45.03,5")
      let failures = await [first, second, third]
      #expect(failures.filter { $0 == nil }.count == 1)
      #expect(failures.filter { $0?.code == .duplicate }.count == 2)
    }
  }

  @Test(
    "however few there are when it is first looked for, a namesake is found by the index of names")
  func namesakesByIndex() async throws {
    let service = try await TestService.make()
    let look = "SELECT directory.is_no_namesake('Town ' || i, 'FR', 'R1', 'city', NULL, NULL)"
    let scans = try await service.sql(
      """
      BEGIN;
      SELECT access.begin_command('test', '{}', 'test', 'test', NULL);
      \(look) FROM generate_series(1, 20) AS i;
      INSERT INTO directory.community (code, name, country)
      SELECT 't' || i, 'Town ' || i, 'FR' FROM generate_series(1, 2000) AS i;
      \(look) FROM generate_series(2001, 2100) AS i;
      SELECT count(*) FROM directory.community WHERE kind = 'county';
      SELECT relname, pg_stat_get_xact_numscans(oid) FROM pg_class
      WHERE (oid = 'directory.community'::regclass
        OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'directory.community'::regclass))
        AND pg_stat_get_xact_numscans(oid) > 0
      ORDER BY 1;
      """)
    // The one scan of the table is what it was counted for.
    #expect(scans == [["community", "1"], ["community_name_key", "120"]])
  }

  @Test("the database alone keeps two of one name, place and kind apart, however they are added")
  func rawDuplicate() async throws {
    let service = try await TestService.make()
    let insert = "INSERT INTO directory.community (code, name, country) VALUES"
    try await service.auditedSQL("\(insert) ('a', 'Lyon', 'FR'), ('b', 'Lyon', 'BE')")
    await #expect(throws: RawSQLError.self) {
      try await service.auditedSQL("\(insert) ('c', 'LYON', 'FR')")
    }
  }

  @Test("a key is one for the spellings of one name, and not for two names")
  func keys() async throws {
    let service = try await TestService.make()
    let alike = [
      ["München", "Muenchen", "MÜNCHEN", "münchen"],
      ["St. Petersburg", "Saint Petersburg", "sankt-petersburg!", "St.Petersburg"],
      ["Århus", "Aarhus"], ["Washington D.C.", "Washington DC", "WASHINGTON, D.C"],
      ["São Paulo", "sao paulo", "SAO  PAULO"],
      ["L’Aquila", "L'Aquila", "LAquila"], ["Tokyo – Shibuya", "tokyo shibuya"],
      ["慕尼黑"], ["Ｎａｇｏｙａ", "Nagoya"], ["أبو ظبي", "ابو ظبى", "أَبُو ظَبِي"],
      ["کرج", "كرج"], ["القاهرة", "القاهره"], ["יְרוּשָׁלַיִם", "ירושלים"],
      ["תל־אביב", "תל אביב", "תל-אביב"],
      ["نجف\u{200C}آباد", "نجفآباد"], ["\u{FEE3}\u{FEDC}\u{FE94}", "مكة", "مكه"],
      ["ג\u{5F3}נין", "ג'נין"], ["٦ أكتوبر", "6 أكتوبر"],
      ["Ly\u{AD}on", "\u{202A}Lyon\u{202C}", "\u{FEFF}Lyon"],
    ]
    for spellings in alike {
      let keys = try await service.sql(
        "SELECT DISTINCT directory.name_key(n) FROM unnest(ARRAY[\(spellings.map(quoted).joined(separator: ","))]) AS n"
      )
      #expect(keys.count == 1, "\(spellings)")
    }
    let first = alike.map { quoted($0[0]) }.joined(separator: ",")
    #expect(
      try await service.sql(
        "SELECT count(DISTINCT directory.name_key(n)) FROM unnest(ARRAY[\(first)]) AS n")
        == [["\(alike.count)"]])
  }

  private func quoted(_ text: String) -> String {
    "'" + text.replacing("'", with: "''") + "'"
  }

  @Test("names of every kind are added, found and taken away; the one it goes by stays")
  func names() async throws {
    let service = try await TestService.make()
    try await service.run("community create munich Munich DE names=\"München,慕尼黑\"")
    try await service.run("community add-name munich Мюнхен kind=exonym language=ru")
    let twice = await service.failure("community add-name munich Мюнхен")
    #expect(twice?.code == .duplicate)
    let show = try await service.run("community show munich")
    guard case .table(let names)? = show.rows.first?["names"] else {
      Issue.record("no names")
      return
    }
    #expect(names.rows.count == 3)
    #expect(try await service.run("community search Мюнхен").rows.first?["code"] == .text("munich"))
    try await service.run("community remove-name munich Мюнхен")
    #expect(try await service.run("community search Мюнхен").rows.isEmpty)
    let gone = await service.failure("community remove-name munich Мюнхен")
    #expect(gone?.code == .missingName)
    let own = await service.failure("community remove-name munich Munich")
    #expect(own?.suggestion == "community update munich name=")
    try await service.run("community update munich name=Minga")
    #expect(try await service.run("community search Munich").rows.isEmpty)
    #expect(try await service.run("community search minga").rows.count == 1)
  }

  @Test("a number of another list is one community's, and looks like one")
  func numbers() async throws {
    let service = try await TestService.make()
    try await service.run("community create munich Munich DE")
    try await service.run("community create lyon Lyon FR")
    try await service.run("community add-number munich geonames 2867714")
    #expect(
      await service.failure("community add-number lyon geonames 2867714")?.code == .duplicate)
    for wrong in ["geonames Q1", "geonames 007", "wikidata 1726", "un-locode muc"] {
      #expect(await service.failure("community add-number lyon \(wrong)")?.code == .invalid)
    }
    try await service.run("community remove-number geonames 2867714")
    try await service.run("community add-number lyon geonames 2867714")
    #expect(
      await service.failure("community remove-number geonames 1")?.code == .missingNumber)
  }

  @Test("what is impossible is refused, with what is possible")
  func refusals() async throws {
    let service = try await TestService.make()
    try await service.run("community create cook \"Cook County\" US kind=county")
    try await service.run("community create chicago Chicago US parent=cook")
    let expected: [(String, ErrorCode)] = [
      ("community update cook parent=chicago", .parentConflict),
      ("community update cook parent=cook", .invalid),
      ("community create x X QQ", .invalid), ("community create x ... US", .invalid),
      ("community create x X US at=91,0", .badValue), ("community create x X US at=1", .badValue),
      ("community create x X US population=0", .invalid),
      ("community create x X US time-zone=America/Chikago", .invalid),
      ("community create x X US subdivision=CA-ON", .invalid),
      ("community create x X US parent=nowhere", .missingCommunity),
      ("community near chicago", .noCoordinates), ("community near 1,2,3", .badValue),
      ("community search", .required),
    ]
    for (line, code) in expected { #expect(await service.failure(line)?.code == code, "\(line)") }
    try await service.run("community create x X US time-zone=America/Chicago subdivision=US-IL")
  }

  @Test("what turned out not to be known is cleared, and a part lies in its own country")
  func cleared() async throws {
    let service = try await TestService.make()
    for line in [
      "community create colorado Colorado US kind=state", "community create tokyo Tokyo JP",
      "community create denver Denver US region=Colorado at=39.7,-105 population=7 parent=colorado",
      "community create denver-nc Denver US region=Iredell",
      "community update denver clear=population,at,parent",
    ] { try await service.run(line) }
    let row = try await service.run("community show denver").rows[0]
    for name in ["population", "parent", "latitude"] { #expect(row[name] == .null, "\(name)") }
    #expect(row["region"] == .text("Colorado"))
    // Its region tells it from the other one.
    #expect(await service.failure("community update denver clear=region")?.code == .duplicate)
    #expect(await service.failure("community update denver parent=tokyo")?.code == .parentConflict)
    #expect(
      await service.failure("community create edo Edo US parent=tokyo")?.code == .parentConflict)
    try await service.run("community update denver parent=colorado")
    #expect(await service.failure("community update colorado country=MX")?.code == .parentConflict)
    #expect(
      await service.failure("community update denver clear=population population=5")?.code
        == .badValue)
    try await service.run("community update denver population=5")
  }

  @Test("near is by great circles, over the date line and the poles too, nearest first")
  func near() async throws {
    let service = try await TestService.make()
    for (code, at) in [
      ("suva", "-18.14,178.44"), ("apia", "-13.83,-171.76"), ("nome", "64.5,-165.4"),
      ("nikolaevka", "65.0,179.9"), ("east", "65.0,-179.9"),
    ] {
      try await service.run("community create \(code) \(code) US at=\(at)")
    }
    let around = try await service.run("community near nikolaevka within=20").rows
    #expect(around.map { $0["code"] } == [.text("east")])
    #expect(around.first?["km"] == .text("9.4"))
    let far = try await service.run("community near suva within=1200").rows
    #expect(far.map { $0["code"] } == [.text("apia")])
    #expect(try await service.run("community near -18.14,178.44 within=1").rows.count == 1)
    #expect(try await service.run("community near 89.9,0 within=3000").rows.count == 3)
  }
}
