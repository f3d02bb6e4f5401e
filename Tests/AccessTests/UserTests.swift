import Access
import CommandLanguage
import EventLoop
import TestSupport
import Testing

@Suite("Users: access is given and taken away")
struct UserTests {
  @Test("the names that the service itself uses are nobody's")
  func reservedNames() async throws {
    let service = try await TestService.make()
    for name in ["owner", "nobody"] {
      #expect(await service.failure("user create \(name) admin")?.code == .invalid, "\(name)")
    }
    try await service.run("user create owners admin")
  }

  @Test("a token's session gets its user's new roles, and ends when the user is disabled")
  func tokenSession() async throws {
    let service = try await TestService.make(tokenRecheckMilliseconds: 0)
    let token = try await service.makeToken(user: "ann", role: .director)
    let session = await Session()
    try await service.run("auth \(token)", in: session)
    try await expectTakenAway(service, session)
    let again = await Session()
    #expect(await failure(service, "auth \(token)", again)?.code == .authenticationFailed)
    try await service.run("user enable ann")
    try await service.run("auth \(token)", in: again)
  }

  @Test("so does the session of an operating system's user")
  func unixSession() async throws {
    let service = try await TestService.make(tokenRecheckMilliseconds: 0)
    try await service.run("user create ann director unix-user=daemon")
    try await identified(service, .unixUser(number: 1))
  }

  @Test("and that of whom a client's certificate names")
  func certificateSession() async throws {
    let service = try await TestService.make(tokenRecheckMilliseconds: 0)
    try await service.run("user create ann director")
    try await identified(service, .certificate(name: "ann"))
  }

  private func identified(_ service: TestService, _ credential: Credential) async throws {
    let session = await Session()
    await service.service.identify(session, credential)
    #expect(await session.principal?.name == "ann")
    try await expectTakenAway(service, session)
    await service.service.identify(session, credential)
    #expect(await session.principal == nil)
    try await service.run("user enable ann")
    await service.service.identify(session, credential)
    #expect(await session.principal?.roles == [.reporter])
  }

  /// The session is ann's, who is a director to begin with.
  private func expectTakenAway(_ service: TestService, _ session: Session) async throws {
    let line = "community create lyon Lyon FR preview=yes"
    #expect(await failure(service, line, session) == nil)
    let reply = try await service.run("user update ann roles=reporter")
    #expect(reply["roles"] == "reporter")
    #expect(await failure(service, line, session)?.code == .commandDenied)
    #expect(await failure(service, "whoami", session) == nil)
    #expect(try await service.run("user disable ann")["disabled"] == "yes")
    #expect(await failure(service, "whoami", session)?.code == .authenticationExpired)
    #expect(await failure(service, "whoami", session)?.code == .authenticationRequired)
    let row = try await service.run("user list").rows.first { $0["name"] == .text("ann") }
    #expect(row?["disabled"] != .null)
  }

  @Test("changing a user that is not there says so")
  func missing() async throws {
    let service = try await TestService.make()
    for line in ["user update bob roles=desk", "user disable bob", "user enable bob"] {
      #expect(await service.failure(line)?.code == .missingUser, "\(line)")
    }
  }

  private func failure(
    _ service: TestService, _ line: String, _ session: Session
  ) async -> DomainError? {
    do throws(DomainError) {
      _ = try await service.run(line, in: session)
      return nil
    } catch {
      return error
    }
  }
}
