import Access
import CommandLanguage
import Foundations
import TestSupport
import Testing

@testable import Grants

@Suite("Offers side by side")
struct OverAwardConcurrencyTests {
  @Test("16 offers at once never reserve more than the fund has")
  func neverOver() async throws {
    let service = try await TestService.withFund(received: "10500", loanedConnections: 16)
    let refused = await offersAtOnce(service)
    #expect(refused == 6)
    #expect(try await service.counters() == ["1050000", "1000000", "0", "0"])
    #expect(try await service.run("ledger verify", as: .admin).rows.isEmpty)
    #expect(
      try await service.sql("SELECT count(*), max(number) FROM grants.grant")
        == [["10", "G-2008-0010"]])
  }

  // The control: without the lock and the constraint the same offers do over-commit, so the test
  // above tests them.
  @Test("without the lock and the constraint they do")
  func control() async throws {
    let service = try await TestService.withFund(received: "10500", loanedConnections: 16)
    try await service.sql(
      "ALTER TABLE grants.fund_balance DROP CONSTRAINT fund_balance_not_over_awarded")
    try await service.sql(
      """
      CREATE OR REPLACE FUNCTION grants.lock_available(fund bigint, money text) RETURNS bigint
      LANGUAGE plpgsql AS $$
      DECLARE
        available bigint;
      BEGIN
        SELECT received - reserved - committed - spent INTO available
        FROM grants.fund_balance WHERE fund_id = fund AND currency = money;
        PERFORM pg_sleep(0.2);
        RETURN available;
      END $$
      """)
    let refused = await offersAtOnce(service)
    #expect(refused < 6)
    let reserved = try await service.counters()[1].flatMap { Int($0) } ?? 0
    #expect(reserved > 1_050_000)
  }

  /// Sixteen offers of 1000 each; how many were refused.
  private func offersAtOnce(_ service: TestService) async -> Int {
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<16 {
        group.addTask {
          let error = await service.failure(
            "grant offer SDWI PG kansas-city 1000 title=PUR starts=2008-02-01")
          return error?.code == .overAward
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
  }
}
