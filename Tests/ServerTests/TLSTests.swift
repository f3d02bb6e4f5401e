import Access
import EventLoop
import Foundations
import Security
import TestSupport
import Testing

@testable import Server

@Suite("Under TLS")
struct TLSTests {
  @Test("A token and long answers both ways; half-close finishes what was sent")
  func whole() async throws {
    let service = try await TestService.make()
    let token = try await service.makeToken(user: "remote", role: .admin)
    let site = TLSSite()
    let server = try await TestServer.start(service)
    let port = try await server.listenTLS(site.server())
    let client = try await SecureClient(port: port, site.client())
    #expect(try await client.line().contains(" auth=token,scram-plus "))
    #expect(try await client.ask("auth \(token)").last?.hasPrefix("+ user=remote ") == true)
    let long = String(repeating: "友好", count: 95)
    for number in 0..<150 {
      try await client.send("community create c\(number) \(long)\(number) CN\n")
    }
    try await client.send("community list limit=1000\n")
    try await client.halfClose()
    let lines = try #require(try await client.rest())
    #expect(lines.count { $0.hasPrefix("+ code=") } == 150)
    #expect(lines.count { $0.contains("\t\(long)") } == 150)
    #expect(lines.last?.hasPrefix("+ rows=150 ") == true)
  }

  @Test("As the documentation has it: openssl s_client -quiet")
  func openssl() async throws {
    let service = try await TestService.make()
    let token = try await service.makeToken(user: "remote", role: .reporter)
    let site = TLSSite()
    let server = try await TestServer.start(service)
    let port = try await server.listenTLS(site.server())
    let output = try await Shell.run(
      "printf 'auth %s\nwhoami\nquit\n' \"$TOKEN\" | openssl s_client -quiet -verify_return_error "
        + "-verify_hostname localhost -CAfile \(site.ca) -connect 127.0.0.1:\(port) 2>/dev/null",
      server, token: token)
    #expect(output.contains("\n+ user=remote roles=reporter "))
    #expect(output.contains("\n| remote\treporter\t"))
    #expect(output.contains("\n+ bye=yes "))
  }

  @Test("Who speaks no TLS is told so in their own way, and the audit knows")
  func plaintext() async throws {
    let service = try await TestService.make()
    let site = TLSSite()
    let server = try await TestServer.start(service)
    let port = try await server.listenTLS(site.server())
    let client = try await TestClient(port: port)
    try await client.send("auth sister_0123\n")
    let lines = try await client.rest()
    #expect(lines.count == 1)
    #expect(lines.first?.hasPrefix("- proto.tls-required retry=no effect=none fatal=yes ") == true)
    try await service.expectRefusals([
      "proto.tls-required 127.0.0.1 - The peer does not speak TLS."
    ])
    try await server.waitForConnections(0)
  }

  @Test("Older versions and garbage get an alert and the end, and others go on")
  func garbage() async throws {
    let site = TLSSite()
    let server = try await TestServer.withoutDatabase()
    let port = try await server.listenTLS(site.server())
    let other = try await SecureClient(port: port, site.client())
    _ = try await other.line()
    let client = try await TestClient(port: port)
    try await client.send([22, 3, 1, 0, 4, 1, 2, 3, 4])
    _ = try await client.rest()
    try await server.waitForConnections(1)
    #expect(try await other.ask("ping").count == 1)
  }

  @Test("A certificate of the client CA is its user; one of another CA does not come in")
  func clientCertificate() async throws {
    let service = try await TestService.make()
    try await service.run("user create script.bot reporter")
    let site = TLSSite()
    let server = try await TestServer.start(service)
    let port = try await server.listenTLS(site.server(asksClients: true))
    let known = try await SecureClient(port: port, site.client(showing: "script.bot"))
    #expect(try await known.line().contains(" auth=peer,token,scram-plus "))
    #expect(try await known.ask("whoami")[1].hasPrefix("| script.bot\treporter\t"))
    // Whoever shows none, or is no user, can say who they are in another way.
    let unnamed = try await SecureClient(port: port, site.client())
    #expect(try await unnamed.line().contains(" auth=token,scram-plus "))
    let unknown = try await SecureClient(port: port, site.client(showing: "nobody.here"))
    #expect(try await unknown.line().contains(" auth=token,scram-plus "))
    let stranger = Authority("Test CA").issue(in: site.folder, "x", commonNames: ["script.bot"])
    let context = try TLSContext.client(
      caFile: site.ca, certificateFile: stranger.certificate, keyFile: stranger.key)
    await #expect(throws: (any Error).self) {
      _ = try await SecureClient(port: port, context).line()
    }
    let audited = ["auth.failed 127.0.0.1 - no user for", "proto.tls-failed 127.0.0.1 - "]
    try await eventually("both are in the audit") {
      guard let refusals = try? await service.refusals() else { return false }
      return refusals.count == 2 && zip(refusals, audited).allSatisfy { $0.hasPrefix($1) }
    }
  }

  @Test("A new certificate serves new connections; those that there are go on")
  func reload() async throws {
    let (old, new) = (TLSSite(), TLSSite())
    let server = try await TestServer.withoutDatabase()
    let port = try await server.listenTLS(old.server())
    let first = try await SecureClient(port: port, old.client())
    _ = try await first.line()
    await server.server.useTLS(try new.server())
    #expect(try await first.ask("ping").count == 1)
    await #expect(throws: (any Error).self) { try await SecureClient(port: port, old.client()) }
    let second = try await SecureClient(port: port, new.client())
    #expect(try await second.line().hasPrefix("* slp=1 "))
  }

  @Test("Who does not shake hands in time is let go, one byte a second or none")
  func slowHandshake() async throws {
    let service = try await TestService.make()
    let site = TLSSite()
    let server = try await TestServer.start(service)
    let port = try await server.listenTLS(site.server())
    let client = try await TestClient(port: port)
    try await client.send([22])
    try await server.waitForConnections(1)
    let now = MonotonicClock.nowMilliseconds
    await server.server.sweep(at: now + Limits.loginMilliseconds - 5_000)
    #expect(await server.server.connectionCount == 1)
    await server.server.sweep(at: now + Limits.loginMilliseconds + 1)
    try await server.waitForConnections(0)
    try await service.expectRefusals(["auth.required 127.0.0.1 - no TLS in time"])
  }
}
