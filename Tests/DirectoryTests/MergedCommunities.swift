import Access
import CommandLanguage
import Postgres
import TestSupport
import Testing

@testable import Directory

/// Two communities that are one, and what is looked at when they are made one.
enum MergedCommunities {
  /// Munich twice: the second has a name, a number, a place, a child, and partners of its own.
  static func service() async throws -> TestService {
    let service = try await TestService.make()
    for line in [
      "community create munich Munich DE", "community create verona Verona IT",
      "community create sapporo Sapporo JP", "community create kyiv Kyiv UA",
      "community create muenchen München DE at=48.14,11.58 population=1500000 names=\"Minga\"",
      "community create schwabing Schwabing DE parent=muenchen kind=district",
      "community add-number muenchen geonames 2867714",
      "source create a A", "source create b B",
      "partnership assert munich verona source=a since=1960",
      "partnership assert muenchen verona source=a since=1960",
      "partnership assert verona muenchen source=b",
      "partnership assert muenchen sapporo source=b since=1972",
      "partnership confirm verona:muenchen by=muenchen on=2020-01-01",
      "initiative create W Water humanitarian starts=2020-01-01 ends=2021-01-01 partners=x:muenchen",
    ] { try await service.run(line) }
    return service
  }

  /// Everything that refers to communities or to their partnerships, and these themselves.
  static func everything(_ service: TestService) async throws -> [[String?]] {
    let tables = try await service.sql(
      """
      SELECT DISTINCT c.oid::regclass::text FROM pg_class c
      LEFT JOIN pg_constraint f ON f.conrelid = c.oid AND f.contype = 'f'
        AND f.confrelid IN ('directory.community'::regclass, 'directory.partnership'::regclass)
      WHERE c.relkind = 'r' AND (f.oid IS NOT NULL OR c.oid = 'directory.community'::regclass)
        AND c.oid NOT IN ('directory.merge'::regclass, 'directory.merge_step'::regclass) ORDER BY 1
      """)
    #expect(tables.count > 14)
    var all: [[String?]] = []
    for table in tables.compactMap({ $0[0] }) {
      all += try await service.sql(
        """
        SELECT set_config('sister.capabilities', 'exchanges.read', false);
        SELECT '\(table)', (to_jsonb(t) - '{revision}'::text[])::text FROM \(table) t ORDER BY 2
        """
      ).filter { $0.count == 2 }
    }
    return all
  }

  /// Everything is as it was, in whatever order.
  static func expectEverything(
    _ before: [[String?]], _ service: TestService,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let now = Set(try await everything(service))
    #expect(now.subtracting(before) == [], sourceLocation: sourceLocation)
    #expect(Set(before).subtracting(now) == [], sourceLocation: sourceLocation)
  }

  /// The first cells of a table within a row.
  static func names(_ value: Value?) -> [String] {
    guard case .table(let table)? = value else { return [] }
    return table.rows.map { row in
      if case .text(let text) = row[0] { text } else { "-" }
    }
  }
}
