import Access
import TestSupport
import Testing

@testable import Grants

@Suite("The database keeps the rules of grants, whoever asks")
struct GrantGuardTests {
  /// A service with an active grant, a payment that pat requested, an open condition of it, and a
  /// report that pat submitted.
  private func prepared() async throws -> TestService {
    let service = try await TestService.withFund()
    _ = try await service.offer("1000")
    try await service.activate()
    try await service.run("payment schedule G-2008-0001 600 due=2008-03-01")
    try await service.run("payment request G-2008-0001-P01")
    try await service.run("condition add G-2008-0001 special x")
    try await service.run(
      "grantee-report schedule G-2008-0001 narrative 2008-02-01 2008-06-30 due=2008-07-31")
    try await service.run("grantee-report fill G-2008-0001-R01 narrative=x")
    try await service.run("grantee-report submit G-2008-0001-R01")
    return service
  }

  @Test("the service's role writes none of the tables of grants")
  func serviceWrites() async throws {
    let service = try await prepared()
    let tables = try await service.sql(
      """
      SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'grants' AND c.relkind = 'r'
      """
    ).compactMap { $0.first ?? nil }
    #expect(tables.count >= 12)
    for table in tables where table != "fund" {
      for statement in [
        "DELETE FROM grants.\(table)", "INSERT INTO grants.\(table) DEFAULT VALUES",
      ] {
        #expect(await refused(service, statement), "\(statement)")
      }
      let column =
        try await service.sql(
          "SELECT attname FROM pg_attribute WHERE attrelid = 'grants.\(table)'::regclass "
            + "AND attnum > 0 LIMIT 1"
        ).first?.first ?? nil
      let update = "UPDATE grants.\(table) SET \(column ?? "") = DEFAULT"
      #expect(await refused(service, update), "\(update)")
    }
    // The control: the same question is answered otherwise where it may write.
    let insert =
      "INSERT INTO grants.fund (code, title, funder, currency) VALUES ('a','b','c','USD')"
    #expect(await !refused(service, insert))
  }

  private func refused(_ service: TestService, _ statement: String) async -> Bool {
    do {
      _ = try await service.serviceSQL(statement)
      return false
    } catch {
      return error.sqlState == "42501"
    }
  }

  @Test(
    "the owner's SQL breaks no rule either",
    arguments: [
      ("UPDATE grants.payment SET state = 'paid'", "conflict.state"),
      (
        "UPDATE grants.payment SET state = 'program-approved', program_approved_by = requested_by",
        "grant_payment_three_people"
      ),
      ("UPDATE grants.payment SET state = 'program-approved'", "grant_payment_steps_signed"),
      ("UPDATE grants.payment SET amount = 2000 * 100", "grant_balance_not_over_scheduled"),
      ("UPDATE grants.payment SET refunded = 1", "grant_payment_refund_whole"),
      ("UPDATE grants.grant SET state = 'closed'", "conflict.state"),
      (
        "UPDATE grants.grant SET state = 'closing'; UPDATE grants.grant SET state = 'closed'",
        "conflict.unsettled"
      ),
      (
        "UPDATE grants.grant SET state = 'closing'; "
          + "UPDATE grants.grant SET state = 'closed', settled_by = 'a', closed_by = 'b'",
        "conflict.open-payments"
      ),
      ("UPDATE grants.grant SET state = 'terminated'", "conflict.open-payments"),
      ("UPDATE grants.grant SET state = 'suspended', since = '2001-01-01'", "data.invalid"),
      (
        "UPDATE grants.grant SET risk = NULL, risk_reason = NULL, risk_rated_by = NULL",
        "grant_countersigned"
      ),
      ("UPDATE grants.condition SET state = 'met'", "condition_ended_whole"),
      ("UPDATE grants.report SET state = 'waived', decided_by = 'a'", "conflict.state"),
      (
        "UPDATE grants.report SET state = 'accepted', decided_on = '2008-08-01', "
          + "decided_by = submitted_by", "report_accepted_by_another"
      ),
      ("UPDATE grants.step SET by = 'x'", "conflict.append-only"),
      ("DELETE FROM grants.step", "conflict.append-only"),
      (
        "INSERT INTO grants.payment (number, grant_id, amount, currency, due, state) "
          + "SELECT number || '-P09', id, 1, currency, '2008-01-01', 'paid' FROM grants.grant",
        "conflict.state"
      ),
      (
        "UPDATE grants.report SET state = 'returned', decided_on = '2008-08-01', decided_by = 'x', "
          + "remark = 'x'; UPDATE grants.payment SET state = 'program-approved', "
          + "program_approved_by = 'x'", "conflict.report-overdue"
      ),
    ])
  func ownerIsRefused(_ statement: String, _ expected: String) async throws {
    let service = try await prepared()
    let error = await #expect(throws: RawSQLError.self) { try await service.auditedSQL(statement) }
    #expect("\(error.map(String.init(describing:)) ?? "")".contains(expected))
  }
}
