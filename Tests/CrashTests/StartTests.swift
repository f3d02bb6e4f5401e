import Glibc
import TestSupport
import Testing

@testable import Postgres

/// What keeps the program from starting is said with its code and its exit status, and nothing
/// of the attempt stays behind.
@Suite struct StartTests {
  @Test(arguments: [["serve", "--listen=none"], ["-c", "initiative list"], ["migrate"]])
  func aDatabaseThatIsDownIsUnavailable(arguments: [String]) async throws {
    try await blocking {
      let folder = TestCluster.temporaryFolder()
      defer { TestCluster.removeFolder(folder) }
      let occupied = try #require(OccupiedPort(isListening: false))
      let url = "postgresql://sister_service@127.0.0.1:\(occupied.port)/sister"
      let program = try Program(
        sister: ["--home", folder + "/home", "--database-url", url] + arguments, in: folder)
      #expect(program.wait() == .exited(75))
      #expect(program.errors.hasPrefix("sister: busy.unavailable: "), "\(program.errors)")
      #expect(program.errors.contains("Connection refused"), "\(program.errors)")
    }
  }

  @Test func anOccupiedPortIsNamedAndNothingStaysBehind() async throws {
    try await CrashHome.with { home in
      let occupied = try #require(OccupiedPort(isListening: true))
      let program = try Program(
        sister: ["serve", "--home", home.path, "--listen", "127.0.0.1:\(occupied.port)"],
        in: home.folder)
      #expect(program.wait() == .exited(75))
      let expected = "sister: busy.unavailable: cannot listen on 127.0.0.1:\(occupied.port)"
      #expect(program.errors.contains(expected), "\(program.errors)")
      #expect(access(home.socket, F_OK) != 0, "the socket is still there")
      #expect(home.waitUntilDeserted(), "left running: \(home.remains)")
    }
  }

  @Test func aSecondServerIsRefusedAndTheFirstGoesOn() async throws {
    try await CrashHome.with { home in
      let server = try RunningServer(home)
      let second = try Program(
        sister: ["serve", "--home", home.path, "--listen", "none"], in: home.folder)
      #expect(second.wait() == .exited(75))
      #expect(second.errors.contains("a server is already listening on"), "\(second.errors)")
      let client = try #require(LineClient(home.socket))
      #expect(client.run("initiative list") == .acknowledged(replayed: false))
      #expect(server.program?.poll() == nil)
    }
  }

  /// Of servers that start at the same moment one serves, and the others do not take its socket.
  @Test func ofServersThatStartAtOnceOneServes() async throws {
    try await CrashHome.with { home in
      let servers = try (1...4).map { _ in
        try Program(sister: ["serve", "--home", home.path, "--listen", "none"], in: home.folder)
      }
      let isSettled = waitUntil(seconds: 60) { servers.filter { $0.poll() == nil }.count == 1 }
      #expect(isSettled, "\(servers.map { $0.poll() })")
      for server in servers {
        guard let ending = server.poll() else { continue }
        #expect(ending == .exited(75), "\(server.errors)")
        #expect(server.errors.contains("a server is already listening on"), "\(server.errors)")
      }
      let client = try #require(LineClient(home.socket), "the socket is gone")
      #expect(client.run("initiative list") == .acknowledged(replayed: false))
      for server in servers { server.signal(SIGTERM) }
      #expect(servers.contains { $0.wait() == .exited(0) })
    }
  }

  @Test func aFileInPlaceOfTheSocketIsNotReplaced() async throws {
    try await CrashHome.with { home in
      let path = home.folder + "/precious"
      close(open(path, O_WRONLY | O_CREAT, 0o600))
      let program = try Program(
        sister: ["serve", "--home", home.path, "--listen", "none", "--socket", path],
        in: home.folder)
      #expect(program.wait() == .exited(75))
      #expect(program.errors.contains("\(path) is no socket"), "\(program.errors)")
      #expect(FileStatus(path).map { $0.mode & S_IFMT } == S_IFREG, "the file is gone")
      #expect(home.waitUntilDeserted(), "left running: \(home.remains)")
    }
  }

  @Test func aDatabaseOfANewerVersionIsRefusedByTheNameOfItsMigration() async throws {
    try await CrashHome.with { home in
      let server = try RunningServer(home)
      let future = "INSERT INTO sister_meta.migration (name, checksum) VALUES ('9999_future', 'x')"
      try home.connect().exec(future)
      server.stop()
      for arguments in [["-c", "ping"], ["serve", "--listen=none"], ["migrate"]] {
        let program = try Program(sister: ["--home", home.path] + arguments, in: home.folder)
        #expect(program.wait() == .exited(70), "\(arguments)")
        #expect(program.errors.contains("sister: fault.database-newer: "), "\(program.errors)")
        #expect(program.errors.contains("9999_future"), "\(program.errors)")
      }
      #expect(home.waitUntilDeserted(), "left running: \(home.remains)")
    }
  }
}

/// A TCP port of the loopback that is taken: by somebody who listens, or by nobody who answers.
final class OccupiedPort {
  let port: UInt16
  private let descriptor: Int32

  init?(isListening: Bool) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let fd = descriptor
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(fd, $0, length) == 0 && getsockname(fd, $0, &length) == 0
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    guard status, !isListening || listen(descriptor, 1) == 0 else { return nil }
  }

  deinit { close(descriptor) }
}
