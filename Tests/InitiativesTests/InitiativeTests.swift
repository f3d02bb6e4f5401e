import Access
import CommandLanguage
import Foundations
import Testing
import TestSupport

@testable import Initiatives

@Suite("Initiatives")
struct InitiativeTests {
  /// A tri-lateral initiative and the communities that its pilots need.
  private func trilateral() async throws -> TestService {
    let service = try await TestService.make()
    try await service.run("community create urbana Urbana US region=Illinois")
    try await service.run("community create zomba Zomba MW")
    try await service.run("community create haizhu \"Haizhu District\" CN")
    try await service.run(
      "initiative create SAI \"Sino-African Initiative\" economic-development "
        + "trilateral=us,african,chinese")
    return service
  }

  @Test("a pilot without a partner in each of the three roles is refused, by name of the role")
  func pilotRoles() async throws {
    let service = try await trilateral()
    let pilot = "initiative create SAI-1 \"First pilot\" economic-development parent=SAI "
    let refusal = await service.failure(pilot + "partners=us:urbana,african:zomba")
    #expect(refusal?.code == .pilotRoles)
    #expect(refusal?.message.contains("chinese") == true)
    #expect(try await service.run("initiative list parent=SAI").rows.isEmpty)
    let preview = await service.failure(pilot + "partners=us:urbana preview=yes")
    #expect(preview?.code == .pilotRoles)
    try await service.run(pilot + "partners=us:urbana,african:zomba,chinese:haizhu")
    #expect(try await service.run("initiative list parent=SAI").rows.count == 1)
  }

  @Test("raw SQL as the service cannot take a role away from a pilot")
  func rawSQLKeepsRoles() async throws {
    let service = try await trilateral()
    try await service.run(
      "initiative create SAI-1 Pilot economic-development parent=SAI "
        + "partners=us:urbana,african:zomba,chinese:haizhu")
    await #expect(throws: RawSQLError.self) {
      try await service.serviceSQL(
        "UPDATE initiatives.partner SET role = 'us' WHERE role = 'african'")
    }
    await #expect(throws: RawSQLError.self) {
      try await service.serviceSQL("DELETE FROM initiatives.partner")
    }
  }

  @Test("every transition the lifecycle lacks is refused by the database")
  func lifecycle() async throws {
    let service = try await TestService.make()
    let permitted = Set(InitiativeState.lifecycle.pairs)
    for from in InitiativeState.allCases {
      for to in InitiativeState.allCases {
        let code = "\(from)-\(to)"
        try await service.run("initiative create \(code) Title humanitarian")
        for step in path(to: from) {
          let reason = step == "cancel" ? "reason=x" : ""
          try await service.run("initiative \(step) \(code) \(reason)")
        }
        let sql =
          "UPDATE initiatives.initiative SET state = '\(to)', reason = 'x' WHERE code = '\(code)'"
        if permitted.contains("\(from)>\(to)") {
          try await service.serviceSQL(sql)
        } else {
          await #expect(throws: RawSQLError.self, "\(from) > \(to)") {
            try await service.serviceSQL(sql)
          }
        }
      }
    }
  }

  private func path(to state: InitiativeState) -> [String] {
    switch state {
    case .planned: []
    case .active: ["activate"]
    case .completed: ["activate", "complete"]
    case .cancelled: ["cancel"]
    }
  }

  @Test("errors say what is there and what would do")
  func errors() async throws {
    let service = try await TestService.make()
    try await service.run("initiative create SDWI Water humanitarian starts=2008-01-01")
    let missing = await service.failure("initiative show sdwi")
    #expect(missing?.code == .missingInitiative)
    #expect(missing?.suggestion == "SDWI")
    let duplicate = await service.failure("initiative create SDWI Water humanitarian")
    #expect(duplicate?.code == .duplicate)
    let order = await service.failure("initiative update SDWI ends=2007-01-01")
    #expect(order?.code == .invalid)
    let state = await service.failure("initiative complete SDWI")
    #expect(state?.code == .stateConflict)
    #expect(state?.message.contains("active or cancelled") == true)
    let roles = await service.failure("initiative create X Y humanitarian trilateral=us,african")
    #expect(roles?.code == .invalid)
  }

  @Test("a list has pages with a stable key, and filters of every kind")
  func list() async throws {
    let service = try await TestService.make()
    for number in 10..<20 {
      try await service.run(
        "initiative create I\(number) \"Initiative \(number)\" humanitarian "
          + "starts=2008-01-\(number) countries=ET,NG")
    }
    guard case .list(let first, let next) = try await service.run("initiative list limit=4") else {
      return #expect(Bool(false), "a list answers a list")
    }
    #expect(first.rows.count == 4)
    #expect(next == "I13")
    let second = try await service.run("initiative list limit=4 after=I13").rows
    #expect(second.first?["code"] == .text("I14"))
    #expect(try await service.run("initiative list starts>=2008-01-15").rows.count == 5)
    #expect(try await service.run("initiative list title~\"TIVE 11\"").rows.count == 1)
    #expect(try await service.run("initiative list countries~NG state!=active").rows.count == 10)
    #expect(try await service.run("initiative list state=active").rows.isEmpty)
  }
}
