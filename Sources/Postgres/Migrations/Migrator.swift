/// Brings a database to this binary's schema: migrations forward only, each once and in its own
/// transaction with its record; routine files (functions, views, policies, grants) all again in
/// one transaction whenever one of them or the schema under them has changed.
///
/// It blocks and connects as the owner of the schema; call it off the event loop.
package struct Migrator: Sendable {
  private let plan: MigrationPlan
  /// How long to wait for another process that migrates the same database.
  private let lockLimit: Duration

  /// A migrator for these files, in the order of their numbers; routines run in the order given.
  ///
  /// A database that was brought to a higher `revision` is refused.
  package init(migrations: [MigrationFile], routines: [MigrationFile], revision: Int = 0) {
    self.init(
      migrations: migrations, routines: routines, revision: revision, lockLimit: .seconds(60))
  }

  init(
    migrations: [MigrationFile], routines: [MigrationFile], revision: Int = 0, lockLimit: Duration
  ) {
    plan = MigrationPlan(migrations: migrations, routines: routines, revision: revision)
    self.lockLimit = lockLimit
  }

  /// Applies what is missing. Several processes may call it at once: one works, the others wait
  /// and then find nothing to do.
  /// - Parameters:
  ///   - connectionString: any libpq connection string, of the schema's owner.
  ///   - progress: gets a line of text per file, and while it waits.
  /// - Throws: `MigrationError`; every file before the one it names stays applied, and nothing of
  ///   that file is.
  package func migrate(
    connectionString: String, progress: (String) -> Void
  ) throws(MigrationError) -> MigrationReport {
    try plan.validate()
    let session = try MigrationSession(connectionString)
    try session.lock(waiting: lockLimit, progress: progress)
    try session.makeTables()
    var record = try session.record()
    let pending = try plan.pending(record)
    for file in pending {
      progress("Applying \(file.name)…")
      try session.apply(file)
    }
    if !pending.isEmpty { record = try session.record() }
    guard plan.routinesAreStale(record) else {
      return MigrationReport(migrations: pending.map(\.name), routines: [])
    }
    progress("Replacing \(plan.routines.count) routine files…")
    try session.replace(plan.routines, revision: plan.revision)
    return MigrationReport(
      migrations: pending.map(\.name), routines: plan.routines.map(\.name))
  }

  /// Compares a database with this binary and changes nothing: for the start of a service. Any
  /// role that may connect can ask.
  package func status(connectionString: String) throws(MigrationError) -> MigrationStatus {
    try plan.validate()
    let session = try MigrationSession(connectionString)
    guard try session.hasTables() else { return plan.status(MigrationRecord()) }
    return plan.status(try session.record())
  }
}
