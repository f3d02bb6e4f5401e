import Catalog
import Postgres
import TestSupport
import Testing

@Suite("The schema's revision moves with its files")
struct SchemaRevisionTests {
  @Test("the files are those that this revision was agreed to have")
  func golden() {
    let files = SchemaFiles.migrations + SchemaFiles.routines
    let checksums = files.map { "\($0.checksum.prefix(16)) \($0.name)\n" }.joined()
    // A change of files that were released under this revision needs the next one: an older binary
    // tells by it that a database is not its own.
    expectGolden("revision \(SchemaFiles.revision)\n\(checksums)", "Golden/revision.txt")
  }
}
