import Glibc
import TestSupport
import Testing

/// The program under a supervisor: what it tells it, and what it answers when it is asked.
@Suite("The program under a supervisor", .serialized, .ownThread)
struct SupervisionTests {
  /// A supervisor's socket, and the server that it has started.
  private final class Supervised {
    let home = TestCluster.temporaryFolder()
    private let descriptor: Int32
    private let program: StartedProgram

    /// Starts a server; `isAbstract` tells what kind of name the supervisor's socket has.
    init(isAbstract: Bool, watchdogMicroseconds: Int) throws {
      let place = isAbstract ? "@sister-test-\(getpid())" : "\(home)/notify"
      descriptor = try Self.socket(at: place)
      let log = "\(home)/log"
      program = try StartedProgram(
        [
          "/usr/bin/env", "NOTIFY_SOCKET=\(place)", "WATCHDOG_USEC=\(watchdogMicroseconds)",
          StartedProgram.path, "serve", "--home=\(home)/home", "--listen=none",
        ], home: home, files: ("/dev/null", log, log))
    }

    deinit {
      kill(program.pid, SIGCONT)
      kill(program.pid, SIGTERM)
      _ = program.wait()
      close(descriptor)
      for _ in 0..<300 where access("\(home)/home/data/postmaster.pid", F_OK) == 0 {
        usleep(100_000)
      }
      TestCluster.removeFolder(home)
    }

    /// A socket of the name that `NOTIFY_SOCKET` would have.
    private static func socket(at place: String) throws -> Int32 {
      let isAbstract = place.hasPrefix("@")
      let descriptor = Glibc.socket(
        AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { bytes in
        bytes.copyBytes(from: place.utf8)
        if isAbstract { bytes[0] = 0 }
      }
      let length = socklen_t(2 + place.utf8.count + (isAbstract ? 0 : 1))
      let status = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
      }
      try #require(status == 0)
      return descriptor
    }

    func signal(_ number: Int32) { kill(program.pid, number) }

    func end() -> Int32? { program.wait() }

    /// What is said next; nil if nothing comes in time.
    func hear(milliseconds: Int32 = 60_000) -> String? {
      var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&wanted, 1, milliseconds) == 1 else { return nil }
      var bytes = [UInt8](repeating: 0, count: 4_096)
      let count = recv(descriptor, &bytes, bytes.count, 0)
      return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    /// What is said next beside that the loop turns.
    func hearNews() -> String? {
      for _ in 0..<1_000 {
        let notice = hear()
        if notice != "WATCHDOG=1" { return notice }
      }
      return nil
    }

    /// Asks whether the server is well.
    func health() throws -> (status: Int32?, output: String) {
      let output = "\(home)/health"
      unlink(output)
      let run = try StartedProgram(
        [StartedProgram.path, "--home=\(home)/home", "health"], home: home,
        files: ("/dev/null", output, output))
      return (run.wait(), contents(output))
    }
  }

  @Test("READY, WATCHDOG at half the time, RELOADING around SIGHUP, STOPPING; health meanwhile")
  func notices() async throws {
    try await blocking {
      let server = try Supervised(isAbstract: false, watchdogMicroseconds: 400_000)
      #expect(server.hear(milliseconds: 120_000) == "READY=1")
      var beats = 0
      while beats < 4, server.hear(milliseconds: 5_000) == "WATCHDOG=1" { beats += 1 }
      #expect(beats == 4)
      let well = try server.health()
      #expect(well.status == 0)
      #expect(well.output.contains("sister/") && well.output.contains(" is well ("))

      // It has no certificate to read again, and goes on: SIGHUP is the supervisor's.
      server.signal(SIGHUP)
      let reloading = server.hearNews()
      #expect(reloading?.hasPrefix("RELOADING=1\nMONOTONIC_USEC=") == true, "\(reloading ?? "")")
      #expect(server.hearNews() == "READY=1")

      // A server that hangs says nothing, and is said not to be well.
      server.signal(SIGSTOP)
      while server.hear(milliseconds: 500) != nil {}
      let hung = try server.health()
      #expect(hung.status == 75)
      #expect(hung.output.hasPrefix("sister: busy.timeout: "), "\(hung)")
      server.signal(SIGCONT)
      #expect(server.hear(milliseconds: 5_000) == "WATCHDOG=1")

      server.signal(SIGTERM)
      #expect(server.hearNews() == "STOPPING=1")
      #expect(server.end() == 0)
      let gone = try server.health()
      #expect(gone.status == 75)
      #expect(gone.output.hasPrefix("sister: busy.unavailable: no server listens on "), "\(gone)")
    }
  }

  @Test("An abstract name of the socket; without a watchdog nothing is said of the loop")
  func abstractName() async throws {
    try await blocking {
      let server = try Supervised(isAbstract: true, watchdogMicroseconds: 0)
      #expect(server.hear(milliseconds: 120_000) == "READY=1")
      #expect(server.hear(milliseconds: 500) == nil)
      server.signal(SIGTERM)
      #expect(server.hear() == "STOPPING=1")
      #expect(server.end() == 0)
    }
  }
}
