import Access
import CommandLanguage
import TestSupport
import Testing

@testable import Exchanges

@Suite("Exchanges: from the application to the place")
struct JourneyTests {
  @Test("a participant goes from a draft to a place, and what is lacking is said on the way")
  func journey() async throws {
    let service = try await TestService.withCohort()
    let number = try await service.apply()
    #expect(number == "P-000001")
    #expect(try await service.participant(number, "state") == "draft")
    try await service.run("participant submit \(number)")
    try await service.run("participant review p-000001")
    #expect(
      try await service.participant(number, "blockers")
        == "the guardian's identity is not verified")
    try await service.run("guardian verify \(number) how=in-person", as: .exchangeCoordinator)
    #expect(try await service.participant(number, "blockers") == "")
    #expect(try await service.run("participant accept \(number)")["state"] == "accepted")
    #expect(try await service.cohort("K", "taken") == 1)
    let page = try await service.run("participant show \(number)").rows
    guard case .table(let guardians)? = page.first?["guardians"] else {
      return #expect(Bool(false), "a participant has guardians")
    }
    #expect(guardians.rows.first?[2] == .text("in-person"))
    #expect(guardians.rows.first?[4] == .text("test-exchange-coordinator"))
    try await service.run("participant withdraw \(number) reason=\"moved away\"")
    #expect(try await service.participant(number, "reason") == "moved away")
    #expect(try await service.cohort("K", "taken") == 0)
  }

  @Test("an unverified guardian keeps a participant from being accepted")
  func unverifiedGuardian() async throws {
    let service = try await TestService.withCohort()
    let number = try await service.underReview(verified: false)
    let refusal = await service.failure("participant accept \(number)")
    #expect(refusal?.code == .acceptanceBlocked)
    #expect(refusal?.message.contains("guardian's identity is not verified") == true)
    try await service.run("guardian verify \(number) how=video-call")
    try await service.run("participant accept \(number)")
    let again = await service.failure("guardian verify \(number) how=in-person")
    #expect(again?.code == .stateConflict)
  }

  @Test("a refused acceptance gives every reason at once, and says nothing about the person")
  func everyReason() async throws {
    let service = try await TestService.withCohort(capacity: 1)
    try await service.run("participant accept \(try await service.underReview("Hana"))")
    let number = try await service.underReview(born: "2014-09-13", verified: false)
    let refusal = await service.failure("participant accept \(number)")
    #expect(refusal?.code == .acceptanceBlocked)
    let message = refusal?.message ?? ""
    for reason in ["outside the band of J1-62.25, 15–18½", "not verified", "full, 1 of 1"] {
      #expect(message.contains(reason))
    }
    for secret in ["Aiko", "Exemplar", "2014"] { #expect(!message.contains(secret)) }
    let shown = try await service.participant(number, "blockers")
    #expect(shown.map { message.hasSuffix($0) } == true)
  }

  @Test("every transition the lifecycles lack is refused by the database")
  func lifecycle() async throws {
    let service = try await TestService.withCohort()
    for (noun, pairs) in Area.exchanges.lifecycles {
      let rows = try await service.sql(
        "SELECT from_state || '>' || to_state FROM service.transition WHERE noun = '\(noun)'")
      #expect(rows.compactMap { $0[0] }.sorted() == pairs)
    }
    let number = try await service.underReview()
    for state in ["draft", "submitted", "under_review"] {
      await #expect(throws: RawSQLError.self, "under_review > \(state)") {
        try await service.serviceSQL(
          "UPDATE exchanges.participant SET state = '\(state)' WHERE number = '\(number)'")
      }
    }
    let early = await service.failure("participant accept \(try await service.apply("Hana"))")
    #expect(early?.code == .stateConflict)
    #expect(early?.message.contains("only submitted or withdrawn") == true)
    try await service.run("participant decline \(number) reason=\"no host family\"")
    let final = await service.failure("participant withdraw \(number) reason=late")
    #expect(final?.message.contains("final") == true)
  }

  @Test("only an open cohort takes applications, and a cancelled one accepts nobody")
  func cohortStates() async throws {
    let service = try await TestService.withCohort()
    let number = try await service.underReview()
    try await service.run(
      "cohort create SUMMER LATER from=boston to=kyoto starts=2028-01-01 ends=2028-01-09 capacity=3"
    )
    let closed = await service.failure(
      "participant create LATER Aiko Exemplar born=2011-04-02 guardian=Ren guardian-email=r@e.org")
    #expect(closed?.code == .stateConflict)
    #expect(closed?.suggestion == "cohort open LATER")
    try await service.run("cohort cancel K")
    let refusal = await service.failure("participant accept \(number)")
    #expect(refusal?.code == .acceptanceBlocked)
    #expect(refusal?.message.contains("cohort K is cancelled") == true)
  }

  @Test("errors say what is there and what would do")
  func errors() async throws {
    let service = try await TestService.withCohort()
    let expectations: [(String, ErrorCode, String?)] = [
      ("program show SUMER", .missingProgram, "SUMMER"),
      ("cohort show k", .missingCohort, "K"),
      ("program create X Y profile=SCI-shrt", .missingProfile, "SCI-short"),
      ("participant show P-000999", .missingParticipant, nil),
      ("guardian verify P-000999 how=in-person", .missingParticipant, nil),
      ("program create SUMMER Y profile=SCI-short", .duplicate, nil),
      ("participant show 12", .badValue, nil),
    ]
    for (line, code, suggestion) in expectations {
      let error = await service.failure(line)
      #expect(error?.code == code, "\(line)")
      #expect(error?.suggestion == suggestion, "\(line)")
    }
    let cohort = "cohort create SUMMER X starts=2027-07-01 "
    for rest in [
      "from=kyoto to=kyoto ends=2027-07-02 capacity=1",
      "from=kyoto to=boston ends=2027-06-30 capacity=1",
      "from=kyoto to=boston ends=2027-07-02 capacity=0",
    ] {
      #expect(await service.failure(cohort + rest)?.code == .invalid, "\(rest)")
    }
    _ = try await service.apply()
    let twice = await service.failure(
      "participant create K aiko exemplar born=2011-04-02 guardian=Ren guardian-email=r@e.org")
    #expect(twice?.code == .duplicate)
    #expect(twice?.message.contains("2011") == false)
    let email = await service.failure(
      "participant create K Mei Exemplar born=2011-04-02 guardian=Ren guardian-email=nowhere")
    #expect(email?.code == .invalid)
    let unborn = await service.failure(
      "participant create K Mei Exemplar born=2027-07-01 guardian=Ren guardian-email=r@e.org")
    #expect(unborn?.code == .ageImpossible)
  }

  @Test("a cohort goes from one partner to the other, and is theirs whatever becomes of them")
  func partners() async throws {
    let service = try await TestService.withCohort()
    try await service.run("community create lima Lima PE")
    let cohort = "cohort create SUMMER X starts=2027-07-01 ends=2027-07-10 capacity=1"
    let refusal = await service.failure("\(cohort) from=kyoto to=lima")
    #expect(refusal?.code == .stateConflict)
    #expect(refusal?.suggestion == "partnership list community=kyoto")
    await #expect {
      try await service.serviceSQL(
        """
        INSERT INTO exchanges.cohort
          (program_id, code, from_community_id, to_community_id, starts, ends, capacity)
        SELECT p.id, 'X', k.id, l.id, '2027-07-01', '2027-07-10', 1
        FROM exchanges.program p, directory.community k, directory.community l
        WHERE k.code = 'kyoto' AND l.code = 'lima'
        """)
    } throws: {
      ($0 as? RawSQLError)?.sqlState == "SI000"
    }
    #expect(try await service.run("cohort show K").rows[0]["partnership"] == .text("PS-1"))
    // A merge takes it to the partnership of the one that is kept.
    try await service.run("community create boston2 Bostonn US")
    try await service.run("partnership assert kyoto boston2 source=files")
    try await service.run("community merge boston boston2 reason=typo")
    #expect(try await service.run("cohort show K").rows[0]["partnership"] == .text("PS-2"))
    #expect(try await service.run("cohort list to=boston").rows.count == 1)
    try await service.run("community unmerge boston")
    var row = try await service.run("cohort show K").rows[0]
    #expect(row["to"] == .text("boston") && row["partnership"] == .text("PS-1"))
    // Where its partnership stays, so does the cohort.
    try await service.run("partnership withdraw PS-2")
    try await service.run("community merge boston boston2 reason=typo")
    #expect(try await service.run("cohort show K").rows[0]["partnership"] == .text("PS-1"))
    try await service.run("partnership update PS-1 themes=water")
    try await service.run("community unmerge boston")
    row = try await service.run("cohort show K").rows[0]
    #expect(row["to"] == .text("boston2") && row["partnership"] == .text("PS-1"))
    try await service.run("partnership withdraw PS-1")
    #expect(await service.failure("\(cohort) from=kyoto to=boston2")?.code == .stateConflict)
    let own = await service.failure("community merge boston2 kyoto reason=r")
    #expect(own != nil)
  }

  @Test("a cohort lasts as long as its program's rules take, first and last day counted")
  func duration() async throws {
    let service = try await TestService.withCohort(
      profile: "ErasmusYouth", starts: "2027-07-01", ends: "2027-07-05")
    let cohort = "cohort create SUMMER X from=kyoto to=boston starts=2027-07-01 capacity=1 ends="
    for ends in ["2027-07-04", "2027-07-22"] {
      let refusal = await service.failure(cohort + ends)
      #expect(refusal?.code == .duration)
      #expect(refusal?.message.contains("at least 5 and at most 21") == true)
    }
    try await service.run(cohort + "2027-07-21")
  }

  @Test("lists have filters and pages")
  func lists() async throws {
    let service = try await TestService.withCohort()
    for given in ["Aiko", "Hana", "Mei", "Yui"] { _ = try await service.apply(given) }
    try await service.run("participant submit P-000002")
    #expect(try await service.run("participant list state=submitted").rows.count == 1)
    #expect(try await service.run("participant list given~a cohort=K").rows.count == 2)
    #expect(try await service.run("participant list born>2011-04-02").rows.isEmpty)
    guard case .list(let first, let next) = try await service.run("participant list limit=3") else {
      return #expect(Bool(false), "a list answers a list")
    }
    #expect(first.rows.count == 3)
    #expect(next == "P-000003")
    #expect(try await service.run("participant list after=P-000003").rows.count == 1)
    #expect(try await service.run("cohort list state=open from=kyoto").rows.count == 1)
    #expect(try await service.run("program list profile=J1-62.25").rows.count == 1)
    #expect(try await service.run("profile list").rows.count == 4)
  }
}
