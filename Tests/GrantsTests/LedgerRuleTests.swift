import Access
import CommandLanguage
import Foundations
import TestSupport
import Testing

@testable import Grants

@Suite("The database keeps the ledger, whoever asks")
struct LedgerRuleTests {
  @Test(
    "the service cannot forge, change or lose a posting",
    arguments: [
      "INSERT INTO grants.entry (effective_on, kind) VALUES ('2008-01-01', 'receipt')",
      "INSERT INTO grants.posting (entry_id, fund_id, line, currency, account, amount) "
        + "VALUES (1, 1, 99, 'USD', 'available', 1)",
      "UPDATE grants.split SET awarded = awarded + 1", "UPDATE grants.fund SET area = NULL",
      "UPDATE grants.fund_balance SET received = received + 1",
      "UPDATE grants.grant_balance SET awarded = awarded + 1",
      "UPDATE grants.grant SET state = 'active'",
      "INSERT INTO grants.payment (number, grant_id, amount, currency, due) "
        + "VALUES ('G-2008-0001-P09', 1, 1, 'USD', '2008-01-01')",
      "UPDATE grants.payment SET state = 'paid'", "DELETE FROM grants.posting",
      "TRUNCATE grants.entry", "UPDATE grants.number_counter SET latest = 0",
      "SELECT grants.open_entry('receipt', '2008-01-01')",
      "SELECT grants.post(1, 1, 'USD', 'available', 'received', 1)",
      "SELECT grants.lock_available(1, 'USD')",
      "CREATE TEMPORARY TABLE added (id bigint)",
      "CREATE TRIGGER forged AFTER INSERT ON grants.fund "
        + "FOR EACH ROW EXECUTE FUNCTION grants.begin_balance()",
    ])
  func serviceIsRefused(_ statement: String) async throws {
    let service = try await TestService.withFund()
    _ = try await service.offer("100")
    #expect(await sqlError { try await service.serviceSQL(statement) }.contains("42501"))
  }

  @Test(
    "the ledger is append-only, for the owner too",
    arguments: [
      "UPDATE grants.entry SET note = 'x'", "DELETE FROM grants.entry",
      "TRUNCATE grants.entry CASCADE", "UPDATE grants.posting SET amount = amount + 1",
      "DELETE FROM grants.posting WHERE false", "TRUNCATE grants.posting",
    ])
  func appendOnly(_ statement: String) async throws {
    let service = try await TestService.withFund()
    #expect(
      await sqlError { try await service.sql(statement) }.contains("conflict.append-only"))
  }

  @Test(
    "an entry that does not balance, or has no two postings, cannot be committed",
    arguments: [
      "", "(e, f, 90, 'USD', 'available', 5)",
      "(e, f, 90, 'USD', 'available', 5), (e, f, 91, 'USD', 'received', -6)",
    ])
  func balanced(_ postings: String) async throws {
    let service = try await TestService.withFund()
    let insert =
      postings.isEmpty
      ? ""
      : "INSERT INTO grants.posting (entry_id, fund_id, line, currency, account, amount) "
        + "VALUES \(postings);"
    let error = await sqlError {
      try await service.sql(
        """
        DO $$ DECLARE e bigint; f bigint := grants.find_fund('PG'); BEGIN
          PERFORM access.begin_command('owner', '{}', 'x', 'x', NULL);
          INSERT INTO grants.entry (effective_on, kind) VALUES ('2008-01-01', 'receipt')
          RETURNING id INTO e;
          \(insert)
        END $$
        """)
    }
    #expect(error.contains("data.unbalanced"))
  }

  @Test(
    "the last line of defence has a name",
    arguments: [
      ("UPDATE grants.fund_balance SET reserved = received + 1", "fund_balance_not_over_awarded"),
      ("UPDATE grants.fund_balance SET spent = -1", "fund_balance_not_negative"),
      ("UPDATE grants.grant_balance SET disbursed = awarded + 1", "grant_balance_not_over_"),
      ("UPDATE grants.split SET disbursed = awarded + 1", "split_not_over_disbursed"),
    ])
  func counters(_ statement: String, _ constraint: String) async throws {
    let service = try await TestService.withFund()
    _ = try await service.offer("100")
    #expect(await sqlError { try await service.sql(statement) }.contains(constraint))
  }

  @Test("ledger verify finds a counter that was tampered with")
  func verifyFinds() async throws {
    let service = try await TestService.withFund()
    try await service.sql("UPDATE grants.fund_balance SET received = received + 1")
    let rows = try await service.run("ledger verify", as: .finance).rows
    #expect(rows.count == 1)
    #expect(rows.first?["what"] == .text("received"))
    #expect(rows.first?["stored"] == .text("12000.01 USD"))
    #expect(rows.first?["recomputed"] == .text("12000.00 USD"))
  }

  @Test("SQL writes money as the service does", arguments: ["USD", "JPY", "KWD", "XOF", "OMR"])
  func moneyText(_ code: String) async throws {
    let service = try await TestService.make()
    let currency = try #require(Currency(code: code))
    for amount: Int64 in [0, 7, 1205, -1205, .max] {
      let text = try await service.sql("SELECT service.money_text(\(amount), '\(code)')")
      #expect(text == [[Money(amountMinor: amount, currency: currency).description]])
    }
  }

  /// What the database says of a statement that it must refuse; empty where it does not.
  private func sqlError(_ body: () async throws -> some Sendable) async -> String {
    do {
      _ = try await body()
      return ""
    } catch {
      return String(describing: error)
    }
  }
}
