import Access
import Catalog
import CommandLanguage
import Foundations
import Postgres
import TestSupport
import Testing

@Suite("Every statement agrees with the migrated schema")
struct StatementTests {
  private static let statements = Catalog.areas.flatMap(\.statements)

  @Test("types, counts and nullability are those of the Swift types")
  func types() async throws {
    let check = try await StatementCheck(try await TestService.make())
    #expect(Self.statements.flatMap { check.problems($0) } == [])
    expectGolden(
      try Self.statements.map { try check.summary($0) }.joined(separator: "\n"),
      "Golden/statements.txt")
  }

  @Test("a statement that disagrees is reported")
  func negativeControls() async throws {
    let check = try await StatementCheck(try await TestService.make())
    func problems<Input, Row>(_ statement: Statement<Input, Row>) -> Int {
      check.problems(statement.description).count
    }
    let good = Statement(
      "test.good", "SELECT name, region FROM directory.community WHERE code = $1",
      takes: String.self, row: { (name: String, region: String?) in name })
    #expect(problems(good) == 0)
    let wrongType = Statement(
      "test.type", "SELECT name FROM directory.community", row: { (name: Int64) in name })
    #expect(problems(wrongType) == 1)
    let tooFew = Statement(
      "test.few", "SELECT name FROM directory.community",
      row: { (name: String, region: String?) in name })
    #expect(problems(tooFew) == 1)
    let tooMany = Statement(
      "test.many", "SELECT name, region FROM directory.community", row: { (name: String) in name })
    #expect(problems(tooMany) == 1)
    let noColumn = Statement(
      "test.column", "SELECT nickname FROM directory.community", row: { (name: String) in name })
    #expect(problems(noColumn) == 1)
    let nullable = Statement(
      "test.nullable", "SELECT region FROM directory.community", row: { (name: String) in name })
    #expect(problems(nullable) == 1)
    let outer = Statement(
      "test.outer",
      """
      SELECT c.name FROM grants.fund f LEFT JOIN directory.community c ON c.code = f.code
      """, row: { (name: String) in name })
    #expect(problems(outer) == 1)
    let wrongInput = Statement(
      "test.input", "SELECT name FROM directory.community WHERE code = $1",
      takes: Int64.self, row: { (name: String) in name })
    #expect(problems(wrongInput) == 1)
    let unusedInput = Statement(
      "test.unused", "SELECT name FROM directory.community WHERE code = $1",
      takes: String.self, Int64.self, row: { (name: String) in name })
    #expect(problems(unusedInput) == 1)
    let unshown = TableStatement(
      "test.unshown", "SELECT e.id, e.at FROM audit.entry e",
      columns: [.integer("entry"), .timestamp("at")])
    #expect(problems(unshown.statement) == 1, "a moment is shown as text")
    let undeclaredInput = Statement(
      "test.undeclared", "SELECT name FROM directory.community WHERE code = $1",
      row: { (name: String) in name })
    #expect(problems(undeclaredInput) == 1)
    let forbidden = Statement(
      "test.forbidden", "UPDATE grants.fund_balance SET received = 0 RETURNING received",
      row: { (received: Int64) in received })
    #expect(problems(forbidden) == 0, "rights are asked when it runs: see the privileges")
  }

  @Test("none is forgotten: what the sources declare is what the areas list")
  func registered() {
    let files = SourceTree.swiftFiles(under: "Sources")
    let sources = files.map(SourceTree.text)
    let names = sources.flatMap { $0.statementNames }
    #expect(files.count > 100)
    #expect(names.sorted() == Self.statements.map(\.name).sorted())
    let declared = sources.map {
      $0.matches(of: /let \w+ = (?:(?:Table)?Statement|CommandBatch<\w+>)\(/).count
    }
    #expect(declared.reduce(0, +) == names.count, "a statement's name stands behind Statement(")
  }

  @Test("the scan sees statements in every way of writing them")
  func scan() {
    let source = """
      static let a = Statement("area.a", "SELECT 1", row: { () in () })
      static let b = CommandBatch<New>(
        Statement(
          "area.b",
      static let c = TableStatement(
        "area.c", "SELECT 1", columns: [])
      """
    #expect(source.statementNames == ["area.a", "area.b", "area.c"])
  }

  @Test("what writes cells as text costs no call: PostgreSQL puts it into the statement itself")
  func inlined() async throws {
    let service = try await TestService.make()
    func plan(_ cell: String) async throws -> String {
      try await service.sql(
        "EXPLAIN VERBOSE SELECT \(cell) FROM audit.entry e CROSS JOIN grants.posting p"
      ).compactMap(\.first).compactMap { $0 }.joined()
    }
    #expect(try await !plan("service.money_text(p.amount, p.currency)").contains("money_text"))
    #expect(try await !plan("service.timestamp_text(e.at)").contains("timestamp_text"))
    #expect(
      try await plan("grants.find_fund(p.account)").contains("find_fund"),
      "a call is seen where it is one")
  }

  @Test("names are unique and start with their area's")
  func names() {
    #expect(Set(Self.statements.map(\.name)).count == Self.statements.count)
    for area in Catalog.areas {
      for statement in area.statements {
        #expect(statement.name.hasPrefix("\(area.name)."))
      }
    }
  }
}

extension String {
  /// The names of the statements that a source file declares.
  var statementNames: [String] {
    matches(of: /\b(?:Table)?Statement\(\s*"([^"]+)"/).map { String($0.1) }
  }
}
