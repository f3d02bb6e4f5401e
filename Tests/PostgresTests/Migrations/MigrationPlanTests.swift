import Testing

@testable import Postgres

/// What needs no database: the order of files, their names, and how a file is split.
@Suite struct MigrationPlanTests {
  private func files(_ names: String...) -> [MigrationFile] {
    names.map { MigrationFile(name: $0, sql: "SELECT 1") }
  }

  @Test func theChecksumIsSHA256() {
    #expect(
      MigrationFile(name: "a", sql: "abc").checksum
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  @Test func filesAreNumberedInOrderWithoutGaps() throws {
    func reason(_ files: [MigrationFile]) -> MigrationError.Reason? {
      do throws(MigrationError) {
        try MigrationPlan(migrations: files, routines: []).validate()
        return nil
      } catch {
        return error.reason
      }
    }
    #expect(reason(files("0001_a", "0002_b")) == nil)
    #expect(reason(files("0001_a", "0003_c")) == .invalidFiles)
    #expect(reason(files("0002_b", "0001_a")) == .invalidFiles)
    #expect(reason(files("0001_a", "0001_b")) == .invalidFiles)
    #expect(reason(files("first")) == .invalidFiles)
    #expect(reason(files("0001_")) == .invalidFiles)
  }

  @Test func aMigrationThatWasPassedOverIsRefused() {
    let plan = MigrationPlan(migrations: files("0001_a", "0002_b"), routines: [])
    var record = MigrationRecord()
    record.migrations = [("0002_b", files("0002_b")[0].checksum)]
    let error = #expect(throws: MigrationError.self) { try plan.pending(record) }
    #expect(error?.reason == .outOfOrder)
    #expect(error?.file == "0001_a")
    #expect(plan.status(record) == .conflicting(["0001_a"]))
  }

  @Test func aRoutineFileThatIsGoneIsNoticed() {
    let plan = MigrationPlan(migrations: [], routines: files("views"))
    var record = MigrationRecord()
    record.routines = ["views": files("views")[0].checksum, "old": "x"]
    #expect(plan.status(record) == .pending(["views"]))
    record.routines["old"] = nil
    #expect(plan.status(record) == .current)
  }

  @Test func semicolonsThatEndNothing() throws {
    let statements = try SQLSplitter.split(
      """
      -- a; b
      SELECT 'it''s; here', E'a\\';b', "c;d" /* ; /* nested ; */ ; */;
      CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $body$ SELECT 1; $x$ ; $x$ $body$;

      CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC
        SELECT CASE WHEN true THEN 1 END; SELECT 2;
      END;
      CREATE RULE r AS ON INSERT TO t DO (SELECT $1; SELECT 2);;
      SELECT a$b$c; SELECT 3
      """)
    #expect(statements.map(\.line) == [2, 3, 5, 8, 9, 9])
    #expect(statements.last?.text == "SELECT 3")
    #expect(
      statements.map { $0.words.first } == [
        "select", "create", "create", "create", "select", "select",
      ])
  }

  @Test func positionsAreCharacters() {
    let statement = SQLStatement(text: "SELECT 'ß',\r\n  x", line: 7, words: [])
    #expect(statement.line(at: nil) == 7)
    #expect(statement.line(at: 11) == 7)
    #expect(statement.line(at: 16) == 8)
  }

  @Test(arguments: [
    ("SELECT 1;\n'open", 2), ("/* open", 1), ("\n$$ open", 2), ("\\i file", 1), ("a\0", 1),
  ])
  func whatIsNoSQLIsRefusedWithItsLine(sql: String, line: Int) {
    let problem = #expect(throws: SQLSplitter.Problem.self) { try SQLSplitter.split(sql) }
    #expect(problem?.line == line)
  }
}
