import Access
import TestSupport
import Testing

@testable import Exchanges

@Suite("Exchanges: what the schema promises")
struct SchemaTests {
  /// What holds nothing about a person.
  private static let impersonal: Set<String> = ["rule_profile", "program", "cohort"]

  @Test("every table about people is under forced row-level security, without a way to delete")
  func protectedTables() async throws {
    let service = try await TestService.make()
    let tables = try await service.sql(
      """
      SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,
        EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd IN ('d', '*')),
        EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'audit')
      FROM pg_class c WHERE c.relnamespace = 'exchanges'::regnamespace AND c.relkind IN ('r', 'p')
      """)
    #expect(tables.count >= 5)
    for table in tables {
      let name = table[0] ?? ""
      #expect(table[1] == (Self.impersonal.contains(name) ? "f" : "t"), "\(name)")
      #expect(table[2] == "f", "\(name) can be deleted from")
      #expect(table[3] == "t", "\(name) is not audited")
    }
  }

  @Test("views and routines keep their caller's rights, but for the one that counts")
  func invokers() async throws {
    let service = try await TestService.make()
    let definers = try await service.sql(
      """
      SELECT proname FROM pg_proc
      WHERE pronamespace = 'exchanges'::regnamespace AND prosecdef
      """)
    #expect(definers == [["count_places"]])
    let views = try await service.sql(
      """
      SELECT relname FROM pg_class
      WHERE relnamespace = 'exchanges'::regnamespace AND relkind IN ('v', 'm')
        AND NOT coalesce(reloptions @> '{security_invoker=true}', false)
      """)
    #expect(views.isEmpty)
  }

  @Test("every constraint that a command can meet has a message")
  func constraintMessages() async throws {
    let service = try await TestService.make()
    let rows = try await service.sql(
      """
      SELECT conname FROM pg_constraint
      WHERE connamespace = 'exchanges'::regnamespace AND contype <> 'p'
      UNION SELECT relname FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
      WHERE c.relnamespace = 'exchanges'::regnamespace AND i.indisunique AND NOT i.indisprimary
      """)
    let known = Set(Area.exchanges.constraintRules.map(\.constraint))
    #expect(rows.count > 20)
    for row in rows { #expect(known.contains(row[0] ?? ""), "\(row[0] ?? "")") }
  }

  @Test("rule profiles say their source, and the service cannot change them")
  func profiles() async throws {
    let service = try await TestService.make()
    let rows = try await service.sql(
      """
      SELECT code, ages, min_days, max_days FROM exchanges.rule_profile
      WHERE source <> '' ORDER BY code COLLATE "C"
      """)
    #expect(
      rows == [
        ["CSIET-short", nil, nil, "56"], ["ErasmusYouth", "13–30", "5", "21"],
        ["J1-62.25", "15–18½", nil, nil], ["SCI-short", nil, nil, nil],
      ])
    let error = await #expect(throws: RawSQLError.self) {
      try await service.serviceSQL("UPDATE exchanges.rule_profile SET max_days = 99")
    }
    #expect(error?.sqlState == "42501")
  }
}
