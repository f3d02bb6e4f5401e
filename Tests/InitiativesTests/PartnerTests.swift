import Access
import CommandLanguage
import Postgres
import TestSupport
import Testing

@testable import Initiatives

@Suite("Partners and funders")
struct PartnerTests {
  /// A tri-lateral initiative with a pilot whose `us` role two communities have.
  private func pilot() async throws -> TestService {
    let service = try await TestService.make()
    for line in [
      "community create urbana Urbana US", "community create peoria Peoria US",
      "community create zomba Zomba MW", "community create haizhu Haizhu CN",
      "initiative create SAI Sino-African economic-development trilateral=us,african,chinese",
      "initiative create SAI-1 Pilot economic-development parent=SAI "
        + "partners=us:urbana,us:peoria,african:zomba,chinese:haizhu",
    ] { try await service.run(line) }
    return service
  }

  @Test("partners come, change and go; a pilot keeps one in each role")
  func roles() async throws {
    let service = try await pilot()
    for line in [
      "initiative remove-partner SAI-1 zomba", "initiative change-partner SAI-1 us:haizhu",
    ] {
      let error = await service.failure(line)
      #expect(error?.code == .pilotRoles, "\(line)")
      #expect(error?.suggestion == "initiative show SAI")
    }
    try await service.run("initiative remove-partner SAI-1 urbana")
    #expect(await service.failure("initiative remove-partner SAI-1 peoria")?.code == .pilotRoles)
    try await service.run("initiative add-partner SAI-1 us:urbana")
    try await service.run("initiative change-partner SAI-1 guest:peoria")
    let partners = try await service.table("initiative show SAI-1", "partners")
    #expect(
      partners.map { $0["role"] } == ["african", "chinese", "guest", "us"].map { .text($0) })
    for (community, count) in [("peoria", 1), ("nowhere", 0)] {
      let list = try await service.run("initiative list community=\(community)").rows
      #expect(list.count == count, "\(community)")
    }
    let twice = await service.failure("initiative add-partner SAI-1 african:urbana")
    #expect(twice?.code == .duplicate)
    let missing = await service.failure("initiative remove-partner SAI zomba")
    #expect(missing?.code == .missingPartner)
    // Another initiative becomes a pilot only with all roles filled.
    try await service.run("initiative create X X humanitarian partners=us:urbana")
    #expect(await service.failure("initiative update X parent=SAI")?.code == .pilotRoles)
    try await service.run("initiative add-partner X african:zomba")
    try await service.run("initiative add-partner X chinese:haizhu")
    try await service.run("initiative update X parent=SAI")
  }

  @Test("raw SQL as the service takes no role away either")
  func rawSQL() async throws {
    let service = try await pilot()
    for sql in [
      "DELETE FROM initiatives.partner WHERE role = 'african'",
      "UPDATE initiatives.partner SET role = 'guest' WHERE role = 'us'",
      """
      INSERT INTO initiatives.initiative (code, title, area, parent_id)
      VALUES ('Y', 'Y', 'humanitarian', initiatives.find('SAI'))
      """,
    ] {
      #expect(await service.serviceRefusal(sql) == "data.pilot-roles", "\(sql)")
    }
    for sql in [
      "UPDATE initiatives.initiative SET required_roles = '{}'",
      "UPDATE initiatives.partner SET community_id = 1",
    ] {
      #expect(await service.serviceRefusal(sql) == "42501", "\(sql)")
    }
    #expect(
      await service.serviceRefusal("DELETE FROM initiatives.partner WHERE community_id = 2") == nil)
  }

  @Test("two that leave one role at once do not leave it empty", arguments: 0..<6)
  func together(round: Int) async throws {
    let service = try await pilot()
    async let first = service.failure("initiative remove-partner SAI-1 urbana")
    async let second = service.failure("initiative remove-partner SAI-1 peoria")
    let codes = await [first?.code, second?.code]
    #expect(Set(codes) == [nil, .pilotRoles], "\(codes)")
  }

  @Test("no merge leaves a role empty, and none leaves a partner that is a redirect")
  func merges() async throws {
    let service = try await pilot()
    try await service.run("community create urbana-city \"City of Urbana\" US")
    try await service.run("initiative add-partner SAI-1 guest:urbana-city")
    // One community has one role: the second is taken away, and us has another.
    try await service.run("community merge urbana urbana-city reason=x")
    let roles = try await service.table("initiative show SAI-1", "partners").map { $0["role"] }
    #expect(roles == ["african", "chinese", "guest", "us"].map { .text($0) })
    let empty = await service.failure("community merge peoria urbana-city reason=x")
    #expect(empty?.code == .pilotRoles)
    #expect(
      await service.serviceRefusal(
        """
        INSERT INTO initiatives.partner SELECT initiatives.find('SAI'), id, 'x'
        FROM directory.community WHERE code = 'urbana'
        """) == "40001")
  }

  @Test("funders are named once, with what they pledge, in one currency each")
  func funders() async throws {
    let service = try await TestService.make()
    try await service.run("initiative create I Water humanitarian")
    try await service.run("initiative add-funder I \"A Foundation\" pledge=\"1500000 EUR\"")
    try await service.run("initiative add-funder I \"B Bank\" reference=XI-IATI-1")
    let again = await service.failure("initiative add-funder I \"a foundation\"")
    #expect(again?.code == .duplicate)
    try await service.run("initiative change-funder I \"a foundation\" pledge=\"2000000 EUR\"")
    let missing = await service.failure("initiative change-funder I \"A Fundation\" pledge=1")
    #expect(missing?.code == .missingFunder)
    #expect(missing?.suggestion == "A Foundation")
    let shown = try await service.table("initiative show I", "funders")
    #expect(shown.map { $0["pledged"] } == [.text("2000000.00 EUR"), .null])
    for (set, constraint) in [
      ("pledged = 0", "funder_pledged_positive"), ("pledged = NULL", "funder_pledged_whole"),
      ("currency = 'eur'", "funder_currency_format"),
    ] {
      let sql = "UPDATE initiatives.funder SET \(set) WHERE name = 'A Foundation'"
      #expect(await service.serviceRefusal(sql) == constraint, "\(set)")
    }
    try await service.run("initiative remove-funder I \"B Bank\"")
    #expect(try await service.table("initiative show I", "funders").count == 1)
  }
}
