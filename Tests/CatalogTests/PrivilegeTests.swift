import TestSupport
import Testing

/// What the service's role may do, as text.
enum PrivilegeText {
  /// Its rights on tables, row-level security, and the functions that act as the owner.
  static func whole(_ service: TestService) async throws -> String {
    var parts: [String] = []
    for (title, query) in [
      ("sister_service may", grants), ("row-level security", security),
      ("security definer, and who may call it", definers),
    ] {
      let rows = try await service.sql(query)
      parts.append(
        "== \(title)\n" + aligned(rows.map { row in row.map { $0 ?? "" } }))
    }
    return parts.joined(separator: "\n\n")
  }

  private static let grants = """
    WITH relation AS (
      SELECT c.oid, n.nspname || '.' || c.relname AS name
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname IN (\(SchemaText.schemas)) AND c.relkind IN ('r', 'v', 'm', 'p', 'S')
    ), kind (kind, place) AS (
      VALUES ('SELECT', 1), ('INSERT', 2), ('UPDATE', 3), ('DELETE', 4), ('TRUNCATE', 5),
        ('REFERENCES', 6), ('TRIGGER', 7)
    )
    SELECT r.name, coalesce(string_agg(
      CASE WHEN has_table_privilege('sister_service', r.oid, k.kind) THEN k.kind
        ELSE k.kind || '(' || columns.names || ')' END, ' ' ORDER BY k.place), 'nothing')
    FROM relation r CROSS JOIN kind k LEFT JOIN LATERAL (
      SELECT string_agg(a.attname, ',' ORDER BY a.attnum) AS names FROM pg_attribute a
      WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
        AND k.kind IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
        AND has_column_privilege('sister_service', r.oid, a.attnum, k.kind)) columns ON true
    WHERE has_table_privilege('sister_service', r.oid, k.kind) OR columns.names IS NOT NULL
      OR k.place = 1
    GROUP BY r.name ORDER BY r.name COLLATE "C"
    """

  private static let security = """
    SELECT n.nspname || '.' || c.relname,
      CASE WHEN c.relforcerowsecurity THEN 'forced on the owner too' ELSE 'enabled' END
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN (\(SchemaText.schemas)) AND c.relrowsecurity
    ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
    """

  private static let definers = """
    SELECT CASE
        WHEN EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
          WHERE a.grantee = 0) THEN 'everybody'
        WHEN has_function_privilege('sister_service', p.oid, 'EXECUTE') THEN 'sister_service'
        ELSE 'the owner' END,
      n.nspname || '.' || p.proname
        || '(' || pg_get_function_identity_arguments(p.oid) || ')'
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname IN (\(SchemaText.schemas)) AND p.prosecdef
    ORDER BY n.nspname COLLATE "C", p.proname COLLATE "C"
    """
}

@Suite("The service has few rights, and the database keeps to them")
struct PrivilegeTests {
  @Test("tables, row-level security and definers' functions are as agreed")
  func golden() async throws {
    expectGolden(
      try await PrivilegeText.whole(try await TestService.make()), "Golden/schema-privileges.txt")
  }

  @Test("functions that act as the owner have a fixed search path and are not for everybody")
  func definers() async throws {
    let service = try await TestService.make()
    let loose = """
      SELECT n.nspname || '.' || p.proname
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE n.nspname IN (\(SchemaText.schemas)) AND p.prosecdef
        AND (('search_path=pg_catalog, pg_temp' = ANY (p.proconfig)) IS NOT TRUE
          OR EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
            WHERE a.grantee = 0))
      ORDER BY 1
      """
    #expect(try await service.sql(loose) == [])
    try await service.sql(
      "CREATE FUNCTION grants.loose() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'")
    #expect(try await service.sql(loose) == [["grants.loose"]])
  }

  @Test("the service's role owns nothing and is nothing")
  func role() async throws {
    let service = try await TestService.make()
    let attributes = try await service.sql(
      """
      SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication,
        (SELECT count(*) FROM pg_auth_members WHERE member = r.oid),
        (SELECT count(*) FROM pg_shdepend
          WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid AND deptype = 'o')
      FROM pg_roles r WHERE rolname = 'sister_service'
      """)
    #expect(attributes == [["f", "f", "f", "f", "f", "0", "0"]])
    let owned = try await service.sql(
      """
      SELECT count(*) > 0 FROM pg_shdepend
      WHERE refobjid = 'sister_owner'::regrole AND deptype = 'o'
      """)
    #expect(owned == [["t"]], "owners can be told")
  }

  @Test("it can create nothing, not even for a while")
  func creates() async throws {
    let service = try await TestService.make()
    let rights = try await service.sql(
      """
      SELECT has_database_privilege('sister_service', d.oid, 'CREATE'),
        has_database_privilege('sister_service', d.oid, 'TEMP'),
        has_database_privilege('sister_owner', d.oid, 'TEMP')
      FROM pg_database d WHERE datname IN ('sister_template', current_database())
      """)
    #expect(rights == [["f", "f", "t"], ["f", "f", "t"]])
    let schemas = try await service.sql(
      """
      SELECT nspname FROM pg_namespace WHERE has_schema_privilege('sister_service', oid, 'CREATE')
      """)
    #expect(schemas == [])
    for sql in [
      "CREATE TABLE public.a (b int)", "CREATE TABLE grants.a (b int)",
      "CREATE TEMP TABLE a (b int)",
      "CREATE SCHEMA a", "UPDATE grants.fund_balance SET received = 1", "DELETE FROM audit.entry",
    ] {
      let state = await Self.state(sql, service)
      #expect(state == "42501", "\(sql)")
    }
    #expect(await Self.state("SELECT count(*) FROM grants.fund", service) == nil)
  }

  private static func state(_ sql: String, _ service: TestService) async -> String? {
    do throws(RawSQLError) {
      try await service.serviceSQL(sql)
      return nil
    } catch {
      return error.sqlState
    }
  }
}
