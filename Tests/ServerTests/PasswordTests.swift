import Access
import CommandLanguage
import EventLoop
import Foundations
import Security
import TestSupport
import Testing

@testable import Server

@Suite("Logging in with a password")
struct PasswordTests {
  private func verifier(_ password: String) throws -> String {
    try ScramVerifier(password: password, salt: ScramVerifier.freshSalt(), iterations: 4_096).text
  }

  private func prepared() async throws -> (TestService, TestServer) {
    let service = try await TestService.make(tokenRecheckMilliseconds: 0)
    try await service.run("user create maria finance")
    try await service.run("user password maria verifier=\(verifier("correct horse"))")
    return (service, try await TestServer.start(service))
  }

  /// The message in the line of a step.
  private func data(_ answer: [String]) throws -> String {
    let line = try #require(answer.first { $0.hasPrefix("~ data=") })
    return String(line.dropFirst("~ data=".count)).replacing("\"", with: "")
  }

  /// The answer to the last step of a login.
  private func login(
    _ client: TestClient, _ user: String, _ password: String
  ) async throws -> [String] {
    var scram = try ScramClient(userName: user, password: password, binding: .none)
    let challenge = try data(try await client.ask("auth scram data=\"\(scram.first())\""))
    let answer = try await client.ask("auth scram data=\"\(scram.final(challenge))\"")
    if answer.last?.hasPrefix("+ ") == true { try scram.verify(data(answer)) }
    return answer
  }

  @Test("Who knows it is let in, the server proves itself, and nothing of it is in the audit")
  func right() async throws {
    let (service, server) = try await prepared()
    let client = try await server.tcp()
    let answer = try await login(client, "maria", "correct horse")
    #expect(answer.last?.hasPrefix("+ user=maria roles=finance ") == true)
    #expect(try await client.ask("whoami")[1].hasPrefix("| maria\tfinance\t"))
    let audit = try await service.sql(
      "SELECT e.request || coalesce(c.after::text, '') FROM audit.entry e JOIN audit.change c "
        + "ON c.entry_id = e.id WHERE e.command = 'user password'")
    #expect(audit.count == 1)
    #expect(audit[0][0]?.contains("(secret ") == true)
    #expect(audit[0][0]?.contains("SCRAM") == false)
  }

  @Test("A new password ends the sessions of the old one, and is one's own to set")
  func change() async throws {
    let (_, server) = try await prepared()
    let (client, other) = (try await server.tcp(), try await server.tcp())
    _ = try await login(client, "maria", "correct horse")
    let set = try await client.ask("password verifier=\(verifier("battery staple"))")
    #expect(set.last?.hasPrefix("+ user=maria ") == true)
    #expect(try await client.ask("whoami").last?.hasPrefix("- auth.expired ") == true)
    #expect(
      try await login(other, "maria", "correct horse").last?.hasPrefix("- auth.failed ") == true)
    #expect(
      try await login(other, "maria", "battery staple").last?.hasPrefix("+ user=maria ") == true)
  }

  @Test("Wrong passwords and unknown users look alike; the audit tells them apart from nothing")
  func wrong() async throws {
    let (service, server) = try await prepared()
    var answers: [String] = []
    for (user, password) in [("maria", "wrong"), ("mario", "correct horse"), ("maria", "wrong")] {
      let client = try await server.tcp()
      let first = try await client.ask("auth scram data=\"n,,n=\(user),r=abc\"")
      let challenge = try data(first)
      #expect(challenge.wholeMatch(of: #/r=abc[^,]{24},s=[^,]{24},i=[0-9]+/#) != nil)
      answers += try await login(try await server.tcp(), user, password)
    }
    #expect(Set(answers).count == 1)
    #expect(answers[0].hasPrefix("- auth.failed retry=no effect=none msg="))
    try await service.expectRefusals([
      "auth.failed 127.0.0.1 maria wrongProof", "auth.failed 127.0.0.1 mario wrongProof",
    ])
    let rows = try await service.run("audit refusals").rows
    #expect(rows.first { $0["principal"] == .text("maria") }?["count"] == .text("2"))
  }

  @Test("A proof is good for its own challenge only")
  func replay() async throws {
    let (service, server) = try await prepared()
    let client = try await server.tcp()
    var scram = try ScramClient(
      userName: "maria", password: "correct horse", binding: .none, nonce: "mine")
    let challenge = try data(try await client.ask("auth scram data=\"\(scram.first())\""))
    let proof = try scram.final(challenge)
    #expect(try await client.ask("auth scram data=\"\(proof)\"").last?.hasPrefix("+ ") == true)
    let thief = try await server.tcp()
    #expect(
      try await thief.ask("auth scram data=\"\(proof)\"").last?.hasPrefix("- auth.failed") == true)
    _ = try await thief.ask("auth scram data=\"n,,n=maria,r=mine\"")
    #expect(
      try await thief.ask("auth scram data=\"\(proof)\"").last?.hasPrefix("- auth.failed") == true)
    #expect(try await thief.ask("whoami").last?.hasPrefix("- auth.required") == true)
    try await service.expectRefusals([
      "auth.failed 127.0.0.1 - no challenge", "auth.failed 127.0.0.1 maria nonceMismatch",
      "auth.required 127.0.0.1 - -",
    ])
  }

  @Test("Under TLS a login is bound to its connection: what was stripped of that is refused")
  func binding() async throws {
    let (service, server) = try await prepared()
    let site = TLSSite()
    let port = try await server.listenTLS(site.server())
    let context = try site.client()

    let client = try await SecureClient(port: port, context)
    _ = try await client.line()
    let key = try #require(await client.binding)
    var scram = try ScramClient(
      userName: "maria", password: "correct horse", binding: .exporter(key))
    let challenge = try data(try await client.ask("auth scram data=\"\(scram.first())\""))
    let answer = try await client.ask("auth scram data=\"\(scram.final(challenge))\"")
    try scram.verify(data(answer))
    #expect(answer.last?.hasPrefix("+ user=maria ") == true)

    // Somebody in between, with a connection of their own to the server, carries it on.
    let between = try await SecureClient(port: port, context)
    _ = try await between.line()
    var victim = try ScramClient(
      userName: "maria", password: "correct horse", binding: .exporter(key))
    let other = try data(try await between.ask("auth scram data=\"\(victim.first())\""))
    let carried = try await between.ask("auth scram data=\"\(victim.final(other))\"")
    #expect(carried.last?.hasPrefix("- auth.failed ") == true)
    let stripped = try await between.ask("auth scram data=\"y,,n=maria,r=abc\"")
    #expect(stripped.last?.hasPrefix("- auth.failed ") == true)
    try await service.expectRefusals([
      "auth.failed 127.0.0.1 - bindingStripped", "auth.failed 127.0.0.1 maria bindingMismatch",
    ])
  }
}
