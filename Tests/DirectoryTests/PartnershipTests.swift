import Access
import CommandLanguage
import Postgres
import TestSupport
import Testing

@testable import Directory

@Suite("Partnerships, from the idea to the end")
struct PartnershipTests {
  /// Three communities, one of them a member that has paid its dues, and a source.
  static func service() async throws -> TestService {
    let service = try await TestService.make()
    for line in [
      "community create denver Denver US", "community create axum Axum ET",
      "community create lagos Lagos NG", "source create files Files",
      "dues create any min=1 amount=100 from=2000-01-01", "community update denver population=9",
      "membership create denver on=2000-01-01",
      "membership invoice denver from=2018-01-01 years=10",
      "membership pay D-1 1000 on=2018-01-01",
    ] { try await service.run(line) }
    return service
  }

  /// The lines that take an idea to negotiations, with an agreement that has no signature.
  static let negotiated = [
    "partnership create denver axum themes=water",
    "partnership propose denver:axum profile=p sponsor=s volunteers=3 first-year-plan=f",
    "partnership review denver:axum", "partnership approve denver:axum",
    "partnership negotiate denver:axum",
    "partnership agree denver:axum Agreement languages=en,am",
  ]

  /// The lines that sign it.
  static let signed = [
    "partnership add-signature axum:denver denver Ann Mayor on=2020-05-04",
    "partnership add-signature axum:denver axum Abebe Mayor on=2020-05-04",
    "partnership sign denver:axum on=2020-05-04",
  ]

  static func signedService() async throws -> TestService {
    let service = try await service()
    for line in negotiated + signed { try await service.run(line) }
    return service
  }

  @Test("each step follows the one before, and no other")
  func steps() async throws {
    let service = try await Self.service()
    for line in Self.negotiated + Self.signed {
      let verb = line.split(separator: " ")[1]
      if verb == "propose" {
        let early = await service.failure("partnership approve denver:axum")
        #expect(early?.code == .stateConflict)
        #expect(early?.message.contains("it cannot become council-approved") == true)
      }
      try await service.run(line)
    }
    let show = try await service.run("partnership show denver:axum").rows[0]
    #expect(show["state"] == .text("signed"))
    #expect(show["starts"] == .text("2020-05-04"))
    let facts = try await service.run("partnership facts PS-1").rows
    #expect(facts.map { $0["fact"] } == [.text("existence")])
    try await service.run("partnership terminate PS-1 on=2024-01-01 reason=war")
    #expect(await service.failure("partnership sign PS-1 on=2025-01-01")?.code == .stateConflict)
    let ended = try await service.run("partnership facts PS-1").rows
    #expect(ended.first?["until"] == .text("2024-01-01"))
  }

  @Test("it is signed by both highest officials, or by one while the other may still sign")
  func signatures() async throws {
    let service = try await Self.service()
    for line in Self.negotiated { try await service.run(line) }
    #expect(
      await service.failure("partnership create axum denver")?.message
        == "a partnership of the two communities is being prepared already")
    let sign = "partnership sign denver:axum on=2020-05-04"
    #expect(await service.failure(sign)?.code == .signatures)
    let add = "partnership add-signature denver:axum"
    #expect(await service.failure("\(add) lagos Ola Mayor on=2020-05-04")?.code == .notOfThePair)
    try await service.run("\(add) denver Ann Clerk on=2020-05-04 highest=no")
    #expect(await service.failure("\(add) denver Bo Mayor on=2020-05-04")?.code == .duplicate)
    try await service.run("\(add) axum Abebe Mayor on=2020-05-04")
    #expect(await service.failure(sign)?.code == .signatures, "one is not the highest")
    try await service.run(
      "partnership agree denver:axum Second languages=en pending-until=2020-12-31")
    try await service.run("\(add) axum Abebe Mayor on=2020-05-04")
    #expect(
      await service.failure("partnership sign denver:axum on=2021-01-01")?.code == .signatures,
      "the deadline is over")
    #expect(
      await service.failure("partnership sign denver:axum on=2020-05-03")?.code == .signatures,
      "not signed yet")
    try await service.run(sign)
  }

  @Test("an agreement takes the place of what a list said, and the list then speaks of it")
  func predecessor() async throws {
    let service = try await Self.service()
    try await service.run("partnership assert denver axum source=files since=2021")
    for line in Self.negotiated {
      try await service.run(line.replacing("denver:axum", with: "PS-2"))
    }
    for line in Self.signed {
      try await service.run(
        line.replacing("denver:axum", with: "PS-2").replacing("axum:denver", with: "PS-2"))
    }
    let old = try await service.run("partnership show PS-1").rows[0]
    #expect(old["state"] == .text("withdrawn"))
    let new = try await service.run("partnership show axum:denver").rows[0]
    #expect(new["number"] == .text("PS-2"))
    guard case .table(let said)? = new["said"] else {
      Issue.record("nothing is said")
      return
    }
    #expect(said.rows.map { $0[0] } == [.text("source files")])
    #expect(try await service.run("partnership conflicts").rows.isEmpty)
    // Said again, it is of the same one; a source may change its day.
    let again = try await service.run("partnership assert axum denver source=files on=2022-02-02")
    #expect(again["number"] == "PS-2" && again["state"] == "signed")
    #expect(try await service.run("source list").rows.isEmpty == false)
  }

  @Test("a friendship becomes a sister relationship by another agreement, which ends it")
  func friendship() async throws {
    let service = try await Self.service()
    for line in Self.negotiated + Self.signed {
      try await service.run(
        line.replacing("themes=water", with: "kind=friendship"))
    }
    #expect(
      await service.failure("partnership update PS-1 kind=sister")?.code == .stateConflict)
    for line in Self.negotiated + Self.signed {
      let day = line.replacing("2020-05-04", with: "2023-05-04")
      try await service.run(
        day.replacing("denver:axum", with: "PS-2").replacing("axum:denver", with: "PS-2"))
    }
    let old = try await service.run("partnership show PS-1").rows[0]
    #expect(old["state"] == .text("terminated"))
    #expect(old["ends"] == .text("2023-05-04"))
    #expect(old["end-reason"] == .text("in its place came PS-2"))
  }

  @Test("with its end everything ends; what has ended is not rewritten, and does not end tomorrow")
  func end() async throws {
    let service = try await Self.signedService()
    try await service.run("partnership resolve PS-1 R on=2020-01-01")
    try await service.run("partnership recognise PS-1 since=2020-06-01")
    try await service.run("partnership activate PS-1 since=2020-06-01")
    #expect(
      await service.failure("partnership terminate PS-1 on=2999-01-01 reason=x")?.code == .invalid)
    #expect(
      await service.failure("partnership terminate PS-1 on=2020-05-04 reason=x")?.code == .invalid)
    #expect(
      await service.failure("partnership terminate PS-1 on=2010-01-01 reason=x")?.code == .invalid)
    try await service.run("partnership terminate PS-1 on=2024-01-01 reason=over")
    let show = try await service.run("partnership show PS-1").rows[0]
    #expect(show["recognition"] == .null && show["activity"] == .null)
    #expect(try await service.run("partnership list recognition=none").rows.count == 1)
    #expect(try await service.run("directory list on=2023-12-31").rows.count == 1)
    #expect(try await service.run("directory list on=2024-01-01").rows.isEmpty)
    #expect(
      await service.failure("partnership update PS-1 starts=1950-01-01")?.code == .stateConflict)
    #expect(
      await service.failure("partnership suspend PS-1 since=2024-06-01")?.code == .invalid)
    try await service.run("partnership suspend PS-1 since=2023-06-01")
    let facts = try await service.run("partnership facts PS-1 on=2023-07-01").rows
    #expect(
      facts.contains { $0["value"] == .text("suspended") && $0["until"] == .text("2024-01-01") })
  }

  @Test("what a list said and was never signed blocks no agreement, and has no facts")
  func neverSigned() async throws {
    let service = try await Self.service()
    try await service.run("partnership assert denver axum source=files")
    try await service.run("partnership terminate PS-1 on=2024-01-01 reason=over")
    try await service.run("partnership agree PS-1 T languages=en")
    try await service.run("partnership resolve PS-1 R on=2000-01-01")
    #expect(
      await service.failure("partnership recognise PS-1 since=2001-01-01")?.code
        == .stateConflict)
    #expect(try await service.run("partnership facts PS-1").rows.isEmpty)
    for line in Self.negotiated + Self.signed {
      try await service.run(
        line.replacing("denver:axum", with: "PS-2").replacing("axum:denver", with: "PS-2"))
    }
    #expect(try await service.run("partnership show PS-2").rows[0]["state"] == .text("signed"))
  }

  @Test("a filter for either of the two means both, where it says what is not wanted")
  func filters() async throws {
    let service = try await Self.service()
    try await service.run("partnership assert denver axum source=files")
    try await service.run("partnership assert denver lagos source=files")
    for (filter, count) in [
      ("community=axum", 1), ("community!=axum", 1), ("community!=denver", 0),
      ("country=US country=NG", 1), ("country=US country=ET country!=NG", 1), ("country!=ET", 1),
      ("recognition=none", 2), ("recognition!=none", 0), ("confirmed=none", 2),
    ] {
      let rows = try await service.run("partnership list \(filter)").rows
      #expect(rows.count == count, "\(filter)")
    }
  }

  @Test("a source says that a partnership is no more; what is known of it is cleared")
  func sources() async throws {
    let service = try await Self.service()
    let ended = "partnership assert denver lagos source=files says=ended"
    #expect(await service.failure(ended)?.code == .missingPartnership)
    #expect(await service.failure("\(ended) themes=water")?.code == .badValue)
    try await service.run("partnership assert denver lagos source=files since=1975 themes=water")
    try await service.run(ended)
    #expect(try await service.run("partnership conflicts").rows.count == 1)
    try await service.run("partnership update PS-1 clear=themes,starts")
    let row = try await service.run("partnership show PS-1").rows[0]
    #expect(row["starts"] == .null && row["themes"] == .text(""))
    try await service.run("source update files credit=CC0")
    #expect(
      try await service.run("source list").rows.contains { $0["credit"] == .text("CC0") })
    #expect(await service.failure("source update nobody credit=x")?.code == .missingSource)
  }

  @Test("the same pair again, later, is another partnership; in days of the first it is none")
  func overlap() async throws {
    let service = try await Self.signedService()
    try await service.run("partnership terminate PS-1 on=2024-01-01 reason=pause")
    for line in Self.negotiated {
      try await service.run(line.replacing("denver:axum", with: "PS-2"))
    }
    for line in Self.signed.dropLast() {
      try await service.run(line.replacing("axum:denver", with: "PS-2"))
    }
    let overlapping = await service.failure("partnership sign PS-2 on=2023-12-31")
    #expect(overlapping?.code == .duplicate)
    #expect(overlapping?.message.contains("have another partnership") == true)
    try await service.run("partnership sign PS-2 on=2024-01-01")
  }

  @Test("both ends confirm it, or one disputes it, and the queue shows the conflict")
  func confirmation() async throws {
    let service = try await Self.service()
    try await service.run("partnership assert denver axum source=files")
    func confirmed() async throws -> Value? {
      try await service.run("partnership show PS-1").rows[0]["confirmed"]
    }
    #expect(try await confirmed() == .text("none"))
    try await service.run("partnership confirm PS-1 by=axum")
    #expect(try await confirmed() == .text("one"))
    #expect(await service.failure("partnership confirm PS-1 by=lagos")?.code == .notOfThePair)
    try await service.run("partnership confirm PS-1 by=denver")
    #expect(try await confirmed() == .text("both"))
    #expect(try await service.run("partnership conflicts").rows.isEmpty)
    try await service.run("partnership dispute PS-1 by=denver says=ended on=2025-01-01")
    #expect(try await confirmed() == .text("conflict"))
    let conflict = try await service.run("partnership conflicts").rows
    #expect(conflict.count == 1)
    guard case .text(let said)? = conflict.first?["said"] else {
      Issue.record("nothing is said")
      return
    }
    #expect(said.contains("denver: ended (2025-01-01)") && said.contains("axum: exists"))
    try await service.run("partnership terminate PS-1 on=2025-01-01 reason=over")
    try await service.run("partnership dispute PS-1 by=axum says=ended")
    let left = try await service.run("partnership conflicts").rows
    #expect(left.count == 1, "the source says still that it exists")
  }
}
