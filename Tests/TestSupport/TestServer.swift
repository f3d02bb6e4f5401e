import Access
import EventLoop
import Foundations
import Glibc
import Security
import Server

/// A server in the test's process: on a port of its own and on a Unix socket in a folder that goes
/// away with it.
package final class TestServer: Sendable {
  package let server: Server
  /// The TCP port of 127.0.0.1.
  package let port: UInt16
  package let socketPath: String
  private let folder: String
  /// Its database lives as long as the server.
  private let owner: TestService?

  /// Starts a server of a test's service.
  package static func start(_ service: TestService) async throws -> TestServer {
    try await TestServer(Server(service.service), owner: service)
  }

  /// Starts a server of `service`.
  package static func start(
    _ service: Service, maximumConnections: Int = Limits.connections,
    maximumRequests: Int = Limits.requestsUnderWay,
    roomWaitMilliseconds: Int64 = Limits.roomWaitMilliseconds,
    slowRequestMilliseconds: Int64 = Limits.slowRequestMilliseconds
  ) async throws -> TestServer {
    let server = await Server(
      service, maximumConnections: maximumConnections, maximumRequests: maximumRequests,
      roomWaitMilliseconds: roomWaitMilliseconds,
      slowRequestMilliseconds: slowRequestMilliseconds)
    return try await TestServer(server, owner: nil)
  }

  @EventLoop
  private init(_ server: Server, owner: TestService?) throws {
    self.owner = owner
    self.server = server
    folder = TestCluster.temporaryFolder()
    socketPath = "\(folder)/sister.sock"
    try server.listen(unix: socketPath)
    let address = try server.listen(tcp: "127.0.0.1:0")
    port = UInt16(address.split(separator: ":").last ?? "") ?? 0
  }

  deinit { TestCluster.removeFolder(folder) }

  /// Listens under TLS on 127.0.0.1 too; the port.
  @EventLoop
  package func listenTLS(_ context: TLSContext) throws -> UInt16 {
    let address = try server.listen(tls: "127.0.0.1:0", context)
    return UInt16(address.split(separator: ":").last ?? "") ?? 0
  }

  /// A connection by TCP, greeted.
  package func tcp() async throws -> TestClient {
    try await greeted(await TestClient(port: port))
  }

  /// A connection by the Unix socket, greeted: as the owner.
  package func unix() async throws -> TestClient {
    try await greeted(await TestClient(path: socketPath))
  }

  private func greeted(_ client: TestClient) async throws -> TestClient {
    let greeting = try await client.line()
    guard greeting.hasPrefix("* slp=1 ") else { throw TestClientError(what: greeting) }
    return client
  }

  /// Stops the server; returns when every connection has ended.
  package func drain() async {
    await Self.drain(server)
  }

  @EventLoop
  private static func drain(_ server: Server) async {
    await withCheckedContinuation { continuation in server.drain { continuation.resume() } }
  }

  /// Returns when the server holds so many connections.
  package func waitForConnections(_ count: Int) async throws {
    try await eventually("\(count) connections") { await self.server.connectionCount == count }
  }
}

/// Returns when `condition` holds; throws if that does not come about.
package func eventually(
  _ what: String, _ condition: @Sendable () async -> Bool
) async throws {
  for _ in 0..<6_000 {
    if await condition() { return }
    await EventLoop.sleep(milliseconds: 5)
  }
  throw TestClientError(what: "never came about: \(what)")
}
