import Access
import CommandLanguage
import Postgres
import TestSupport
import Testing

@testable import Initiatives

@Suite("Many at one period")
struct ActualConcurrencyTests {
  @Test("of many who hand in, approve and return one actual at once, the database has one order")
  func oneActual() async throws {
    let service = try await TestService.withPackets()
    try await service.run(
      "indicator report I packets 1 on=2020-05-01 incomplete=yes", as: Office.reporter)
    let submitted = await atOnce(12) { number in
      await service.failure(
        "actual submit A-1", as: Principal(name: "r\(number)", roles: [.reporter]))?.code
    }
    #expect(submitted.count { $0 == nil } == 1)
    #expect(submitted.count { $0 == .stateConflict } == 11)
    let decided = await atOnce(12) { number in
      let line = number.isMultiple(of: 2) ? "actual approve A-1" : "actual return A-1 reason=x"
      return await service.failure(
        line, as: Principal(name: "o\(number)", roles: [.programOfficer]))?.code
    }
    let state = try await service.run("actual show A-1").rows[0]["state"]
    #expect(state == .text("draft"), "whoever approved, a return came after it")
    // A return ends it: one approval at most, one return, or an approval and a return.
    #expect((1...2).contains(decided.count { $0 == nil }))
    #expect(decided.allSatisfy { $0 == nil || $0 == .stateConflict }, "\(decided)")
  }

  @Test("a period that is approved while others report holds nothing that is not approved")
  func periodUnderWay() async throws {
    for round in 0..<4 {
      let service = try await TestService.withPackets()
      let outcomes = await atOnce(9) { number in
        if number == 4 {
          return await service.failure(
            "indicator approve-period I packets 2020-05-01", as: Office.officer)?.code
        }
        return await service.failure(
          "indicator report I packets 1 on=2020-05-01 incomplete=yes submit=yes",
          as: Office.reporter)?.code
      }
      let state = try await service.sql(
        """
        SELECT p.state, count(a.id) FROM initiatives.period p
        LEFT JOIN initiatives.actual a ON a.period_id = p.id AND a.state <> 'approved'
        WHERE p.starts = '2020-01-01' GROUP BY p.state
        """)
      let approved = outcomes[4] == nil
      #expect(state[0][0] == (approved ? "approved" : "open"), "round \(round)")
      #expect(!approved || state[0][1] == "0", "round \(round)")
      #expect(
        outcomes.allSatisfy { [nil, .stateConflict, .periodApproved].contains($0) }, "\(outcomes)")
    }
  }

  @Test("of many who approve one period at once, one does")
  func approvers() async throws {
    let service = try await TestService.withPackets()
    let outcomes = await atOnce(10) { number in
      await service.failure(
        "indicator approve-period I packets 2021-05-01",
        as: Principal(name: "o\(number)", roles: [.programOfficer]))?.code
    }
    #expect(outcomes.count { $0 == nil } == 1)
    #expect(outcomes.count { $0 == .stateConflict } == 9)
  }

  /// What came of so many, begun together, in their order.
  private func atOnce(
    _ count: Int, _ body: @escaping @Sendable (Int) async -> ErrorCode?
  ) async -> [ErrorCode?] {
    await withTaskGroup(of: (Int, ErrorCode?).self) { group in
      for number in 0..<count { group.addTask { (number, await body(number)) } }
      var outcomes = [ErrorCode?](repeating: nil, count: count)
      for await (number, code) in group { outcomes[number] = code }
      return outcomes
    }
  }
}
