import Access
import CommandLanguage
import Postgres
import TestSupport
import Testing

@testable import Initiatives

@Suite("Initiatives and their pilots")
struct TreeTests {
  private func family() async throws -> TestService {
    let service = try await TestService.make()
    for line in [
      "initiative create P Parent humanitarian",
      "initiative create C Child humanitarian parent=P",
      "initiative create G Grandchild humanitarian parent=C",
    ] { try await service.run(line) }
    return service
  }

  @Test("no initiative is its own pilot, by whatever way, by command or by SQL")
  func circles() async throws {
    let service = try await family()
    for code in ["P", "C", "G"] {
      let error = await service.failure("initiative update P parent=\(code)")
      #expect(error?.code == .circle, "\(code)")
    }
    for sql in [
      "UPDATE initiatives.initiative SET parent_id = initiatives.find('G') WHERE code = 'P'",
      // Both at once, of which neither alone closes it.
      """
      UPDATE initiatives.initiative SET parent_id = CASE code WHEN 'A' THEN initiatives.find('B')
        ELSE initiatives.find('A') END WHERE code IN ('A', 'B')
      """,
    ] {
      _ = try? await service.run("initiative create A A humanitarian")
      _ = try? await service.run("initiative create B B humanitarian")
      #expect(await service.serviceRefusal(sql) == "conflict.circle", "\(sql)")
      #expect(await service.ownerRefusal(sql) == "conflict.circle", "\(sql)")
    }
    try await service.run("initiative update G parent=P")
    #expect(try await service.run("initiative list parent=P").rows.count == 2)
  }

  @Test("two that each become the other's pilot at once: one does")
  func circleTogether() async throws {
    let service = try await TestService.make()
    for round in 0..<5 {
      try await service.run("initiative create A\(round) A humanitarian")
      try await service.run("initiative create B\(round) B humanitarian")
      async let first = service.failure("initiative update A\(round) parent=B\(round)")
      async let second = service.failure("initiative update B\(round) parent=A\(round)")
      let codes = await [first?.code, second?.code]
      #expect(codes.count { $0 == nil } == 1, "\(codes)")
    }
  }

  @Test("a pilot begins after its parent, and what ends has no pilot that goes on")
  func states() async throws {
    let service = try await family()
    let early = await service.failure("initiative activate C")
    #expect(early?.code == .stateConflict)
    #expect(early?.suggestion == "initiative activate P")
    try await service.run("initiative activate P")
    try await service.run("initiative activate C")
    for line in ["initiative complete P", "initiative cancel P reason=x"] {
      let late = await service.failure(line)
      #expect(late?.code == .stateConflict, "\(line)")
      #expect(late?.message.contains("C (active)") == true, "\(line)")
    }
    for sql in [
      "UPDATE initiatives.initiative SET state = 'completed' WHERE code = 'P'",
      "UPDATE initiatives.initiative SET state = 'cancelled', reason = 'x' WHERE code = 'C'",
    ] {
      #expect(await service.serviceRefusal(sql) == "conflict.state", "\(sql)")
    }
    try await service.run("initiative cancel G reason=\"no partner\"")
    try await service.run("initiative complete C")
    try await service.run("initiative complete P reason=\"all of it is done\"")
    let after = await service.failure("initiative create X X humanitarian parent=P")
    #expect(after?.code == .stateConflict)
    try await service.run("initiative create Y Y humanitarian")
    #expect(await service.failure("initiative update Y parent=P")?.code == .stateConflict)
  }

  @Test("of a parent that ends and a pilot that begins at once, one does", arguments: 0..<6)
  func endsTogether(round: Int) async throws {
    let service = try await TestService.make()
    try await service.run("initiative create P Parent humanitarian")
    try await service.run("initiative activate P")
    async let ended = service.failure("initiative complete P")
    async let began = service.failure("initiative create C Child humanitarian parent=P")
    let codes = await [ended?.code, began?.code]
    #expect(codes.count { $0 == nil } == 1, "\(codes)")
    #expect(codes.count { $0 == .stateConflict } == 1, "\(codes)")
  }

  @Test("each state is kept with who, when and why; giving up takes a reason")
  func steps() async throws {
    let service = try await TestService.make()
    try await service.run("initiative create I Water humanitarian", as: Office.officer)
    try await service.run("initiative activate I", as: Office.director)
    #expect(
      await service.serviceRefusal("UPDATE initiatives.initiative SET state = 'cancelled'")
        == "initiative_cancelled_reasoned")
    try await service.run("initiative cancel I reason=\"no money\"", as: Office.otherOfficer)
    let steps = try await service.table("initiative show I", "steps")
    #expect(steps.map { $0["by"] } == [.text("otto"), .text("dora"), .text("olga")])
    #expect(steps.map { $0["state"] } == [.text("planned"), .text("active"), .text("cancelled")])
    #expect(steps.map { $0["reason"] } == [.null, .null, .text("no money")])
    #expect(try await service.run("initiative show I").rows[0]["reason"] == .text("no money"))
    try await service.serviceSQL("UPDATE initiatives.initiative SET reason = 'lazy'")
    #expect(try await service.run("initiative show I").rows[0]["reason"] == .text("no money"))
    for sql in [
      "UPDATE initiatives.step SET taken_by = 'x'", "DELETE FROM initiatives.step",
      "INSERT INTO initiatives.step (initiative_id, state, taken_by) VALUES (1, 'active', 'x')",
    ] {
      #expect(await service.serviceRefusal(sql) == "42501", "\(sql)")
    }
  }
}
