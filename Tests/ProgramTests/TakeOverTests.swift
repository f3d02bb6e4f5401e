import EventLoop
import Glibc
import Security
import TestSupport
import Testing

/// One server takes over from another while clients come and go.
@Suite("A server that takes over from another", .serialized, .ownThread)
struct TakeOverTests {
  private final class Site {
    let home = TestCluster.temporaryFolder()
    let port = UInt16.random(in: 20_000..<32_000)
    let tls = TLSSite()
    private var programs: [StartedProgram] = []

    var socket: String { "\(home)/home/sister.sock" }
    var tlsPort: UInt16 { port + 1 }

    func start(_ name: String, takesOver: Bool) throws -> StartedProgram {
      let log = "\(home)/\(name).log"
      let files = tls.serverFiles(name)
      let program = try StartedProgram(
        [
          StartedProgram.path, "serve", "--home=\(home)/home", "--listen=127.0.0.1:\(port)",
          "--listen-tls=127.0.0.1:\(tlsPort)", "--tls-certificate=\(files.certificate)",
          "--tls-key=\(files.key)", "--take-over=\(takesOver ? "yes" : "no")",
        ], home: home, files: ("/dev/null", log, log))
      programs.append(program)
      return program
    }

    func log(_ name: String) -> String { contents("\(home)/\(name).log") }

    deinit {
      for program in programs where program.poll() == nil {
        kill(program.pid, SIGTERM)
        _ = program.wait()
      }
      for _ in 0..<300 where access("\(home)/home/data/postmaster.pid", F_OK) == 0 {
        usleep(100_000)
      }
      TestCluster.removeFolder(home)
    }
  }

  /// Clients that connect, ask, and go, until they are told to stop.
  private actor Crowd {
    private(set) var served = 0
    private(set) var told = 0
    private(set) var failures: [String] = []
    private var isOver = false

    func end() { isOver = true }

    /// `visit` connects, asks, and says what it was answered behind the greeting.
    func come(_ visit: @Sendable () async throws -> String) async {
      while !isOver {
        do {
          let answer = try await visit()
          if answer.hasPrefix("+ ms=") {
            served += 1
          } else if answer.hasPrefix("* drain=yes ") {
            told += 1
          } else {
            failures.append(answer)
          }
        } catch {
          failures.append("\(error)")
        }
      }
    }
  }

  @EventLoop
  private static func visit(_ client: TestClient) async throws -> String {
    _ = try await client.line()
    // Whoever has just been told that the server is stopping cannot send any more.
    try? await client.send("ping\n")
    return try await client.line()
  }

  @EventLoop
  private static func visit(_ client: SecureClient) async throws -> String {
    _ = try await client.line()
    // Whoever has just been told that the server is stopping cannot send any more.
    try? await client.send("ping\n")
    return try await client.line()
  }

  @Test("No connection finds nobody, by TCP or by the socket; the other server ends as it should")
  func takeOver() async throws {
    let site = Site()
    let first = try site.start("first", takesOver: false)
    let (port, socket) = (site.port, site.socket)
    try await eventually("it listens") { UnixSocket.answers(socket) }
    let second = try site.start("second", takesOver: false)
    #expect(second.wait() == 75)
    #expect(site.log("second").contains("--take-over yes replaces it"))
    let idle = try await TestClient(path: socket)
    _ = try await idle.line()
    let crowd = Crowd()
    let (tlsPort, context) = (site.tlsPort, try site.tls.client())
    async let byPort: Void = crowd.come { try await Self.visit(TestClient(port: port)) }
    async let bySocket: Void = crowd.come { try await Self.visit(TestClient(path: socket)) }
    async let byTLS: Void = crowd.come {
      try await Self.visit(SecureClient(port: tlsPort, context))
    }
    let third = try site.start("third", takesOver: true)
    #expect(first.wait() == 0)
    #expect(try await idle.line().hasPrefix("* drain=yes "))
    let fourth = try site.start("fourth", takesOver: true)
    #expect(third.wait() == 0)
    let before = await crowd.served
    try await eventually("clients are served again") { await crowd.served > before + 100 }
    await crowd.end()
    _ = await (byPort, bySocket, byTLS)
    let failures = await crowd.failures
    #expect(failures.isEmpty, "\(failures.prefix(5))")
    // At most one at each door is told by each old server that it is stopping.
    #expect(await crowd.told <= 6)
    #expect(fourth.poll() == nil)
    kill(fourth.pid, SIGTERM)
    #expect(fourth.wait() == 0)
    #expect(access(socket, F_OK) != 0)
  }

  @Test("Where nobody is, taking over is starting")
  func nobody() async throws {
    let site = Site()
    let program = try site.start("alone", takesOver: true)
    let socket = site.socket
    try await eventually("it listens") { UnixSocket.answers(socket) }
    kill(program.pid, SIGTERM)
    #expect(program.wait() == 0)
  }
}
