import Access
import Catalog
import CommandLanguage
import TestSupport
import Testing

@Suite("What can be watched")
struct WatchedNounTests {
  private static let watched = Catalog.areas.flatMap(\.watched)

  @Test("who may watch a noun may list it: it takes what reading it takes")
  func needs() {
    for watched in Self.watched {
      let reads = registry.declarations.filter { $0.noun == watched.noun && !$0.effect.writes }
      let list = reads.first { $0.path.hasSuffix(" list") } ?? reads.first
      // Guardians are read with their participants.
      guard let list else {
        #expect(watched.noun == "guardian" && watched.needs == .exchangesRead)
        continue
      }
      // Everybody lists their own saved requests; who watches, sees everybody's.
      let own = watched.noun == "saved" && list.needs == .authentication
      #expect(own || list.needs == .capability(watched.needs), "\(watched.noun)")
    }
  }

  @Test("every audited table is some noun's, once")
  func relations() async throws {
    let service = try await TestService.make()
    let audited = try await service.sql(
      """
      SELECT DISTINCT n.nspname || '.' || c.relname FROM pg_trigger t
      JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE p.proname IN ('record_change', 'record_postings')
      """
    ).compactMap { $0[0] }
    #expect(audited.sorted() == Self.watched.map(\.relation).sorted())
  }
}
