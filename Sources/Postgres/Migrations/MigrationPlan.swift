/// How a database stands to this binary's schema.
package enum MigrationStatus: Equatable, Sendable {
  /// Everything is applied.
  case current
  /// These files are still to be applied; `migrate` does it.
  case pending([String])
  /// The database has these migrations, which this binary does not know: it needs a newer one.
  case newer([String])
  /// These applied migrations have another text in this binary, or were passed over.
  case conflicting([String])
}

/// What `migrate` did.
package struct MigrationReport: Equatable, Sendable {
  /// The migrations that were applied, in order.
  package let migrations: [String]
  /// The routine files that were run: all of them, or none.
  package let routines: [String]

  /// Makes a report.
  package init(migrations: [String], routines: [String]) {
    self.migrations = migrations
    self.routines = routines
  }

  /// Whether there was nothing to do.
  package var isEmpty: Bool { migrations.isEmpty && routines.isEmpty }
}

/// What a database records: file names with checksums, in the order of the names.
struct MigrationRecord {
  var migrations: [(name: String, checksum: String)] = []
  var routines: [String: String] = [:]
  /// The revision of the schema files that last replaced the routines; 0 before there were any.
  var revision = 0
}

/// Compares the files with the record. It has no connection, so every case of it can be tested.
struct MigrationPlan {
  let migrations: [MigrationFile]
  let routines: [MigrationFile]
  /// Which revision of the schema these files are: of two binaries, the newer has the higher. Only
  /// this tells an older routine from a newer one.
  var revision = 0

  /// Refuses files that could be applied in more than one order, or of which one got lost.
  func validate() throws(MigrationError) {
    for (index, file) in migrations.enumerated() {
      guard let number = file.number else {
        throw MigrationError(
          .invalidFiles,
          "The migration \(file.name) must be named by four digits, an underscore and a word, "
            + "such as 0001_access.",
          file: file.name)
      }
      guard number == index + 1 else {
        throw MigrationError(
          .invalidFiles,
          "The migration \(file.name) stands where number \(index + 1) is expected: migrations are "
            + "numbered from 0001 in order, without gaps.",
          file: file.name)
      }
    }
    var names: Set<String> = []
    for file in routines where !names.insert(file.name).inserted {
      throw MigrationError(
        .invalidFiles, "There are two routine files named \(file.name).", file: file.name)
    }
  }

  /// The migrations to apply, or why there must be none.
  func pending(_ record: MigrationRecord) throws(MigrationError) -> [MigrationFile] {
    let unknown = unknownNames(record)
    guard unknown.isEmpty else {
      throw MigrationError(
        .newerDatabase,
        "The database was migrated by a newer sister: this one does not know "
          + "\(unknown.joined(separator: ", ")). Use the newer sister, or restore a backup from "
          + "before its migration.",
        file: unknown.first)
    }
    guard record.revision <= revision else {
      throw MigrationError(
        .newerDatabase,
        "The database was migrated by a newer sister: its routines are of revision "
          + "\(record.revision), and this one has revision \(revision). Use the newer sister.")
    }
    for (file, applied) in zip(migrations, record.migrations) {
      guard file.name == applied.name else {
        throw MigrationError(
          .outOfOrder,
          "The database has \(applied.name) but not \(file.name), which comes before it. A "
            + "migration that others have already passed gets the next free number instead.",
          file: file.name)
      }
      guard file.checksum == applied.checksum else {
        throw MigrationError(
          .changed,
          "The migration \(file.name) was changed after this database applied it (recorded "
            + "\(applied.checksum.prefix(12))…, now \(file.checksum.prefix(12))…). Restore its "
            + "text, and put the change into a new migration.",
          file: file.name)
      }
    }
    return Array(migrations.dropFirst(record.migrations.count))
  }

  /// Whether all routine files must run again: their text differs, or their revision is to be
  /// raised. Of the same revision, another text is that of work in progress, and replaces.
  func routinesAreStale(_ record: MigrationRecord) -> Bool {
    var expected: [String: String] = [:]
    for file in routines { expected[file.name] = file.checksum }
    return expected != record.routines || record.revision < revision
  }

  /// The same comparison as an answer instead of a refusal.
  func status(_ record: MigrationRecord) -> MigrationStatus {
    let unknown = unknownNames(record)
    if !unknown.isEmpty { return .newer(unknown) }
    if record.revision > revision { return .newer(["revision \(record.revision)"]) }
    do throws(MigrationError) {
      var names = try pending(record).map(\.name)
      if routinesAreStale(record) {
        names += routines.filter { record.routines[$0.name] != $0.checksum }.map(\.name)
        // A routine file that is gone leaves nothing to name, but the others run again.
        if names.isEmpty { names = routines.map(\.name) }
      }
      return names.isEmpty && !routinesAreStale(record) ? .current : .pending(names)
    } catch {
      return .conflicting(error.file.map { [$0] } ?? [])
    }
  }

  private func unknownNames(_ record: MigrationRecord) -> [String] {
    let known = Set(migrations.map(\.name))
    return record.migrations.map(\.name).filter { !known.contains($0) }
  }
}
