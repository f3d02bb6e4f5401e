import Access
import Catalog
import CommandLanguage
import TestSupport
import Testing

@Suite("Every constraint explains itself")
struct ConstraintTests {
  /// Constraints and unique indexes without a rule, and why no command can meet them.
  private static let unexplained = [
    "access.request_pkey": "a key is claimed with ON CONFLICT, and answers conflict.idempotency",
    "access.mock_secret_pkey": "only migrations write it",
    "access.password_pkey": "written with ON CONFLICT",
    "access.password_principal_fkey": "written from the principal's own row",
    "access.refusal_minute_key": "written with ON CONFLICT",
    "access.saved_request_pkey": "written with ON CONFLICT",
    "access.token_pkey": "random, and never typed",
    "access.token_secret_hash_key": "random, and never typed",
    "audit.protection_pkey": "written with ON CONFLICT",
    "audit.seal_pkey": "one seals at a time, and counts",
    "conferences.quota_ticket_type_quota_fkey": "its ids are read together",
    "conferences.quota_ticket_type_ticket_type_fkey": "its ids are read together",
    "directory.partnership_hi_fkey": "its ids are found by code, and the countries with them",
    "directory.partnership_lo_fkey": "its ids are found by code, and the countries with them",
    "conferences.registration_ticket_type_fkey": "its ids are read together",
    "directory.assertion_by_one": "each command says which",
    "directory.assertion_key": "a community's is written with ON CONFLICT, a source's once",
    "directory.community_not_merged_into_itself": "a duplicate of itself is refused before",
    "directory.dues_invoice_amount_positive": "a tier's amount is",
    "directory.dues_invoice_covers_range": "an invoice is for a year at least",
    "directory.dues_invoice_paid_range": "more and less are refused before, under the row's lock",
    "directory.dues_invoice_void_unpaid": "refused before, under the row's lock",
    "directory.dues_invoice_void_whole": "one routine writes both",
    "directory.dues_payment_refund_has_reason": "the command's reason must be given",
    "directory.dues_tier_currency_format": "a currency is typed as one that there is",
    "directory.membership_resignation_whole": "one routine writes all three",
    "directory.merge_one_at_a_time": "refused before, under the row's lock",
    "directory.merge_step_whole": "one routine writes both",
    "directory.seeking_pkey": "written with ON CONFLICT",
    "directory.partnership_merged_is_asserted": "others are refused before",
    "directory.country_pkey": "only migrations write it",
    "directory.country_name_key": "only migrations write it",
    "directory.country_code_format": "only migrations write it",
    "directory.country_continent_known": "only migrations write it",
    "directory.country_label_pkey": "only migrations write it",
    "directory.country_label_country_fkey": "only migrations write it",
    "directory.import_label_pkey": "written once for each label",
    "directory.import_place_pkey": "the import counts its places",
    "directory.import_place_outcome_known": "only the import's routines write it",
    "directory.import_row_pkey": "a row's line is its own",
    "directory.import_row_outcome_known": "only the import and its routines write it",
    "directory.import_run_source_key": "the last run of the source is deleted first",
    "directory.partnership_fact_no_overlap": "directory.record_fact cuts what was known",
    "directory.partnership_fact_not_empty": "an empty period is refused before",
    "grants.fund_balance_pkey": "made with its fund by a trigger, or with ON CONFLICT",
    "grants.split_pkey": "made with its grant; a fund named twice is refused before",
    "grants.grant_balance_pkey": "made with its grant, by a trigger",
    "grants.number_counter_pkey": "written with ON CONFLICT",
    "initiatives.actual_approval_whole": "a trigger writes both",
    "initiatives.actual_number_key": "the number is made of the row's id",
    "initiatives.actual_period_fkey": "the period is looked up within the indicator",
    "initiatives.actual_submission_whole": "a trigger writes both",
    "initiatives.part_actual_fkey": "written with its actual, or by its number",
    "initiatives.period_approval_whole": "a trigger writes both",
    "initiatives.term_base_fkey": "the indicators are looked up within the initiative",
    "initiatives.term_indicator_fkey": "the indicators are looked up within the initiative",
    "service.transition_pkey": "only migrations write it",
  ]

  /// Kinds of constraints that need no rule: keys that contain the number which the database
  /// itself has given to the row, and references to such a number, which a routine has looked up
  /// by the name that was typed (nothing is ever deleted).
  private static let selfEvident = """
    SELECT n.nspname || '.' || k.conname
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN (\(SchemaText.schemas)) AND (
      k.contype IN ('p', 'u') AND EXISTS (SELECT FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey) AND a.attidentity = 'a')
      OR k.contype = 'f' AND cardinality(k.confkey) = 1 AND EXISTS (SELECT FROM pg_attribute a
        WHERE a.attrelid = k.confrelid AND a.attnum = k.confkey[1] AND a.attidentity = 'a'))
    """

  private static let rules = Catalog.areas.flatMap(\.constraintRules)

  private static let constraints = """
    SELECT n.nspname, k.conname, k.contype, c.relname
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN (\(SchemaText.schemas)) AND k.contype IN ('c', 'f', 'p', 'u', 'x')
    UNION ALL
    SELECT n.nspname, x.relname, 'i', c.relname
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN (\(SchemaText.schemas)) AND i.indisunique
      AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
    ORDER BY 1, 2
    """

  /// What has neither a rule of its area nor a reason, `schema.constraint`.
  private static func unexplained(_ service: TestService) async throws -> [String] {
    let selfEvident = try await service.sql(selfEvident).compactMap { $0[0] }
    let explained = Set(
      Catalog.areas.flatMap { area in area.constraintRules.map { "\(area.name).\($0.constraint)" } }
    )
    return try await service.sql(constraints).map { "\($0[0] ?? "").\($0[1] ?? "")" }
      .filter { !explained.contains($0) && !selfEvident.contains($0) }
  }

  @Test("each has a rule of its area, or a reason to have none")
  func explained() async throws {
    let service = try await TestService.make()
    let names = try await Self.unexplained(service)
    #expect(names.filter { Self.unexplained[$0] == nil } == [])
    #expect(Set(Self.unexplained.keys).subtracting(names) == [], "reasons that nothing needs")
    try await service.sql("ALTER TABLE grants.fund ADD CONSTRAINT odd CHECK (title <> 'odd')")
    #expect(try await Self.unexplained(service).contains("grants.odd"))
  }

  @Test("each rule is some constraint's, and says something to a person")
  func rules() async throws {
    let service = try await TestService.make()
    let names = try await service.sql(Self.constraints).compactMap { $0[1] }
    let codes = ErrorCode.general + Catalog.areas.flatMap(\.errorCodes)
    for rule in Self.rules {
      #expect(names.contains(rule.constraint), "there is no constraint \(rule.constraint)")
      #expect(names.filter { $0 == rule.constraint }.count == 1, "\(rule.constraint) is ambiguous")
      #expect(codes.contains(rule.code), "\(rule.constraint)")
      #expect(rule.message.count > 10 && rule.message.first?.isUppercase == false)
      #expect(!rule.message.hasSuffix("."), "\(rule.constraint)")
    }
    #expect(Set(Self.rules.map(\.constraint)).count == Self.rules.count)
  }

  @Test("constraints have names of their own, which say the table and the rule")
  func names() async throws {
    let service = try await TestService.make()
    let rows = try await service.sql(Self.constraints).map { $0.map { $0 ?? "" } }
    #expect(rows.count > 100)
    for row in rows {
      #expect(row[1].wholeMatch(of: /[a-z][a-z_]*[a-z]/) != nil, "\(row[1])")
    }
    let named = Dictionary(grouping: rows) { $0[1] }.filter { $0.value.count > 1 }
    #expect(Set(named.keys) == [], "a name tells the constraint, whatever the schema")
  }
}
