import Catalog
import Testing

@testable import Postgres

/// The schema's revision tells an older binary from a newer one, so it must move with the files.
@Suite struct SchemaRevisionTests {
  /// The revision that these files had when somebody last looked, and their checksum.
  private static let known = (revision: 1, checksum: "287863d9caacf24a")

  @Test("Changed schema files have a revision of their own")
  func golden() {
    let files = SchemaFiles.migrations + SchemaFiles.routines
    let text = files.map { "\($0.name) \($0.checksum)\n" }.joined()
    let checksum = String(MigrationFile(name: "all", sql: text).checksum.prefix(16))
    #expect(
      SchemaFiles.revision == Self.known.revision && checksum == Self.known.checksum,
      """
      The schema's files have changed. If they were released as revision \(Self.known.revision), \
      raise SchemaFiles.revision; then note here: revision, checksum: "\(checksum)".
      """)
  }
}
