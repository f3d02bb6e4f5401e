import Access
import Catalog
import CommandLanguage
import EventLoop
import TestSupport
import Testing

@Suite("Who may run what")
struct AuthorisationTests {
  /// Nobody yet, and everybody with one role.
  private static let whos: [Principal?] =
    [nil] + Role.allCases.map { Principal(name: "test-\($0.rawValue)", roles: [$0]) }

  private static func name(_ who: Principal?) -> String {
    who?.roles.first?.rawValue ?? "anonymous"
  }

  /// Every command against everybody, as the declarations and the roles have it.
  private static var matrix: String {
    let head = ["command", "effect", "needs"] + whos.map(name)
    return aligned(
      [head]
        + registry.declarations.map { declaration in
          [
            declaration.path, declaration.effect.rawValue,
            Help.requirement(declaration.needs),
          ]
            + whos.map { who in
              let may = declaration.needs == .nothing || who?.may(declaration.needs) == true
              return may ? "yes" : "·"
            }
        })
  }

  @Test("the matrix of commands and roles is the one that was agreed on")
  func golden() {
    expectGolden(Self.matrix, "Golden/authorisation.txt")
  }

  @Test("the service keeps to the agreed matrix, for every command and everybody")
  func enforced() async throws {
    guard !Golden.isRecording else { return }
    let text = SourceTree.text("Tests/CatalogTests/Golden/authorisation.txt")
    let rows = text.split(separator: "\n").map { $0.split(separator: /[ ]{2,}/).map(String.init) }
    #expect(rows.first?.suffix(Self.whos.count) == Self.whos.map(Self.name)[...])
    #expect(rows.count == registry.commands.count + 1)
    let service = try await TestService.make()
    for (column, who) in Self.whos.enumerated() {
      for row in rows.dropFirst() {
        let path = row[0]
        let declaration = try #require(registry.command(path)?.declaration)
        let code = await Self.code(declaration.example, who, service)
        let refused = code == (who == nil ? .authenticationRequired : .commandDenied)
        // Whoever imports must be allowed the command that is run for each row.
        let mayInner = path != "import" || who?.may(.capability(.communitiesManage)) == true
        let agreed = row[3 + column] == "yes" && mayInner
        #expect(refused != agreed, "\(path) as \(Self.name(who)): \(code?.description ?? "done")")
        #expect(code != .internalFault, "\(path) as \(Self.name(who))")
      }
    }
  }

  @Test("nothing happened where the answer was no")
  func nothingHappened() async throws {
    let service = try await TestService.make()
    let reporter = Principal(name: "somebody", roles: [.reporter])
    let denied = registry.declarations.filter { $0.effect.writes && !reporter.may($0.needs) }
    #expect(denied.count > 20)
    for declaration in denied {
      #expect(await Self.code(declaration.example, reporter, service) == .commandDenied)
    }
    #expect(try await service.sql("SELECT FROM audit.entry").isEmpty)
    #expect(await Self.code("user create a.b reporter", .owner, service) == nil)
    #expect(try await service.sql("SELECT FROM audit.entry").count == 1)
  }

  @Test("a command that is denied says which roles have the right")
  func explained() async throws {
    let service = try await TestService.make()
    let refusal = await service.failure("grant activate G-2008-0001 signatory=A", as: .finance)
    #expect(refusal?.code == .commandDenied)
    #expect(refusal?.message.contains("director") == true)
  }

  @Test("every capability is some command's, and some role's")
  func capabilities() {
    let needed = Set(
      registry.declarations.compactMap { declaration -> Capability? in
        guard case .capability(let capability) = declaration.needs else { return nil }
        return capability
      })
    let granted = Role.allCases.reduce(into: Set<Capability>()) { $0.formUnion($1.capabilities) }
    #expect(needed.subtracting(granted) == [])
    // Asked by policies, or by what is yet to come.
    let waiting: Set<Capability> = [.auditRead]
    #expect(granted.subtracting(needed).subtracting(waiting) == [])
    #expect(Role.admin.capabilities == granted, "the administrator may do everything")
  }

  private static func code(
    _ line: String, _ who: Principal?, _ service: TestService
  ) async -> ErrorCode? {
    let session = await Session(principal: who)
    do throws(DomainError) {
      try await service.run(line, in: session)
      return nil
    } catch {
      return error.code
    }
  }
}
