import Access
import CommandLanguage
import Postgres
import TestSupport
import Testing

@testable import Initiatives

@Suite("Actuals: handed in by one, approved by another, and locked with their period")
struct ActualTests {
  private let report = "indicator report I packets 40 on=2020-05-01"
  private let parts = "parts=country:ET:30,country:NG:10"

  @Test("the whole way: draft, handed in, returned, corrected, approved, locked, opened again")
  func journey() async throws {
    let service = try await TestService.withPackets()
    func figures() async throws -> [Value?] {
      let row = try await service.run("indicator show I packets").rows[0]
      return [row["actual"], row["approved"]]
    }
    let draft = try await service.run("\(report) \(parts)", as: Office.reporter)
    #expect(draft["number"] == "A-1" && draft["state"] == "draft")
    #expect(try await figures() == [.null, .null], "a draft counts for nothing")
    try await service.run("actual submit A-1", as: Office.reporter)
    #expect(try await figures() == [.text("40"), .null])
    let early = await service.failure("actual update A-1 amount=41", as: Office.reporter)
    #expect(early?.code == .stateConflict)
    #expect(early?.suggestion == "actual return A-1")
    #expect(
      await service.failure("actual remove A-1", as: Office.reporter)?.code == .stateConflict)
    try await service.run("actual return A-1 reason=\"41 in the papers\"", as: Office.officer)
    #expect(try await figures() == [.null, .null])
    try await service.run(
      "actual update A-1 amount=41 parts=country:ET:31,country:NG:10 note=\"as in the papers\"",
      as: Office.reporter)
    try await service.run("actual submit A-1", as: Office.reporter)
    let open = await service.failure(
      "indicator approve-period I packets 2020-05-01", as: Office.officer)
    #expect(open?.code == .stateConflict)
    #expect(open?.message.contains("A-1") == true)
    try await service.run("actual approve A-1", as: Office.officer)
    #expect(try await figures() == [.text("41"), .text("41")])
    let shown = try await service.run("actual show A-1").rows[0]
    #expect(shown["submitted-by"] == .text("rita") && shown["approved-by"] == .text("otto"))
    #expect(shown["returned-because"] == .text("41 in the papers"))
    #expect(shown["revision"] == .text("6"))
    try await service.run("indicator approve-period I packets 2020-05-01", as: Office.officer)
    for line in [
      report, "actual return A-1 reason=x", "indicator change-period I packets 2020-05-01 target=1",
      "indicator remove-period I packets 2020-05-01",
    ] {
      let locked = await service.failure(line, as: Office.director)
      #expect(locked?.code == .periodApproved, "\(line)")
      #expect(locked?.suggestion == "indicator reopen-period I packets 2020-01-01", "\(line)")
    }
    let reopen = "indicator reopen-period I packets 2020-05-01 reason=\"a late count\""
    #expect(await service.failure(reopen, as: Office.officer)?.code == .commandDenied)
    try await service.run(reopen, as: Office.director)
    try await service.run("actual return A-1 reason=late", as: Office.officer)
    try await service.run("actual remove A-1", as: Office.reporter)
    #expect(try await service.run("actual list").rows.isEmpty)
  }

  @Test("nobody approves their own, not by SQL either, nor a period that they handed in to")
  func ownSubmission() async throws {
    let service = try await TestService.withPackets()
    try await service.run("\(report) \(parts) submit=yes", as: Office.officer)
    #expect(
      await service.failure("actual approve A-1", as: Office.officer)?.code == .ownSubmission)
    #expect(
      await service.failure("actual approve A-1", as: Office.reporter)?.code == .commandDenied)
    // The SQL is run as somebody called test.
    try await service.serviceSQL(
      "SELECT initiatives.change_actual_state('A-1', 'draft', 'x');"
        + "SELECT initiatives.change_actual_state('A-1', 'submitted', NULL)")
    #expect(
      await service.serviceRefusal(
        "SELECT initiatives.change_actual_state('A-1', 'approved', NULL)")
        == "actual_approver_differs")
    #expect(
      await service.ownerRefusal(
        "UPDATE initiatives.actual SET state = 'approved', approved_by = 'somebody'")
        == "actual_approver_differs", "who approves is who acts")
    try await service.run("actual approve A-1", as: Office.otherOfficer)
    let period =
      "SELECT initiatives.change_period_state('I', 'packets', '2020-05-01', 'approved', NULL)"
    #expect(await service.serviceRefusal(period) == "conflict.own-submission")
    try await service.run("indicator approve-period I packets 2020-05-01", as: Office.officer)
  }

  @Test("an approved period's actuals are locked for everybody, the owner too")
  func locked() async throws {
    let service = try await TestService.withPackets()
    try await service.run("\(report) \(parts) submit=yes", as: Office.reporter)
    try await service.run("actual approve A-1", as: Office.officer)
    let insert = """
      INSERT INTO initiatives.actual (indicator_id, period_id, achieved_on, amount, changed_by,
        changed_at) SELECT indicator_id, id, starts, 1, 'x', now() FROM initiatives.period
      WHERE starts = '2020-01-01'
      """
    let move = """
      UPDATE initiatives.actual SET period_id = (SELECT id FROM initiatives.period
        WHERE starts = '2020-01-01'), achieved_on = '2020-01-01' WHERE number = 'A-2'
      """
    let writes = [
      "UPDATE initiatives.actual SET amount = 1 WHERE number = 'A-1'",
      "UPDATE initiatives.actual SET note = 'x' WHERE number = 'A-1'",
      "UPDATE initiatives.actual SET state = 'draft', returned_because = 'x' WHERE number = 'A-1'",
      "DELETE FROM initiatives.actual WHERE number = 'A-1'", insert, move,
      "UPDATE initiatives.period SET target = 1 WHERE starts = '2020-01-01'",
      "DELETE FROM initiatives.period WHERE starts = '2020-01-01'",
    ]
    try await service.run("indicator report I packets 1 on=2021-05-01", as: Office.reporter)
    #expect(await service.ownerRefusal("SAVEPOINT a; \(move); ROLLBACK TO a") == nil, "the control")
    #expect(
      await service.ownerRefusal("SAVEPOINT a; \(insert); ROLLBACK TO a") == nil, "the control")
    try await service.run("indicator approve-period I packets 2020-05-01", as: Office.officer)
    for sql in writes {
      #expect(await service.ownerRefusal(sql) == "conflict.period-approved", "\(sql)")
      #expect(await service.serviceRefusal(sql) == "42501", "\(sql)")
    }
    for sql in [
      "UPDATE initiatives.part SET amount = 1", "DELETE FROM initiatives.part",
      """
      INSERT INTO initiatives.part SELECT indicator_id, actual_id, dimension, 'KE', 5
      FROM initiatives.part
      """,
    ] {
      #expect(await service.ownerRefusal(sql) == "conflict.state", "\(sql)")
      #expect(await service.serviceRefusal(sql) == "42501", "\(sql)")
    }
    #expect(
      await service.serviceRefusal(
        "SELECT initiatives.change_period_state('I', 'packets', '2020-05-01', 'open', ' ')")
        == "period_reopening_whole")
  }

  @Test("what a cumulative indicator's approved period stands on is approved too, and stays so")
  func cumulativePeriods() async throws {
    let service = try await TestService.make()
    for line in [
      "initiative create I Water humanitarian",
      "indicator create I wells Wells well aggregation=cumulative target=9 starts=2020-01-01 "
        + "ends=2020-12-31",
      "indicator add-period I wells 2021-01-01 2021-12-31 12",
    ] { try await service.run(line) }
    let second = "indicator approve-period I wells 2021-05-01"
    let early = await service.failure(second)
    #expect(early?.code == .stateConflict)
    #expect(early?.suggestion == "indicator approve-period I wells 2020-01-01")
    try await service.run("indicator approve-period I wells 2020-05-01")
    try await service.run(second)
    let first = await service.failure("indicator reopen-period I wells 2020-05-01 reason=x")
    #expect(first?.code == .periodApproved)
    #expect(first?.suggestion == "indicator reopen-period I wells 2021-01-01")
    let before = await service.failure("indicator add-period I wells 2019-01-01 2019-12-31 3")
    #expect(before?.code == .periodApproved)
    let reopen = """
      UPDATE initiatives.period SET state = 'open', reopened_because = 'x'
      WHERE starts = '2020-01-01'
      """
    #expect(await service.ownerRefusal(reopen) == "conflict.period-approved")
    try await service.run("indicator add-period I wells 2022-01-01 2022-12-31 15")
    try await service.run("indicator reopen-period I wells 2021-05-01 reason=x")
    try await service.run("indicator reopen-period I wells 2020-05-01 reason=x")
  }
}
