import Access
import CommandLanguage
import Foundations
import Testing
import TestSupport

@testable import Conferences

@Suite("Conferences")
struct ConferenceTests {
  @Test("a conference from its plan to a cancelled and a new registration")
  func journey() async throws {
    let service = try await TestService.withConference()
    try await service.run("ticket-type create houston student Student free")
    try await service.run("quota create houston students 10 ticket-types=student")
    let made = try await service.register("maria", more: "community=houston")
    #expect(made["number"] == "R-000001")
    #expect(made["state"] == "confirmed")
    try await service.register("li", ticket: "student")

    let conference = try await service.run("conference show houston").rows[0]
    #expect(conference["state"] == .text("open"))
    guard case .table(let types) = conference["ticket-types"],
      case .table(let quotas) = conference["quotas"]
    else {
      Issue.record("ticket types and quotas are nested")
      return
    }
    let prices = types.rows.map { $0[3] }
    #expect(
      prices == [
        .money(Money(amountMinor: 45_000, currency: .usd)),
        .money(Money(amountMinor: 0, currency: .usd)),
      ])
    #expect(quotas.rows.map { $0.last } == [.integer(99), .integer(9)])

    let row = try await service.run("registration show R-000001", as: .desk).rows[0]
    #expect(row["name"] == .text("maria"))
    #expect(row["community"] == .text("houston"))
    let cancelled = try await service.run(
      "registration cancel R-000001 reason=ill", as: .desk)
    #expect(cancelled["state"] == "cancelled")
    #expect(try await service.quota("hall", "free") == .integer(100))
    try await service.register("maria")
    let listed = try await service.run(
      "registration list conference=houston state=confirmed name~MAR", as: .desk)
    #expect(listed.rows.map { $0["number"] } == [.text("R-000003")])
    #expect(try await service.run("conference verify houston").rows.isEmpty)
  }

  @Test("what is missing is named, with what was probably meant")
  func missing() async throws {
    let service = try await TestService.withConference()
    let conference = await service.failure("conference show huston")
    #expect(conference?.code == .missingConference)
    #expect(conference?.suggestion == "houston")
    #expect(await service.failure("quota list huston")?.suggestion == "houston")
    #expect(await service.failure("conference verify huston")?.suggestion == "houston")
    let type = await service.failure(
      TestService.registration("maria", ticket: "regulr"), as: .desk)
    #expect(type?.code == .missingTicketType)
    #expect(type?.suggestion == "regular")
    let community = await service.failure(
      TestService.registration("maria", more: "community=huston"), as: .desk)
    #expect(community?.code == .missingCommunity)
    #expect(community?.suggestion == "houston")
    let quota = await service.failure("quota resize houston hal 5")
    #expect(quota?.code == .missingQuota)
    #expect(quota?.suggestion == "hall")
    #expect(
      await service.failure("registration show R-000009")?.code == .missingRegistration)
  }

  @Test("a time zone, a currency and a price are what they claim")
  func plausible() async throws {
    let service = try await TestService.withConference()
    let create = "conference create c2 Title houston starts=2020-07-01 "
    let zone = await service.failure(create + "ends=2020-07-02 timezone=America/Chicgo")
    #expect(zone?.code == .invalid)
    #expect(zone?.suggestion == "America/Chicago")
    #expect(
      await service.failure(create + "ends=2020-06-01 timezone=UTC")?.message
        == "ends= is before starts=")
    #expect(
      await service.failure(create + "ends=2020-07-02 timezone=UTC currency=XXX")?.code
        == .badValue)
    let price = await service.failure("ticket-type create houston abroad Abroad \"400 EUR\"")
    #expect(price?.code == .invalid)
    #expect(price?.message.contains("conference's currency") == true)
  }

  @Test("every transition the lifecycle lacks is refused by the database")
  func lifecycle() async throws {
    let service = try await TestService.withConference()
    let again = await service.failure("conference open houston")
    #expect(again?.code == .stateConflict)
    try await service.run("conference close houston")
    let closed = await service.failure(TestService.registration("maria"), as: .desk)
    #expect(closed?.code == .notOpen)
    #expect(closed?.message.contains("closed") == true)
    try await service.run("conference open houston")
    try await service.register("maria")
    try await service.run("registration cancel R-000001", as: .desk)
    let twice = await service.failure("registration cancel R-000001", as: .desk)
    #expect(twice?.code == .stateConflict)
    #expect(twice?.message.contains("R-000001 is cancelled already") == true)
    #expect(try await service.quota("hall") == .integer(0))
    let transitions = try await service.sql(
      """
      SELECT noun || ' ' || from_state || '>' || to_state FROM service.transition
      WHERE noun IN ('conference', 'registration') ORDER BY 1
      """
    ).compactMap { $0[0] }
    #expect(
      transitions == ConferenceState.lifecycle.pairs.map { "conference \($0)" }
        + RegistrationState.lifecycle.pairs.map { "registration \($0)" })
  }

  @Test("a quota is never smaller than what is taken of it, and its capacity is audited")
  func resize() async throws {
    let service = try await TestService.withConference(seats: 3)
    for person in ["a", "b"] { try await service.register(person) }
    let refusal = await service.failure("quota resize houston hall 1")
    #expect(refusal?.code == .seatsTaken)
    #expect(refusal?.message.contains("2 seats taken") == true)
    #expect(try await service.run("quota resize houston hall 2")["free"] == "0")
    let changes = try await service.sql(
      """
      SELECT before ->> 'capacity', after ->> 'capacity' FROM audit.change
      WHERE relation = 'conferences.quota' ORDER BY id
      """)
    #expect(changes == [[nil, "3"], ["3", "2"]])
  }

  @Test("a quota laid over tickets already sold counts them; a wrong counter is found")
  func recount() async throws {
    let service = try await TestService.withConference()
    for person in ["a", "b", "c"] { try await service.register(person) }
    #expect(
      await service.failure("quota create houston boat 2 ticket-types=regular")?.code
        == .seatsTaken)
    #expect(
      try await service.run("quota create houston boat 4 ticket-types=regular")["free"] == "1")
    #expect(try await service.run("conference verify houston").rows.isEmpty)
    try await service.sql("UPDATE conferences.quota SET confirmed = 2 WHERE code = 'boat'")
    let rows = try await service.run("conference verify houston").rows
    #expect(rows.count == 1)
    #expect(rows.first?["quota"] == .text("boat"))
    #expect(rows.first?["recorded"] == .integer(2))
    #expect(rows.first?["counted"] == .integer(3))
  }
}
