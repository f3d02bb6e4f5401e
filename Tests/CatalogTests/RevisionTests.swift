import Access
import CommandLanguage
import TestSupport
import Testing

@Suite("What has a revision, everywhere alike")
struct RevisionTests {
  private static let revising = registry.declarations.filter(\.revises)

  /// The tables whose rows have revisions, with the noun that their trigger is told.
  private static let counted = """
    SELECT n.nspname || '.' || c.relname,
      split_part(encode(t.tgargs, 'escape'), E'\\\\000', 1)
    FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE p.proname = 'count_revision' ORDER BY 1
    """

  @Test("a noun's show answers its revision if and only if commands of it take if-rev=")
  func declarations() {
    let nouns = Set(Self.revising.map(\.noun))
    #expect(nouns.count > 4)
    for declaration in registry.declarations where declaration.path.hasSuffix(" show") {
      let shows = declaration.returns.columns.contains(Column("revision", .integer))
      #expect(shows == nouns.contains(declaration.noun), "\(declaration.path)")
    }
    for noun in nouns { #expect(registry.command("\(noun) show") != nil, "\(noun)") }
  }

  @Test("their tables count, before anything else of the table looks at the change")
  func triggers() async throws {
    let service = try await TestService.make()
    let counted = try await service.sql(Self.counted)
    #expect(counted.compactMap { $0[1] }.sorted() == Set(Self.revising.map(\.noun)).sorted())
    let columns = try await service.sql(
      """
      SELECT n.nspname || '.' || c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE a.attname = 'revision' AND c.relkind = 'r' AND n.nspname IN (\(SchemaText.schemas))
      ORDER BY 1
      """)
    #expect(columns.map { $0[0] } == counted.map { $0[0] })
    let earlier = """
      SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
      JOIN pg_trigger r ON r.tgrelid = t.tgrelid AND r.tgname = 'count_revision'
      WHERE NOT t.tgisinternal AND t.tgtype & 19 = 19 AND t.tgname < 'count_revision'
      """
    #expect(try await service.sql(earlier) == [])
    try await service.sql(
      """
      CREATE TRIGGER a BEFORE UPDATE ON grants.grant
      FOR EACH ROW EXECUTE FUNCTION service.count_revision('grant', 'number')
      """)
    #expect(try await service.sql(earlier) == [["grant", "a"]], "what comes earlier is seen")
  }

  @Test("no revision is the service's to write, and nothing that has one is deleted")
  func privileges() async throws {
    let service = try await TestService.make()
    let tables = try await service.sql(Self.counted).compactMap { $0[0] }
    for table in tables {
      let rights = try await service.sql(
        """
        SELECT has_column_privilege('sister_service', '\(table)', 'revision', 'UPDATE'),
          has_column_privilege('sister_service', '\(table)', 'revision', 'INSERT'),
          has_table_privilege('sister_service', '\(table)', 'DELETE'),
          has_column_privilege('sister_service', '\(table)', 'revision', 'SELECT')
        """)
      #expect(rights == [["f", "f", "f", "t"]], "\(table)")
    }
  }

  @Test(
    "every command that takes if-rev= compares it before anything else, and raises the revision",
    arguments: revising.map(\.path))
  func compared(_ path: String) async throws {
    let declaration = try #require(registry.command(path)?.declaration)
    let service = try await TestService.makeWithDemo()
    try await ExampleTests.prepare(path, service)
    var show: String?
    for options in ["", " key=K1", " preview=yes"] {
      let error = await service.failure("\(declaration.example) if-rev=1000000\(options)")
      #expect(error?.code == .revisionConflict, "\(options): \(error?.message ?? "")")
      #expect(error?.argument == "if-rev" && error?.message.contains("if-rev=1000000") == true)
      show = error?.suggestion
    }
    let line = try #require(show)
    let before = try await revision(service, line)
    try await service.run("\(declaration.example) if-rev=\(before) key=K1")
    #expect(try await revision(service, line) == before + 1)
  }

  /// The revision that a line shows.
  private func revision(_ service: TestService, _ show: String) async throws -> Int64 {
    let value = try await service.run(show).rows.first?["revision"]
    guard case .text(let text) = value else { return 0 }
    return Int64(text) ?? 0
  }
}
