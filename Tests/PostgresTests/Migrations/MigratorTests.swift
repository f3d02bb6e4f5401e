import Glibc
import TestSupport
import Testing

@testable import Postgres

/// A database reaches exactly the schema of the binary, or stays as it was.
@Suite struct MigratorTests {
  private static let town = MigrationFile(
    name: "0001_town", sql: "CREATE TABLE town (name text);\nINSERT INTO town VALUES ('Århus');")
  private static let pair = MigrationFile(
    name: "0002_pair", sql: "CREATE TABLE pair (a text, b text);")
  private static let view = MigrationFile(
    name: "views", sql: "CREATE OR REPLACE VIEW towns AS SELECT name FROM town;")

  /// A freshly made database, reached as its owner.
  private func withDatabase(_ body: @escaping @Sendable (String) throws -> Void) async throws {
    try await EmbeddedTestHome.with { home in
      try await blocking {
        let lease = try home.acquire()
        defer { lease.release() }
        try body(lease.connectionString(role: .owner))
      }
    }
  }

  private func migrate(
    _ database: String, _ migrations: [MigrationFile], _ routines: [MigrationFile] = []
  ) throws -> MigrationReport {
    try Migrator(migrations: migrations, routines: routines)
      .migrate(connectionString: database) { _ in }
  }

  @Test func appliesOnceAndThenHasNothingToDo() async throws {
    try await withDatabase { database in
      let migrator = Migrator(migrations: [Self.town, Self.pair], routines: [Self.view])
      try #expect(
        migrator.status(connectionString: database)
          == .pending(["0001_town", "0002_pair", "views"]))
      var said: [String] = []
      let report = try migrator.migrate(connectionString: database) { said.append($0) }
      #expect(
        report == MigrationReport(migrations: ["0001_town", "0002_pair"], routines: ["views"]))
      #expect(said.count == 3)
      try #expect(sql(database, "SELECT name FROM towns") == [["Århus"]])
      try #expect(
        sql(database, "SELECT name, checksum FROM sister_meta.migration ORDER BY name")
          == [["0001_town", Self.town.checksum], ["0002_pair", Self.pair.checksum]])
      try #expect(migrator.migrate(connectionString: database) { _ in }.isEmpty)
      try #expect(migrator.status(connectionString: database) == .current)
      // A service may ask as well, and owns nothing.
      let service = database.replacing("sister_owner", with: "sister_service")
      try #expect(migrator.status(connectionString: service) == .current)
    }
  }

  @Test func routinesRunAgainWhenTheyOrTheSchemaChange() async throws {
    try await withDatabase { database in
      _ = try migrate(database, [Self.town], [Self.view])
      let upper = MigrationFile(
        name: "views", sql: "CREATE OR REPLACE VIEW towns AS SELECT upper(name) AS name FROM town;")
      let changed = Migrator(migrations: [Self.town], routines: [upper])
      // A view's column may keep its name and type.
      try #expect(changed.status(connectionString: database) == .pending(["views"]))
      try #expect(migrate(database, [Self.town], [upper]).routines == ["views"])
      try #expect(sql(database, "SELECT name FROM towns") == [["ÅRHUS"]])
      try #expect(migrate(database, [Self.town, Self.pair], [upper]).routines == ["views"])
      // All routines or none: the second fails, so the first stays as it was.
      let broken = MigrationFile(name: "zbroken", sql: "\n\nSELECT no_such_thing;")
      let error = #expect(throws: MigrationError.self) {
        try migrate(database, [Self.town, Self.pair], [Self.view, broken])
      }
      #expect(error?.file == "zbroken")
      #expect(error?.line == 3)
      #expect(error?.sqlState == "42703")
      try #expect(sql(database, "SELECT name FROM towns") == [["ÅRHUS"]])
    }
  }

  @Test func aChangedFileAndANewerDatabaseAreRefused() async throws {
    try await withDatabase { database in
      _ = try migrate(database, [Self.town, Self.pair])
      let edited = MigrationFile(name: "0001_town", sql: Self.town.sql + "\n")
      let changed = #expect(throws: MigrationError.self) {
        try migrate(database, [edited, Self.pair])
      }
      #expect(changed?.reason == .changed)
      #expect(changed?.file == "0001_town")
      try #expect(
        Migrator(migrations: [edited, Self.pair], routines: [])
          .status(connectionString: database) == .conflicting(["0001_town"]))
      let newer = #expect(throws: MigrationError.self) { try migrate(database, [Self.town]) }
      #expect(newer?.reason == .newerDatabase)
      #expect(newer?.message.contains("0002_pair") == true)
      try #expect(
        Migrator(migrations: [Self.town], routines: []).status(connectionString: database)
          == .newer(["0002_pair"]))
    }
  }

  @Test func anOlderBinaryDoesNotReplaceNewerRoutines() async throws {
    try await withDatabase { database in
      let newView = MigrationFile(name: "views", sql: Self.view.sql + " -- newer")
      func migrator(_ view: MigrationFile, _ revision: Int) -> Migrator {
        Migrator(migrations: [Self.town], routines: [view], revision: revision)
      }
      let old = migrator(Self.view, 1)
      let new = migrator(newView, 2)
      _ = try old.migrate(connectionString: database) { _ in }
      try #expect(new.migrate(connectionString: database) { _ in }.routines == ["views"])
      let refusal = #expect(throws: MigrationError.self) {
        try old.migrate(connectionString: database) { _ in }
      }
      #expect(refusal?.reason == .newerDatabase)
      try #expect(old.status(connectionString: database) == .newer(["revision 2"]))
      try #expect(new.status(connectionString: database) == .current)
      // Of one revision, another text is work in progress.
      let edited = migrator(Self.view, 2)
      try #expect(edited.migrate(connectionString: database) { _ in }.routines == ["views"])
      // A database from before there were revisions.
      try sql(database, "DROP TABLE sister_meta.revision")
      try #expect(edited.status(connectionString: database) == .pending(["views"]))
      try #expect(edited.migrate(connectionString: database) { _ in }.routines == ["views"])
      try #expect(edited.migrate(connectionString: database) { _ in }.isEmpty)
    }
  }

  @Test func aFailureLeavesNothingAndNamesItsLine() async throws {
    try await withDatabase { database in
      let bad = MigrationFile(
        name: "0002_bad",
        sql: """
          -- Ü: positions are counted in characters, not bytes; so is this ';'
          CREATE TABLE half (name text CONSTRAINT half_name CHECK (name <> ''));
          SET search_path = nowhere;
          INSERT INTO public.half
            VALUES ('Zürich', 'ß'),
              (''), ('x', no_such_column);
          """)
      let error = #expect(throws: MigrationError.self) { try migrate(database, [Self.town, bad]) }
      #expect(error?.reason == .failed)
      #expect(error?.file == "0002_bad")
      #expect(error?.line == 5 || error?.line == 6)
      try #expect(sql(database, "SELECT to_regclass('half')") == [[nil]])
      try #expect(sql(database, "SELECT name FROM sister_meta.migration") == [["0001_town"]])
      // PostgreSQL gives no position for what only shows when it runs.
      let late = MigrationFile(
        name: "0002_late",
        sql: """
          CREATE TABLE half (name text CONSTRAINT half_name CHECK (name <> ''));

          INSERT INTO half VALUES ('');
          """)
      let check = #expect(throws: MigrationError.self) { try migrate(database, [Self.town, late]) }
      #expect(check?.line == 3)
      #expect(check?.sqlState == "23514")
      #expect(check?.message.contains("half_name") == true)
      let body = MigrationFile(
        name: "0002_body",
        sql: """
          CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$
          BEGIN
            RETRN 1;
          END $$;
          """)
      let syntax = #expect(throws: MigrationError.self) {
        try migrate(database, [Self.town, body])
      }
      #expect(syntax?.line == 3)
      try #expect(migrate(database, [Self.town, Self.pair]).migrations == ["0002_pair"])
    }
  }

  @Test func aFileCannotLeaveItsTransaction() async throws {
    try await withDatabase { database in
      for text in ["COMMIT", "/* a */ begin", "END", "ROLLBACK", "PREPARE TRANSACTION 'x'"] {
        let file = MigrationFile(name: "0001_a", sql: "CREATE TABLE half (a int);\n\(text);")
        let error = #expect(throws: MigrationError.self) { try migrate(database, [file]) }
        #expect(error?.reason == .invalidFiles)
        #expect(error?.line == 2)
      }
      let hidden = MigrationFile(
        name: "0001_a", sql: "CREATE TABLE half (a int);\nDO $$ BEGIN COMMIT; END $$;")
      let error = #expect(throws: MigrationError.self) { try migrate(database, [hidden]) }
      #expect(error?.sqlState == "2D000")
      let copy = MigrationFile(
        name: "0001_a", sql: "CREATE TABLE half (a int);\nCOPY half FROM STDIN;")
      let copied = #expect(throws: MigrationError.self) { try migrate(database, [copy]) }
      #expect(copied?.line == 2)
      try #expect(sql(database, "SELECT to_regclass('half')") == [[nil]])
    }
  }

  @Test func aDeferredRefusalAtCommitLeavesNothing() async throws {
    try await withDatabase { database in
      let file = MigrationFile(
        name: "0001_a",
        sql: """
          CREATE TABLE a (id int CONSTRAINT a_pkey PRIMARY KEY,
            b int CONSTRAINT a_b REFERENCES a DEFERRABLE INITIALLY DEFERRED);
          INSERT INTO a VALUES (1, 2);
          """)
      let error = #expect(throws: MigrationError.self) { try migrate(database, [file]) }
      #expect(error?.file == "0001_a")
      #expect(error?.sqlState == "23503")
      try #expect(sql(database, "SELECT to_regclass('a')") == [[nil]])
    }
  }

  @Test func migratorsAtOnceApplyOnce() async throws {
    try await EmbeddedTestHome.with { home in
      let lease = try await blocking { try home.acquire() }
      let database = lease.connectionString(role: .owner)
      let slow = MigrationFile(name: "0003_slow", sql: "SELECT pg_sleep(0.3); CREATE TABLE c ();")
      let files = [Self.town, Self.pair, slow]
      let reports = try await withThrowingTaskGroup(of: MigrationReport.self) { group in
        for _ in 0..<4 {
          group.addTask {
            try await blocking {
              try Migrator(migrations: files, routines: [Self.view])
                .migrate(connectionString: database) { _ in }
            }
          }
        }
        return try await group.reduce(into: [MigrationReport]()) { $0.append($1) }
      }
      #expect(reports.filter { !$0.isEmpty }.count == 1)
      #expect(reports.flatMap(\.migrations) == files.map(\.name))
      try await blocking {
        try #expect(sql(database, "SELECT count(*) FROM town") == [["1"]])
        lease.release()
      }
    }
  }

  @Test func aLockThatIsNeverFreeAndADatabaseThatIsNotThere() async throws {
    try await withDatabase { database in
      let holder = try MigrationSession(database)
      try holder.lock(waiting: .seconds(1)) { _ in }
      let waiting = Migrator(migrations: [Self.town], routines: [], lockLimit: .seconds(1))
      let busy = #expect(throws: MigrationError.self) {
        try waiting.migrate(connectionString: database) { _ in }
      }
      #expect(busy?.reason == .busy)
      withExtendedLifetime(holder) {}
      let lost = #expect(throws: MigrationError.self) {
        try migrate(database.replacing("dbname='sister'", with: "dbname='nowhere'"), [Self.town])
      }
      #expect(lost?.reason == .disconnected)
      #expect(lost?.message.contains("nowhere") == true)
    }
  }
}
