import Access
import CommandLanguage
import EventLoop
import Foundations
import Glibc
import TestSupport
import Testing

@testable import Server

@Suite("Who is there")
struct AuthenticationTests {
  private let invalid =
    #"- auth.failed retry=no effect=none msg="these credentials are not valid here""#

  @Test("Without authentication there is help, and nothing that needs a database")
  func unauthenticated() async throws {
    let server = try await TestServer.withoutDatabase()
    let client = try await server.tcp()
    for line in ["community list", "user list", "token create a b", "whoami", "initiative show X"] {
      let answer = try await client.ask(line)
      #expect(answer.count == 1)
      #expect(answer[0].hasPrefix("- auth.required retry=no effect=none "))
      #expect(answer[0].contains(#"try="auth token=…""#))
    }
    #expect(try await client.ask("ping").last?.hasPrefix("+ ms=") == true)
    #expect(try await client.ask("help community list").last?.hasPrefix("+ rows=") == true)
    #expect(try await client.ask("commands limit=1000").last?.hasPrefix("+ rows=") == true)
    // The authentication itself is what needs the database, which cannot be reached here.
    #expect(try await client.ask("auth x").last?.hasPrefix("- busy.database ") == true)
  }

  @Test("A token makes the connection its user's, with that user's roles")
  func token() async throws {
    let service = try await TestService.make()
    let token = try await service.makeToken(user: "report.bot", role: .reporter)
    let server = try await TestServer.start(service)
    let client = try await server.tcp()
    let answer = try await client.ask("@a auth token=\(token)")
    #expect(answer == ["+ @a user=report.bot roles=reporter ms=\(milliseconds(answer))"])
    let whoami = try await client.ask("whoami")
    #expect(whoami[0] == "# user:text\troles:text\tcapabilities:text")
    #expect(whoami[1].hasPrefix("| report.bot\treporter\tcommunities.read "))
    #expect(try await client.ask("community list").last?.hasPrefix("+ rows=0 ") == true)
  }

  @Test("What one's roles do not allow is denied, with the roles that do")
  func denied() async throws {
    let service = try await TestService.make()
    let token = try await service.makeToken(user: "reader", role: .reviewer)
    let server = try await TestServer.start(service)
    let client = try await server.tcp()
    _ = try await client.ask("auth \(token)")
    let answer = try await client.ask("community create urbana Urbana US")
    #expect(answer.count == 1)
    #expect(
      answer[0].hasPrefix("- denied.command retry=no effect=none msg=\"community create needs "))
    #expect(answer[0].contains("admin, director, program-officer"))
    #expect(try await service.run("community list").rows.isEmpty)
    try await service.expectRefusals(["denied.command 127.0.0.1 reader -"])
  }

  @Test("A wrong, an expired and a revoked token are refused alike")
  func refusals() async throws {
    let service = try await TestService.make()
    let expired = try await service.makeToken(user: "expired", role: .reporter)
    try await service.auditedSQL("UPDATE access.token SET expires_at = now() - interval '1 s'")
    let revoked = try await service.makeToken(user: "revoked", role: .reporter)
    try await revoke("revoked", service)
    let server = try await TestServer.start(service)
    for token in ["sister_0123", expired, revoked] {
      let client = try await server.tcp()
      #expect(try await client.ask("auth \(token)") == [invalid])
      #expect(try await client.ask("whoami").last?.hasPrefix("- auth.required ") == true)
    }
    // The audit tells them apart.
    try await service.expectRefusals([
      "auth.failed 127.0.0.1 - unknown token", "auth.failed 127.0.0.1 expired expired token",
      "auth.failed 127.0.0.1 revoked revoked token", "auth.required 127.0.0.1 - -",
    ])
  }

  @Test("The third failure ends the connection; what was pipelined behind it is answered, not run")
  func threeFailures() async throws {
    let service = try await TestService.make()
    let token = try await service.makeToken(user: "late", role: .admin)
    let server = try await TestServer.start(service)
    let client = try await server.tcp()
    try await client.send("auth a\nauth b\nauth c\n@t auth \(token)\nping\n")
    let lines = try await client.rest()
    #expect(lines.count == 5)
    #expect(lines[0...1] == [invalid, invalid])
    #expect(lines.contains { $0.hasPrefix("- auth.failed ") && $0.contains(" fatal=yes ") })
    #expect(lines.contains { $0.hasPrefix("- @t busy.draining ") })
    #expect(lines.last?.hasPrefix("- busy.draining ") == true)
    try await server.waitForConnections(0)
  }

  @Test("A revoked token's running connections are told so, and end")
  func revocation() async throws {
    let service = try await TestService.make(tokenRecheckMilliseconds: 0)
    let token = try await service.makeToken(user: "leaver", role: .admin)
    let server = try await TestServer.start(service)
    let client = try await server.tcp()
    _ = try await client.ask("auth \(token)")
    #expect(try await client.ask("community list").last?.hasPrefix("+ rows=0 ") == true)
    try await revoke("leaver", service)
    try await client.send("community create urbana Urbana US\ncommunity list\n")
    let lines = try await client.rest()
    #expect(lines.count == 2)
    #expect(lines[0].hasPrefix("- auth.expired retry=no effect=none fatal=yes "))
    #expect(lines[1].hasPrefix("- busy.draining "))
    #expect(try await service.run("community list").rows.isEmpty)
    try await server.waitForConnections(0)
    try await service.expectRefusals(["auth.expired 127.0.0.1 leaver -"])
  }

  @Test("A revoked token's silent connections are told so and end, and others do not")
  func revocationInSilence() async throws {
    let service = try await TestService.make(tokenRecheckMilliseconds: 0)
    let server = try await TestServer.start(service)
    var clients: [TestClient] = []
    for user in ["leaver", "leaver2", "stayer"] {
      let token = try await service.makeToken(user: user, role: .admin)
      let client = try await server.tcp()
      _ = try await client.ask("auth \(token)")
      clients.append(client)
    }
    try await revoke("leaver", service)
    try await revoke("leaver2", service)
    await server.server.sweep(at: MonotonicClock.nowMilliseconds + Limits.silenceMilliseconds)
    for client in clients[..<2] {
      let lines = try await client.rest()
      #expect(lines.count == 1)
      #expect(lines[0].hasPrefix("- auth.expired retry=no effect=none fatal=yes msg="))
    }
    #expect(try await clients[2].ask("community list").last?.hasPrefix("+ rows=0 ") == true)
    try await service.expectRefusals([
      "auth.expired 127.0.0.1 leaver -", "auth.expired 127.0.0.1 leaver2 -",
    ])
  }

  @Test("A token that still holds is looked up again without the client noticing")
  func recheck() async throws {
    let service = try await TestService.make(tokenRecheckMilliseconds: 0)
    let token = try await service.makeToken(user: "stayer", role: .reviewer)
    let server = try await TestServer.start(service)
    let client = try await server.tcp()
    _ = try await client.ask("auth \(token)")
    try await service.auditedSQL("UPDATE access.principal SET roles = '{admin}'")
    #expect(try await client.ask("user list").last?.hasPrefix("+ rows=1 ") == true)
  }

  @Test("Whoever runs the server is its owner on the Unix socket, and nobody by TCP")
  func peer() async throws {
    let server = try await TestServer.withoutDatabase()
    let local = try await TestClient(path: server.socketPath)
    #expect(try await local.line().contains(" auth=peer,token,scram "))
    #expect(try await local.ask("whoami")[1].hasPrefix("| owner\tadmin\t"))
    let remote = try await TestClient(port: server.port)
    #expect(try await remote.line().contains(" auth=token,scram "))
  }

  @Test(
    "Another user of the machine is who the directory of users says, or nobody",
    .enabled(if: geteuid() == 0, "only root can be somebody else"))
  func otherUser() async throws {
    let service = try await TestService.make()
    try await service.run("user create daemon.desk reviewer unix-user=daemon")
    let server = try await TestServer.start(service)
    let known = try await Shell.run(
      #"echo whoami | setpriv --reuid=daemon --clear-groups nc -NU "$SOCKET""#, server)
    #expect(known.contains("| daemon.desk\treviewer\t"))
    let unknown = try await Shell.run(
      #"echo whoami | setpriv --reuid=nobody --clear-groups nc -NU "$SOCKET""#, server)
    #expect(unknown.contains("\n- auth.required "))
  }

  /// Revokes a user's only token, by the commands for it.
  private func revoke(_ user: String, _ service: TestService) async throws {
    let rows = try await service.run("token list user=\(user)").rows
    guard case .text(let identifier) = rows.first?["id"] else {
      throw TestClientError(what: "no token of \(user)")
    }
    try await service.run("token revoke \(identifier)")
  }

  private func milliseconds(_ answer: [String]) -> Substring {
    answer.last?.split(separator: "ms=").last ?? ""
  }
}
