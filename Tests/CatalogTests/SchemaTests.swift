import Access
import Catalog
import CommandLanguage
import Postgres
import TestSupport
import Testing

@Suite("The migrated schema keeps what it promises")
struct SchemaTests {
  @Test("the schema is the one that was agreed on")
  func golden() async throws {
    let text = try await SchemaText.whole(try await TestService.make())
    expectGolden(text, "Golden/schema.txt")
    let service = try await TestService.make()
    try await service.sql("ALTER TABLE grants.fund ALTER COLUMN funder DROP NOT NULL")
    #expect(try await SchemaText.whole(service) != text, "a column's nullability shows")
  }

  @Test("migrating a migrated database does nothing")
  func replay() async throws {
    let service = try await TestService.make()
    let before = try await SchemaText.whole(service)
    let migrator = Migrator(
      migrations: SchemaFiles.migrations, routines: SchemaFiles.routines,
      revision: SchemaFiles.revision)
    let report = try migrator.migrate(connectionString: service.connectionString(.owner)) { _ in }
    #expect(report == MigrationReport(migrations: [], routines: []))
    #expect(try await SchemaText.whole(service) == before)
  }

  @Test("running every routine again changes nothing")
  func routines() async throws {
    let service = try await TestService.make()
    let before = try await SchemaText.whole(service) + (try await PrivilegeText.whole(service))
    for file in SchemaFiles.routines { try await service.sql(file.sql) }
    let after = try await SchemaText.whole(service) + (try await PrivilegeText.whole(service))
    #expect(after == before)
  }

  @Test("the program holds exactly the files of the schema's folders")
  func embedded() {
    let kinds = [
      ("Schema/Migrations", SchemaFiles.migrations), ("Schema/Routines", SchemaFiles.routines),
    ]
    for (folder, files) in kinds {
      let names = SourceTree.names(in: folder)
      #expect(names.count > 5)
      #expect(files.map { "\($0.name).sql" } == names)
      for file in files {
        #expect(file.sql == SourceTree.text("\(folder)/\(file.name).sql"), "\(file.name)")
      }
    }
    #expect(SourceTree.names(in: "Schema/Demo") == ["demo.slp"])
    #expect(SchemaFiles.demo == SourceTree.text("Schema/Demo/demo.slp"))
  }

  @Test("each lifecycle in Swift is the database's, and the other way round")
  func lifecycles() async throws {
    let service = try await TestService.make()
    let kept = try await service.sql(
      "SELECT noun || ' ' || from_state || '>' || to_state FROM service.transition")
    let lifecycles = Catalog.areas.flatMap(\.lifecycles)
    let declared = lifecycles.flatMap { lifecycle in
      lifecycle.pairs.map { "\(lifecycle.noun) \($0)" }
    }
    #expect(Set(kept.compactMap { $0[0] }) == Set(declared))
    #expect(kept.count == declared.count)
    let guarded = try await service.sql(
      """
      SELECT split_part(encode(t.tgargs, 'escape'), E'\\\\000', 1)
      FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname = 'guard_lifecycle'
      """)
    // What holds from one day to another is kept by directory.record_fact, which alone writes it.
    #expect(
      Set(guarded.compactMap { $0[0] } + ["recognition", "activity"])
        == Set(lifecycles.map(\.noun)), "every lifecycle is guarded by a trigger")
  }

  @Test("every code that a routine refuses with is registered")
  func refusals() {
    let codes = Set((ErrorCode.general + Catalog.areas.flatMap(\.errorCodes)).map(\.description))
    let sql = SchemaFiles.routines.map(\.sql).joined() + SchemaFiles.migrations.map(\.sql).joined()
    let refused = Set(sql.refusedCodes)
    #expect(refused.count > 20)
    #expect(refused.subtracting(codes) == [])
    let calls = sql.matches(of: /service\.refuse\(\s*(?!(blocker\.)?code\b)[^']/).count
    #expect(calls == 0, "service.refuse takes its code as a literal, for this test to read")
  }

  @Test("the scan for codes sees them in calls, in rows and on the next line")
  func scan() {
    let sql = """
      PERFORM service.refuse('conflict.state', 'no');
      PERFORM service.refuse(
        'missing.unheard-of', 'no');
      SELECT 'busy.full', 'no'
      """
    #expect(sql.refusedCodes == ["conflict.state", "missing.unheard-of", "busy.full"])
  }

  @Test("every table is audited, or there is a reason why not")
  func audited() async throws {
    let service = try await TestService.make()
    let unaudited = """
      SELECT n.nspname || '.' || c.relname
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname IN (\(SchemaText.schemas)) AND c.relkind IN ('r', 'p') AND NOT EXISTS (
        SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE t.tgrelid = c.oid AND p.proname = 'record_change' AND t.tgenabled = 'O')
      """
    let names = try await service.sql(unaudited).compactMap { $0[0] }
    #expect(Set(names) == Set(Self.unaudited.keys))
    try await service.sql("CREATE TABLE grants.forgotten (id bigint)")
    #expect(try await service.sql(unaudited).count == names.count + 1)
  }

  /// Tables without an audit trigger, and why.
  private static let unaudited = [
    "service.transition": "only migrations write it",
    "audit.entry": "the audit itself", "audit.change": "the audit itself",
    "audit.protection": "the audit itself", "audit.seal": "the audit itself",
    "initiatives.step": "each is its initiative's change of state, which is audited there",
    "directory.merge_step": "each is another row's change, which is audited there",
    "audit.horizon": "how far the audit is final",
    "access.mock_secret": "only migrations write it",
    "access.refusal": "kept beside the audit: nothing was changed",
    "access.request": "keys with the answers they got: each has its audit entry",
    "directory.country": "only migrations write it",
    "directory.country_label": "only migrations write it",
    "directory.import_run": "says what became of rows; what came of them is audited",
    "directory.import_row": "says what became of rows; what came of them is audited",
    "directory.import_place": "says what became of rows; what came of them is audited",
    "directory.import_label": "says what became of rows; what came of them is audited",
    "grants.fund_balance": "counters: sums of postings, whose entries are audited",
    "grants.grant_balance": "counters: sums of postings, whose entries are audited",
    "grants.split": "counters: sums of postings, whose entries are audited",
    "grants.step": "a journal that is only added to, of grants, which are audited",
    "grants.number_counter": "counts grants, which are audited",
    "grants.posting": "a journal that is only added to; its entries are audited",
  ]
}

extension String {
  /// The literals of a SQL text that are error codes.
  var refusedCodes: [String] {
    let classes = ErrorClass.allCases.map(\.rawValue)
    return matches(of: /'([a-z]+)\.([a-z-]+)'/)
      .filter { classes.contains(String($0.1)) }
      .map { "\($0.1).\($0.2)" }
  }
}
