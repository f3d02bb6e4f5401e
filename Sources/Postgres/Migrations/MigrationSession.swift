import Glibc

/// The connection of one migration run, with the statements that keep the record.
struct MigrationSession: ~Copyable {
  private let connection: BlockingConnection

  /// The key of the advisory lock: "sister" in ASCII. Any number does; it must never change.
  private static let lockKey = "126896745768306"

  init(_ connectionString: String) throws(MigrationError) {
    do {
      connection = try BlockingConnection.open(connectionString)
    } catch {
      throw .bookkeeping(error)
    }
  }

  /// Takes the lock of this database for the rest of the session.
  func lock(waiting limit: Duration, progress: (String) -> Void) throws(MigrationError) {
    let begin = ContinuousClock.now
    var announced = false
    while try query("SELECT pg_try_advisory_lock(\(Self.lockKey))") != [["t"]] {
      if !announced {
        announced = true
        progress("Waiting for another process that migrates this database…")
      }
      guard ContinuousClock.now - begin < limit else {
        throw MigrationError(
          .busy,
          "Another process has been migrating this database for more than "
            + "\(limit.components.seconds) seconds. Try again when it is done; pg_locks shows who "
            + "holds the advisory lock.")
      }
      pause(milliseconds: 100)
    }
  }

  func hasTables() throws(MigrationError) -> Bool {
    try query("SELECT to_regclass('sister_meta.routine') IS NOT NULL") == [["t"]]
  }

  /// Everybody may read the record: a service that owns nothing checks it at its start.
  func makeTables() throws(MigrationError) {
    if try !hasTables() { try makeFileTables() }
    if try hasRevision() { return }
    _ = try query(
      """
      BEGIN;
      CREATE TABLE sister_meta.revision (
        is_only boolean NOT NULL DEFAULT true CONSTRAINT revision_pkey PRIMARY KEY
          CONSTRAINT revision_only_one CHECK (is_only),
        number bigint NOT NULL);
      INSERT INTO sister_meta.revision (number) VALUES (0);
      GRANT SELECT ON sister_meta.revision TO PUBLIC;
      COMMIT
      """)
  }

  private func hasRevision() throws(MigrationError) -> Bool {
    try query("SELECT to_regclass('sister_meta.revision') IS NOT NULL") == [["t"]]
  }

  private func makeFileTables() throws(MigrationError) {
    _ = try query(
      """
      BEGIN;
      CREATE SCHEMA sister_meta;
      CREATE TABLE sister_meta.migration (
        name text CONSTRAINT migration_pkey PRIMARY KEY,
        checksum text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT clock_timestamp());
      CREATE TABLE sister_meta.routine (
        name text CONSTRAINT routine_pkey PRIMARY KEY,
        checksum text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT clock_timestamp());
      GRANT USAGE ON SCHEMA sister_meta TO PUBLIC;
      GRANT SELECT ON sister_meta.migration, sister_meta.routine TO PUBLIC;
      COMMIT
      """)
  }

  func record() throws(MigrationError) -> MigrationRecord {
    var record = MigrationRecord()
    let rows = try query(
      "SELECT name, checksum FROM sister_meta.migration ORDER BY name COLLATE \"C\"")
    for case let (name?, checksum?) in rows.map({ ($0[0], $0[1]) }) {
      record.migrations.append((name, checksum))
    }
    for case let (name?, checksum?) in try query("SELECT name, checksum FROM sister_meta.routine")
      .map({ ($0[0], $0[1]) })
    {
      record.routines[name] = checksum
    }
    // Databases from before there were revisions have no such table until they are migrated.
    if try hasRevision() {
      let rows = try query("SELECT number FROM sister_meta.revision")
      record.revision = rows.first?.first.flatMap { $0 }.flatMap { Int($0) } ?? 0
    }
    return record
  }

  /// Applies one migration with its record. The routines' record goes with it: a crash before
  /// they run again must not leave them looking current.
  func apply(_ file: MigrationFile) throws(MigrationError) {
    let script = try MigrationScript(file)
    try begin(file)
    try run(script)
    try record(file, in: "migration")
    try bookkeeping(file, "DELETE FROM sister_meta.routine")
    try commit(file)
  }

  /// Runs all routine files in one transaction, and records their revision there.
  func replace(_ files: [MigrationFile], revision: Int) throws(MigrationError) {
    var scripts: [MigrationScript] = []
    for file in files { scripts.append(try MigrationScript(file)) }
    guard let first = files.first else {
      _ = try query(
        "DELETE FROM sister_meta.routine; UPDATE sister_meta.revision SET number = \(revision)")
      return
    }
    try begin(first)
    try bookkeeping(first, "DELETE FROM sister_meta.routine")
    for script in scripts {
      try run(script)
      try record(script.file, in: "routine")
    }
    try bookkeeping(
      first, "UPDATE sister_meta.revision SET number = $1::bigint", [String(revision)])
    try commit(scripts.last?.file ?? first)
  }

  /// Starts from the same settings for every file, whatever the one before has set. A lock that
  /// cannot be had soon is given up: waiting for it would hold up everybody behind it.
  private func begin(_ file: MigrationFile) throws(MigrationError) {
    try bookkeeping(
      file,
      "RESET SESSION AUTHORIZATION; RESET ALL; SET lock_timeout = '30s'; SET statement_timeout = 0")
    try bookkeeping(file, "BEGIN")
  }

  private func run(_ script: MigrationScript) throws(MigrationError) {
    for statement in script.statements {
      do {
        try connection.run(statement.text)
      } catch {
        rollBack()
        throw script.failure(error, at: statement)
      }
    }
  }

  private func record(_ file: MigrationFile, in table: String) throws(MigrationError) {
    try bookkeeping(
      file, "INSERT INTO sister_meta.\(table) (name, checksum) VALUES ($1, $2)",
      [file.name, file.checksum])
  }

  private func commit(_ file: MigrationFile) throws(MigrationError) {
    do {
      try connection.run("COMMIT")
    } catch {
      rollBack()
      guard error.sqlState != nil else {
        throw MigrationError(
          .disconnected,
          "The connection broke while \(file.name) was being committed, so whether it is applied "
            + "is not known. Migrate again: the record tells. (\(error))",
          file: file.name)
      }
      // Constraints and triggers that were deferred speak up here.
      throw MigrationError(
        .failed, "\(file.name) could not be committed, and nothing of it was applied: \(error)",
        file: file.name, sqlState: error.sqlState)
    }
  }

  private func bookkeeping(
    _ file: MigrationFile, _ sql: String, _ parameters: [String?] = []
  ) throws(MigrationError) {
    do {
      try connection.run(sql, parameters)
    } catch {
      rollBack()
      guard error.sqlState != nil else { throw .bookkeeping(error) }
      throw MigrationError(
        .failed, "\(file.name) could not be recorded, and nothing of it was applied: \(error)",
        file: file.name, sqlState: error.sqlState)
    }
  }

  private func rollBack() {
    // A broken connection has rolled back already.
    try? connection.run("ROLLBACK")
  }

  private func query(_ sql: String) throws(MigrationError) -> [[String?]] {
    do {
      return try connection.rows(sql)
    } catch {
      throw .bookkeeping(error)
    }
  }
}
