import Access
import CommandLanguage
import Foundations
import TestSupport
import Testing

@testable import Directory

@Suite("Lists of others are taken in whole, once, and row by row explained")
struct ImportTests {
  static func service() async throws -> TestService {
    let service = try await TestService.make()
    for line in [
      "source create list List",
      "community create portland-or Portland US region=Oregon at=45.52,-122.68",
      "community create portland-me Portland US region=Maine at=43.66,-70.26",
      "community create munich Munich DE at=48.14,11.58 names=München",
      "community create kyiv Kyiv UA at=50.45,30.52 names=Kiev",
      "community create sapporo Sapporo JP at=43.06,141.35",
      "community create springfield Springfield US at=39.80,-89.64",
    ] { try await service.run(line) }
    return service
  }

  private static let header = "city1,country1,lat1,lng1,region1,city2,country2,lat2,lng2,since"

  /// Imports rows as `source` with some options; pairs and rows of the answer.
  private func load(
    _ service: TestService, _ rows: [String], _ options: String = "", header: String = header
  ) async throws -> (pairs: [String: String], rows: [[Value]]) {
    let csv = ([header] + rows).joined(separator: "\n") + "\n"
    let reply = try await service.run(
      "directory import list data=\(JSON.string(csv))\(options)")
    guard case .outcome(let table, let pairs, nil) = reply else { return ([:], []) }
    return (Dictionary(uniqueKeysWithValues: pairs.map { ($0.name, $0.value) }), table.rows)
  }

  @Test("every row is added, matched, ambiguous or rejected, with its reason")
  func outcomes() async throws {
    let service = try await Self.service()
    let rows = [
      "München,Germany,48.14,11.58,,Sapporo,Japan,43.06,141.35,1972",
      "Sapporo,Japan,43.06,141.35,,Muenchen,Germany,48.14,11.58,",
      "Portland,United States,45.52,-122.67,,Sapporo,Japan,43.06,141.35,1959-11-17",
      "Portland,United States,45.52,-122.67,Oregon,Sapporo,Japan,43.06,141.35,",
      "Nienburg,Germany,52.65,9.26,,Nienburg,Germany,52.65,9.26,",
      "Kiev,Ukraine,50.45,30.52,,Nowhere,Atlantis,0,0,",
      "Kiev,Ukraine,50.45,30.52,,Somewhere,,0,0,",
      "Kiev,Ukraine,50.45,30.52,,Lille,Grece,50.6,3.06,later",
      "Kiev,Ukraine,50.45,330.52,,Lille,France,50.6,3.06,",
      "Springfield,United States,44.05,-123.02,,Kiev,Ukraine,50.45,30.52,",
      "Lille,\"Nord, France\",50.6,3.06,,Kiev,Ukraine,50.45,30.52,",
      "Lille,in France,50.6,3.06,,Cologne,Germny,50.94,6.96,",
    ]
    let answer = try await load(service, rows)
    #expect(answer.pairs["read"] == "12")
    #expect(answer.pairs["added"] == "4")
    #expect(answer.pairs["matched"] == "1")
    #expect(answer.pairs["ambiguous"] == "2")
    #expect(answer.pairs["rejected"] == "5")
    #expect(answer.pairs["new-communities"] == "2")
    let reasons = answer.rows.map { $0.map(\.shown) }
    #expect(
      reasons == [
        ["6", "rejected", "a community is no partner of itself"],
        [
          "7", "rejected",
          "Nowhere: its country is \"Atlantis\": no country of ISO 3166-1 is called so",
        ], ["8", "rejected", "Somewhere: its country is \"\": it is empty"],
        [
          "9", "rejected",
          "since is a date, as 1973-11-09, or a year, as 1973, which stands for its first day, "
            + "not later",
        ], ["10", "rejected", "lat1 and lng1 are degrees, not 50.45 and 330.52"],
        [
          "4", "ambiguous",
          "Portland: 2 communities of US are called so: give region or geonames",
        ],
        ["11", "ambiguous", "Springfield: springfield is 2782 km away from where it would be"],
      ])
    let pair = try await service.run("partnership show munich:sapporo").rows[0]
    #expect(pair["state"] == .text("asserted"))
    #expect(pair["starts"] == .text("1972-01-01"))
    #expect(try await service.run("partnership list community=portland-or").rows.count == 1)
    #expect(try await service.run("partnership list community=portland-me").rows.isEmpty)
    let lille = try await service.run("community show lille-fr").rows[0]
    #expect(lille["region"] == .text("Nord"))
    #expect(lille["unverified-source"] == .text("list"))
    let labels = try await service.run("directory import-labels list reason~like").rows
    #expect(labels.map { $0["country"] } == [.text("DE"), .text("GR")])
    let report = try await service.run("directory import-report list outcome=matched").rows
    #expect(report.map { $0["line"] } == [.text("3")])
    #expect(report.first?["reason"] == .text("as in line 2"))
  }

  @Test("the same list again changes nothing, and the audit has nothing to say of it")
  func again() async throws {
    let service = try await Self.service()
    let rows = [
      "München,Germany,48.14,11.58,,Sapporo,Japan,43.06,141.35,1972",
      "Lille,France,50.6,3.06,,Cologne,Germany,50.94,6.96,",
      "Newport,Wales,51.59,-3.00,,Lille,France,50.6,3.06,",
      "Newport,England,50.70,-1.29,,Lille,France,50.6,3.06,",
      "Newport,United Kingdom,51.59,-3.00,,Cologne,Germany,50.94,6.96,",
      // One place for the list, two regions: they are two; without a region it may be either.
      "Lagoa,\"Azores, Portugal\",37.75,-25.57,,Lille,France,50.6,3.06,",
      "Lagoa,\"Algarve, Portugal\",37.75,-25.57,,Lille,France,50.6,3.06,",
      "Lagoa,Portugal,37.75,-25.57,,Lille,France,50.6,3.06,",
      // Three places for the list, one region at most: one.
      "Berg,Norway,60.10,10.00,,Lille,France,50.6,3.06,",
      "Berg,\"Viken, Norway\",60.40,10.00,,Lille,France,50.6,3.06,",
      "Berg,\"Viken, Norway\",60.50,10.00,,Cologne,Germany,50.94,6.96,",
    ]
    let first = try await load(service, rows)
    #expect(first.pairs["added"] == "8" && first.pairs["matched"] == "1")
    #expect(first.pairs["ambiguous"] == "2")
    let entries = try await service.sql("SELECT count(*) FROM audit.entry")
    let second = try await load(service, rows)
    #expect(second.pairs["added"] == "0" && second.pairs["new-communities"] == "0")
    #expect(second.pairs["matched"] == "9" && second.pairs["ambiguous"] == "2")
    #expect(try await service.sql("SELECT count(*) FROM audit.entry") == entries)
    try await service.run("source create other Other")
    let csv = "city1,country1,city2,country2\nCologne,Germany,Lille,France\n"
    let third = try await service.run("directory import other data=\(JSON.string(csv))")
    #expect(third["matched"] == "1")
    #expect(
      try await service.sql("SELECT count(*) FROM directory.assertion")[0][0] == "9")
  }

  @Test("a row that comes to nothing leaves no community behind, and says what it was about")
  func nothingLeft() async throws {
    let service = try await Self.service()
    let answer = try await load(
      service,
      [
        "Nice,Atlantis,,,,Bonn,Germany,50.73,7.10,", "Portland,United States,,,,Lyon,France,45,5,",
        "Turin,Italy,45,7,,Turin,Italy,45,7,", "Ulm,Germany,48.4,10,,Ulm,\"Ulm, Germany\",48.4,10,",
        "Brno,Czechia,49,16,,Sapporo,Japan,43.06,141.35,2999",
        "Graz,Austria,47,15,,Pécs,Hungary,46,18,",
      ])
    #expect(answer.pairs["added"] == "1" && answer.pairs["new-communities"] == "2")
    #expect(answer.pairs["rejected"] == "4" && answer.pairs["listed"] == "5")
    #expect(
      try await service.sql(
        "SELECT code FROM directory.community WHERE unverified_source = 'list' ORDER BY code")
        == [["graz-at"], ["pecs-hu"]])
    let report = try await service.run("directory import-report list outcome=rejected").rows
    #expect(report.map { $0["city1"] } == ["Nice", "Turin", "Ulm", "Brno"].map { .text($0) })
    // Later it is not rejected, and they are added.
    let again = try await load(service, ["Brno,Czechia,49,16,,Bonn,Germany,50.73,7.10,1999"])
    #expect(again.pairs["added"] == "1" && again.pairs["new-communities"] == "2")
  }

  @Test("a number says which place it is, whatever country its row says")
  func countries() async throws {
    let service = try await Self.service()
    try await service.run("community add-number munich geonames 2867714")
    let answer = try await load(
      service,
      [
        "Munich,Austria,2867714,Sapporo,Japan,", "Geneva,Switzerland,2660646,Sapporo,Japan,",
        "Genève,France,2660646,Munich,Germany,",
      ], header: "city1,country1,geonames1,city2,country2,geonames2")
    #expect(answer.pairs["added"] == "3" && answer.pairs["new-communities"] == "1")
    let rows = try await service.sql(
      """
      SELECT lo, lo_country, hi, hi_country FROM directory.partnership_record ORDER BY lo, hi
      """)
    #expect(
      rows == [
        ["munich", "DE", "geneva-ch", "CH"], ["munich", "DE", "sapporo", "JP"],
        ["sapporo", "JP", "geneva-ch", "CH"],
      ])
  }

  @Test(
    "chains of places, whatever their order, come out the same again", arguments: ["no", "yes"])
  func chains(_ trusts: String) async throws {
    let service = try await Self.service()
    var places: [String] = []
    for (index, order) in [[0, 40, 80], [80, 40, 0], [0, 80, 40], [40, 0, 80]].enumerated() {
      for region in ["", "North", "north"] {
        for kilometres in order {
          // A degree of latitude is 111 km.
          let at = 50 + Double(kilometres) / 111
          places.append("Chain \(index),France,\(at),3.0,\(region),Lille,France,50.6,3.06,")
        }
      }
    }
    let first = try await load(service, places, " trust-coordinates=\(trusts)")
    #expect(first.pairs["added"] != "0" && first.pairs["ambiguous"] != "0")
    let outcomes = "SELECT line, outcome = 'ambiguous' FROM directory.import_row ORDER BY line"
    let before = try await service.sql(outcomes)
    let second = try await load(service, places, " trust-coordinates=\(trusts)")
    #expect(second.pairs["added"] == "0" && second.pairs["new-communities"] == "0")
    #expect(try await service.sql(outcomes) == before)
  }

  @Test("places of one number are one, of two numbers two, whatever they are called")
  func newNumbers() async throws {
    let service = try await Self.service()
    let header = "city1,country1,geonames1,city2,country2,geonames2"
    let rows = [
      "Lille,France,2998324,Cologne,Germany,2886242",
      "Lila,France,2998324,Köln,Germany,2886242",
      "Saint-Denis,France,1,Cologne,Germany,2886242",
      "Saint-Denis,France,2,Cologne,Germany,2886242", "Lens,France,3,Cologne,Germany,2886242",
      "\"\",France,,Cologne,Germany,", "\" Lille \",\"France\",\"\",Cologne,Germany,\"\"",
    ]
    for _ in 1...2 {
      let answer = try await load(service, rows, header: header)
      #expect(answer.pairs["rejected"] == "1" && answer.pairs["ambiguous"] == "1")
      #expect(try await service.sql("SELECT count(*) FROM directory.external_id") == [["4"]])
      #expect(try await service.sql("SELECT count(*) FROM directory.partnership") == [["3"]])
    }
  }

  @Test("a proposal beside it is left alone: the list's word is of what there is")
  func proposal() async throws {
    let service = try await Self.service()
    try await service.run("partnership create munich sapporo")
    let rows = ["München,Germany,48.14,11.58,,Sapporo,Japan,43.06,141.35,1972"]
    #expect(try await load(service, rows).pairs["added"] == "1")
    #expect(try await load(service, rows).pairs["matched"] == "1")
    #expect(
      try await service.sql(
        """
        SELECT p.state, count(a.source_id) FROM directory.partnership p
        LEFT JOIN directory.assertion a ON a.partnership_id = p.id GROUP BY p.id ORDER BY p.id
        """) == [["idea", "0"], ["asserted", "1"]])
  }

  @Test("countries are read as they are meant, or not at all")
  func labels() async throws {
    let service = try await TestService.make()
    let expected: [(String, String?, String?)] = [
      ("Germany", "DE", nil), ("GERMANY", "DE", nil), ("de", "DE", nil),
      ("Georgia (country)", "GE", nil), ("Georgia, United States", "US", "Georgia"),
      ("Georgia (U.S. state)", nil, nil), ("England, United Kingdom", "GB", "England"),
      ("Scotland", "GB", "Scotland"), ("Martinique, France", "MQ", nil),
      ("Åland Islands, Finland", "AX", nil), ("Luxembourg, Belgium", "BE", "Luxembourg"),
      ("Macedonia, Greece", "GR", "Macedonia"), ("in Italy", "IT", nil), ("Grece", "GR", nil),
      ("Kazakhstah", "KZ", nil), ("Congo", nil, nil), ("Korea, North", "KP", nil),
      ("Northern Cyprus", nil, nil), ("Island", nil, nil), ("", nil, nil), (",", nil, nil),
      ("Czech Republic", "CZ", nil), ("Ivory Coast", "CI", nil), ("Niger", "NE", nil),
      ("PR China", "CN", nil), ("Burma (Myanmar)", "MM", nil), ("Wales UK", "GB", "Wales"),
      ("Faroe Islands Denmark", "FO", nil), ("New Zeeland", "NZ", nil),
      ("New Mexico", nil, nil), ("New Jersey", nil, nil), ("Lebanon, Ohio", nil, nil),
      ("Israel/Palestine", nil, nil), ("Serbia and Montenegro", nil, nil),
    ]
    for (label, country, region) in expected {
      let row = try await service.sql(
        "SELECT country, region FROM directory.read_country_label('\(label)')")
      #expect(row == [[country, region]], "\(label)")
    }
  }

  @Test("coordinates tell namesakes apart where they are the places' own, and only there")
  func trusted() async throws {
    let rows = [
      "Portland,United States,45.50,-122.60,,Kiev,Ukraine,50.45,30.52,",
      "Springfield,United States,44.05,-123.02,,Kiev,Ukraine,50.45,30.52,",
    ]
    let doubted = try await load(try await Self.service(), rows)
    #expect(doubted.pairs["ambiguous"] == "2")
    let service = try await Self.service()
    let trusted = try await load(service, rows, " trust-coordinates=yes")
    #expect(trusted.pairs["added"] == "2" && trusted.pairs["new-communities"] == "1")
    #expect(try await service.run("partnership show portland-or:kyiv").rows.count == 1)
    #expect(try await service.run("partnership show springfield-us:kyiv").rows.count == 1)
  }

  @Test("a number of GeoNames decides, and is kept")
  func numbers() async throws {
    let service = try await Self.service()
    try await service.run("community add-number portland-me geonames 4975802")
    let header = "city1,country1,geonames1,city2,country2,geonames2"
    let answer = try await load(
      service,
      [
        "Portland,United States,4975802,Arkhangelsk,Russia,581049",
        "Portland,United States,x,Arkhangelsk,Russia,",
      ], header: header)
    #expect(answer.pairs["added"] == "1" && answer.pairs["rejected"] == "1")
    #expect(
      try await service.run("partnership show portland-me:arkhangelsk-ru").rows.count == 1)
    #expect(
      try await service.sql(
        "SELECT community_id IS NOT NULL FROM directory.external_id WHERE value = '581049'")
        == [["t"]])
  }

  @Test("what cannot be read is refused before anything is written; a preview writes nothing")
  func refused() async throws {
    let service = try await Self.service()
    for (csv, code) in [
      ("", ErrorCode.required), ("city1,country1\n", .required),
      ("city1,country1,city2,country2,town\n", .unknownArgument),
      ("city1,city1,country1,city2,country2\n", .unknownArgument),
    ] {
      let line = "directory import list data=\(JSON.string(csv))"
      #expect(await service.failure(line)?.code == code, "\(csv)")
    }
    let unknown = "directory import nobody data=\"city1,country1,city2,country2\\n\""
    #expect(await service.failure(unknown)?.code == .missingSource)
    let preview = try await load(
      service, ["Lille,France,50.6,3.06,,Cologne,Germany,50.94,6.96,"], " preview=yes")
    #expect(preview.pairs["added"] == "1")
    #expect(try await service.sql("SELECT count(*) FROM directory.partnership") == [["0"]])
    #expect(try await service.sql("SELECT count(*) FROM directory.import_row") == [["0"]])
  }

  @Test("a gazetteer adds places, and what is known of those that are there")
  func gazetteer() async throws {
    let service = try await Self.service()
    let csv = """
      geonames,name,country,region,subdivision,latitude,longitude,population,time-zone,names
      2867714,Munich,DE,,,48.13743,11.57549,1505005,Europe/Berlin,München|Monaco di Baviera|慕尼黑
      5746545,Portland,US,Oregon,US-OR,45.52345,-122.67621,652503,America/Los_Angeles,PDX-town
      2996944,Lyon,FR,,,45.74846,4.84671,522969,Europe/Paris,Lugdunum
      0,Nowhere,FR,,,45,4,,,
      1,Nowhere,FR,,,450,4,,,

      """
    let load = "directory gazetteer data=\(JSON.string(csv))"
    let first = try await service.run(load)
    #expect(first["added"] == "1" && first["matched"] == "2")
    #expect(first["names"] == "4" && first["rejected"] == "2")
    let lyon = try await service.run("community show lyon-fr").rows[0]
    #expect(lyon["population"] == .text("522969"))
    #expect(lyon["time-zone"] == .text("Europe/Paris"))
    let portland = try await service.run("community show portland-or").rows[0]
    #expect(portland["subdivision"] == .text("US-OR"))
    #expect(portland["latitude"] == .text("45.52"), "what is known stays")
    #expect(try await service.run("community search 慕尼黑").rows[0]["code"] == .text("munich"))
    let again = try await service.run(load)
    #expect(again["added"] == "0" && again["matched"] == "3" && again["names"] == "0")
  }
}

extension Value {
  fileprivate var shown: String { if case .text(let text) = self { text } else { "" } }
}
