import Postgres
import Schema

/// The schema and the demo data, which are built into the program.
package enum SchemaFiles {
  /// The migrations, in order.
  package static let migrations = files("migration")
  /// Functions, views, triggers and policies, in order.
  package static let routines = files("routine")
  /// The revision of migrations and routines together. Raise it by one with every released change of
  /// a routine: a binary refuses a database of a higher revision than its own, because it would put
  /// its older routines in the place of newer ones.
  package static let revision = 1
  /// The demo data, as a script of commands.
  package static let demo = files("demo").map(\.sql).joined(separator: "\n")

  private static func files(_ kind: String) -> [MigrationFile] {
    var files: [MigrationFile] = []
    var index: Int32 = 0
    while let file = sister_schema_file_at(index)?.pointee {
      index += 1
      guard String(cString: file.kind) == kind else { continue }
      let bytes = UnsafeBufferPointer(start: file.bytes, count: Int(file.count))
      files.append(
        MigrationFile(
          name: String(cString: file.name), sql: String(decoding: bytes, as: UTF8.self)))
    }
    return files
  }
}
