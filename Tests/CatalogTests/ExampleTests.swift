import Access
import Catalog
import CommandLanguage
import EventLoop
import TestSupport
import Testing

@Suite("Every example works on the demo data, and answers what its command declares")
struct ExampleTests {
  /// What must have happened before an example can, on top of the demo data: by an officer, or by whom
  /// the line names first.
  static let preparations: [String: [String]] = [
    "partnership propose": Array(proposal[..<1]), "partnership review": Array(proposal[..<2]),
    "partnership approve": Array(proposal[..<3]), "partnership negotiate": Array(proposal[..<4]),
    "partnership sign": proposal, "partnership withdraw": Array(proposal[..<1]),
    "partnership agree": Array(proposal[..<1]),
    "partnership resolve": Array(proposal[..<1]) + [example("partnership agree")],
    "partnership add-signature": Array(proposal[..<1]) + [example("partnership agree")],
    "conference open": ["conference close houston-2019"],
    "cohort open": [example("cohort create")],
    "grant activate": [
      example("grant offer"), "grant rate-risk G-2008-0002 low reason=known",
    ],
    "grant decline": [example("grant offer")],
    "grant lapse": [example("grant offer") + " respond-by=2008-03-31"],
    "grant resume": [example("grant suspend")],
    "grant terminate": ["payment cancel G-2012-0001-P02"],
    "grant settle": Array(closing[..<2]), "grant close": closing,
    "grant ask-reopening": closed, "grant reopen": closed + [example("grant ask-reopening")],
    "payment approve-program": Array(approval[..<3]),
    "payment approve-finance": Array(approval[..<4]),
    "payment request": Array(approval[..<2]), "payment pay": approval, "payment fail": approval,
    "grantee-report submit": [example("grantee-report fill")],
    "actual update": [draft], "actual submit": [draft], "actual remove": [draft],
    "indicator approve-period": [example("actual approve")],
    "indicator reopen-period": [
      example("actual approve"), example("indicator approve-period"),
    ],
    "indicator remove-dimension": [
      example("actual return"),
      "indicator add-dimension SDWI packets sex female categories=male",
    ],
    "ledger reverse": ["fund receive PUR-2008 30000 on=2008-07-01"],
    "user limit": ["user create report.bot reporter"],
    "user password": ["user create report.bot reporter"],
    "participant review": ["participant submit P-000003"],
    "participant accept": [
      "participant submit P-000003", "participant review P-000003",
      "guardian verify P-000003 how=in-person",
    ],
    "participant waitlist": ["participant submit P-000003", "participant review P-000003"],
    "participant decline": ["participant review P-000002"],
    "payment schedule": [example("grant offer")],
    "token create": ["user create report.bot reporter"],
    "user update": ["user create report.bot desk"],
    "user disable": ["user create report.bot reporter"],
    "user enable": ["user create report.bot reporter", "user disable report.bot"],
  ]

  /// A report that is not handed in yet: A-2.
  private static let draft =
    "indicator report SDWI packets 20000 on=2009-06-30 community=denver parts=country:NG:20000"

  /// A partnership from its idea to the day it is signed.
  private static let proposal =
    ["create", "propose", "review", "approve", "negotiate", "agree", "add-signature"]
    .map { example("partnership \($0)") }
    + ["partnership add-signature denver:axum axum \"Abeba Example\" Mayor on=2026-05-04"]

  /// A payment from what stops it to where the bank can make it, by three people.
  private static let approval = [
    example("condition meet"), example("grantee-report waive"),
    "pat> \(example("payment request"))", "dana> \(example("payment approve-program"))",
    "fin> \(example("payment approve-finance"))",
  ]

  /// A grant to where it can be closed, and beyond.
  private static let closing = [
    example("cost-share record"), example("grant start-closeout"),
    "fin> \(example("grant settle"))",
  ]
  private static let closed = closing + [example("grant close")]

  /// Examples that stand for something that nobody can know beforehand.
  private static let invented: [String: ErrorCode] = [
    "auth": .authenticationFailed, "cancel": .missingRequest, "commit": .noTransaction,
    "rollback": .noTransaction, "password": .missingUser, "saved run": .missingSaved,
    "saved delete": .missingSaved,
    "token revoke": .missingToken,
  ]

  private static func example(_ path: String) -> String {
    registry.command(path)?.declaration.example ?? path
  }

  /// Does what must have happened before a command's example can.
  static func prepare(_ path: String, _ service: TestService) async throws {
    for line in preparations[path] ?? [] {
      let parts = line.split(separator: "> ", maxSplits: 1).map(String.init)
      let person = parts.count == 1 ? .officer : Principal(name: parts[0], roles: [.admin])
      try await service.run(parts[parts.count - 1], as: person)
    }
  }

  @Test("every command that reads")
  func reads() async throws {
    let service = try await TestService.makeWithDemo()
    try await service.sql(
      "SELECT access.record_refusals('{unix}', '{ann}', '{auth token}', '{auth.failed}', '{\"\"}', '{1}')"
    )
    var withRows: Set<String> = []
    for declaration in registry.declarations where !declaration.effect.writes {
      let reply = await answer(declaration, service)
      guard let reply else { continue }
      expect(reply, declaration)
      if !reply.rows.isEmpty { withRows.insert(declaration.path) }
    }
    // Nothing differs, nobody has a token, and no signature is awaited.
    let empty: Set<String> = [
      "conference verify", "ledger verify", "report run partnerships-unsigned", "saved list",
      "token list",
    ]
    let tables = registry.declarations.filter {
      !$0.effect.writes && !$0.returns.columns.isEmpty && !empty.contains($0.path)
    }
    #expect(Set(tables.map(\.path)).subtracting(withRows) == [], "examples find something")
  }

  @Test(
    "every command that writes",
    arguments: registry.declarations.filter(\.effect.writes).map(\.path))
  func writes(_ path: String) async throws {
    let declaration = try #require(registry.command(path)?.declaration)
    let service = try await TestService.makeWithDemo()
    try await Self.prepare(path, service)
    if Self.invented[path] == nil {
      let preview = try await service.run("\(declaration.example) preview=yes")
      // The rows of a stream have too many changes to show: it counts them.
      let reads = declaration.parameters.contains { $0.kind == .stream }
      #expect(!preview.rows.isEmpty || reads, "\(path) previews what it changes")
    }
    guard let reply = await answer(declaration, service) else { return }
    expect(reply, declaration)
  }

  @Test("a token's end, which no example can show")
  func tokenRevoke() async throws {
    let service = try await TestService.make()
    try await service.run("user create report.bot reporter")
    let token = try await service.run("token create report.bot nightly")["id"] ?? ""
    let reply = try await service.run("token revoke \(token)")
    expect(reply, try #require(registry.command("token revoke")?.declaration))
    #expect(reply["user"] == "report.bot")
  }

  @Test("lists answer with their declared columns on an empty database too")
  func emptyLists() async throws {
    let service = try await TestService.make()
    var count = 0
    for declaration in registry.declarations {
      guard case .list(let columns) = declaration.returns,
        declaration.parameters.allSatisfy({ ![.required, .words, .stream].contains($0.kind) })
      else { continue }
      guard case .list(let table, _) = try await service.run(declaration.path) else {
        Issue.record("\(declaration.path) does not answer with a list")
        continue
      }
      #expect(table.columns == columns, "\(declaration.path)")
      count += 1
    }
    #expect(count > 10)
  }

  private func answer(_ declaration: CommandDeclaration, _ service: TestService) async -> Reply? {
    do throws(DomainError) {
      let reply = try await service.run(declaration.example)
      #expect(Self.invented[declaration.path] == nil)
      return reply
    } catch {
      let accepted = Self.invented[declaration.path] == error.code
      #expect(accepted, "\(declaration.example): \(error.code) \(error.message)")
      return nil
    }
  }

  private func expect(_ reply: Reply, _ declaration: CommandDeclaration) {
    switch (reply, declaration.returns) {
    case (.record(let table), .record(let columns)), (.list(let table, _), .list(let columns)):
      #expect(table.columns == columns, "\(declaration.path)")
      for row in table.rows {
        #expect(row.count == columns.count, "\(declaration.path)")
        for (value, column) in zip(row, columns) {
          #expect(value.isOf(column.type), "\(declaration.path) \(column.name): \(value)")
        }
      }
    case (.done(let pairs), .done(let names)):
      #expect(pairs.map(\.name) == names, "\(declaration.path)")
    case (.outcome(let table, _, nil), .list(let columns)):
      #expect(table.columns == columns, "\(declaration.path)")
    case (.step(let data, []), .step): #expect(!data.isEmpty, "\(declaration.path)")
    case (.page(let lines), .page): #expect(!lines.isEmpty, "\(declaration.path)")
    case (.goodbye, .done(["bye"])), (.pushes, .pushes): break
    default: Issue.record("\(declaration.path) answers with another shape than it declares")
    }
  }
}

extension Principal {
  /// Another person than the tests' administrator, so that two pairs of eyes are two.
  static let officer = Principal(name: "officer", roles: [.admin])
}

extension Value {
  /// Whether the value may stand in a column of this type.
  fileprivate func isOf(_ type: ColumnType) -> Bool {
    switch (self, type) {
    case (.null, _), (.text, .text), (.table, .table): true
    case (.text(let text), .integer): Int64(text) != nil
    case (.text(let text), .number): text.wholeMatch(of: /-?[0-9]+(\.[0-9]+)?/) != nil
    case (.text(let text), .boolean): text == "yes" || text == "no"
    case (.text(let text), .money): text.wholeMatch(of: /-?[0-9]+(\.[0-9]+)? [A-Z]{3}/) != nil
    case (.text(let text), .date): text.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}/) != nil
    case (.text(let text), .timestamp):
      text.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z/)
        != nil
    case (.table, _), (.text, .table): false
    }
  }
}
