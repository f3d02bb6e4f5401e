import EventLoop
import Foundations
import Security
import TestSupport
import Testing

@testable import Server

@Suite("Behind a load balancer")
struct ProxyTests {
  /// A header for a client of IPv4, whose connection to the balancer is under TLS or not.
  private func header(_ client: [UInt8] = [192, 0, 2, 7], isSecure: Bool = false) -> [UInt8] {
    let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    let addresses = client + [198, 51, 100, 1, 0x12, 0x67, 0x1D, 0x36]
    let extensions: [UInt8] = isSecure ? [0x20, 0, 5, 1, 0, 0, 0, 1] : []
    return signature + [0x21, 0x11, 0, UInt8(addresses.count + extensions.count)] + addresses
      + extensions
  }

  /// A server to which this machine is a load balancer, and what its audit says of who was refused.
  private func balanced() async throws -> (TestServer, refusals: () async throws -> [[String?]]) {
    let service = try await TestService.make()
    let server = try await TestServer.start(service)
    await Self.trust(server)
    return (
      server,
      {
        try await service.sql("SELECT source, command, code FROM access.refusal ORDER BY id")
      }
    )
  }

  @EventLoop
  private static func trust(_ server: TestServer) { server.server.balancers = ["127.0.0.1"] }

  private func expect(
    _ refusal: [String?], in refusals: () async throws -> [[String?]]
  ) async throws {
    for _ in 0..<600 {
      if try await refusals() == [refusal] { return }
      await EventLoop.sleep(milliseconds: 10)
    }
    #expect(try await refusals() == [refusal])
  }

  @Test(
    "The client is who the header says, also where it comes byte by byte; its failures are its own")
  func client() async throws {
    let (server, refusals) = try await balanced()
    let client = try await TestClient(port: server.port)
    for byte in header(isSecure: true) { try await client.send([byte]) }
    #expect(try await client.line().hasPrefix("* slp=1 "))
    #expect(try await client.ask("auth nonsense").last?.hasPrefix("- auth.failed ") == true)
    try await expect(["192.0.2.7", "auth token", "auth.failed"], in: refusals)
  }

  @Test("A header and requests in one piece; the balancer's own connection is one of its address")
  func onePiece() async throws {
    let (server, refusals) = try await balanced()
    let client = try await TestClient(port: server.port)
    let own = header().prefix(12) + [0x20, 0, 0, 0]
    try await client.send(own + Array("ping\nauth nonsense\n".utf8))
    #expect(try await client.line().hasPrefix("* slp=1 "))
    #expect(try await client.line().hasPrefix("+ ms="))
    #expect(try await client.line().hasPrefix("- auth.failed "))
    try await expect(["127.0.0.1", "auth token", "auth.failed"], in: refusals)
  }

  @Test(
    "Whoever comes in plaintext from another address is refused; from this machine they are not")
  func plaintext() async throws {
    let (server, refusals) = try await balanced()
    let client = try await TestClient(port: server.port)
    try await client.send(header() + Array("ping\n".utf8))
    let lines = try await client.rest()
    #expect(lines.count == 1)
    #expect(lines.first?.hasPrefix("- proto.tls-required ") == true, "\(lines)")
    #expect(lines.first?.contains("send-proxy-v2-ssl") == true)
    try await expect(["192.0.2.7", "connect", "proto.tls-required"], in: refusals)
    // Whose address the balancer cannot tell may be from anywhere.
    let unknown = try await TestClient(port: server.port)
    try await unknown.send(header().prefix(12) + [0x21, 0, 0, 0])
    #expect(try await unknown.rest().first?.hasPrefix("- proto.tls-required ") == true)
    let local = try await TestClient(port: server.port)
    try await local.send(header([127, 0, 0, 9]))
    #expect(try await local.line().hasPrefix("* slp=1 "))
  }

  @Test(
    "A connection without a header is told so; one that says nothing and goes is nobody's fault")
  func without() async throws {
    let (server, refusals) = try await balanced()
    let probe = try await TestClient(port: server.port)
    try await server.waitForConnections(1)
    await probe.close()
    try await server.waitForConnections(0)
    let client = try await TestClient(port: server.port)
    try await client.send("ping\n")
    let lines = try await client.rest()
    #expect(lines.first?.hasPrefix("- proto.proxy ") == true, "\(lines)")
    try await expect(["127.0.0.1", "connect", "proto.proxy"], in: refusals)
  }

  @Test("Under TLS the header comes in front of the handshake; only a listed address is believed")
  func underTLS() async throws {
    let (server, refusals) = try await balanced()
    let site = TLSSite()
    let port = try await server.listenTLS(site.server())
    let client = try await SecureClient(port: port, site.client(), preamble: header())
    #expect(try await client.line().contains(" auth=token,scram-plus "))
    #expect(try await client.ask("auth nonsense").last?.hasPrefix("- auth.failed ") == true)
    try await expect(["192.0.2.7", "auth token", "auth.failed"], in: refusals)
    await Self.distrust(server)
    let liar = try await TestClient(port: server.port)
    try await liar.send(header([127, 0, 0, 9]) + Array("\nping\n".utf8))
    #expect(try await liar.line().hasPrefix("* slp=1 "))
    #expect(try await liar.line().hasPrefix("- "))
  }

  @EventLoop
  private static func distrust(_ server: TestServer) { server.server.balancers = [] }
}
