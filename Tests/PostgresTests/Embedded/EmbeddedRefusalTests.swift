import Glibc
import TestSupport
import Testing

@testable import Postgres

/// A home that cannot work is refused with a text that says why and what to do.
@Suite struct EmbeddedRefusalTests {
  private func refusal(_ home: String, binaries: String? = nil) throws -> EmbeddedClusterError {
    let error = #expect(throws: EmbeddedClusterError.self) {
      try EmbeddedCluster(home: home, binaries: binaries).acquire { _ in }
    }
    return try #require(error)
  }

  @Test func aPathWithoutRoomForASocket() throws {
    let error = try refusal("/tmp/" + String(repeating: "long", count: 25))
    #expect(error.reason == .pathTooLong)
    #expect(error.message.contains("105 bytes; its sockets leave room for 89"))
  }

  @Test(arguments: ["", "/tmp/a\nb", "/tmp/a,b"])
  func aPathThatPostgresCannotKeep(path: String) throws {
    let error = try refusal(path)
    #expect(error.reason == .homeInvalid)
  }

  @Test func aFileInPlaceOfAHome() async throws {
    try await EmbeddedTestHome.with(prepared: false) { home in
      close(open(home.home, O_WRONLY | O_CREAT, 0o644))
      for path in [home.home, home.home + "/below"] {
        let error = try refusal(path)
        #expect(error.reason == .homeNotDirectory)
      }
    }
  }

  @Test(.enabled(if: geteuid() == 0)) func aHomeThatIsClosedToPostgres() async throws {
    try await EmbeddedTestHome.with(prepared: false) { home in
      let closed = home.folder + "/closed"
      mkdir(closed, 0o700)
      let error = try await blocking { try refusal(closed + "/home") }
      #expect(error.reason == .homeClosed)
      #expect(error.message.hasPrefix("\(closed) is closed to user postgres"))
      #expect(error.message.contains("--home /var/lib/sister"))
    }
  }

  @Test(.enabled(if: geteuid() == 0)) func aHomeOfSomebodyElse() async throws {
    try await EmbeddedTestHome.with(prepared: false) { home in
      mkdir(home.home, 0o711)
      let path = home.home
      await #expect(processExitsWith: .exitCode(7)) { [path = path as String] in
        guard setgid(65_534) == 0, setuid(65_534) == 0 else { exit(2) }
        do throws(EmbeddedClusterError) {
          _ = try EmbeddedCluster(home: path).acquire { _ in }
        } catch {
          exit(error.reason == .homeUnwritable ? 7 : 3)
        }
      }
    }
  }

  @Test func aDataFolderOfAnotherVersion() async throws {
    try await EmbeddedTestHome.with { home in
      try await blocking {
        let account = try ClusterHome.open(home.home).account
        try replaceFile(home.home + "/data/PG_VERSION", text: "12\n", owner: account)
        let error = try refusal(home.home)
        #expect(error.reason == .versionMismatch)
        #expect(error.message.contains("made by PostgreSQL 12"))
        #expect(error.message.contains("postgresql-12"))
      }
    }
  }

  @Test func aFolderWithoutPostgres() async throws {
    try await EmbeddedTestHome.with(prepared: false) { home in
      try await blocking {
        let error = try refusal(home.home, binaries: "/usr/games")
        #expect(error.reason == .postgresMissing)
        #expect(error.message.contains("/usr/games"))
      }
    }
  }

  @Test func aLockThatIsNeverFree() async throws {
    try await EmbeddedTestHome.with(prepared: false) { home in
      try await blocking {
        let opened = try ClusterHome.open(home.home)
        let lock = try FileLock.tryAcquire(opened.paths.lock, owner: opened.account)
        defer { withExtendedLifetime(lock) {} }
        var said: [String] = []
        let error = #expect(throws: EmbeddedClusterError.self) {
          try EmbeddedCluster(
            home: home.home, binaries: nil, timings: ClusterTimings(lockLimit: .seconds(2))
          ).acquire { said.append($0) }
        }
        #expect(error?.reason == .busy)
        #expect(said.count == 1)
      }
    }
  }

  @Test func theDefaultHome() {
    let home = { EmbeddedCluster.defaultHome(environment: $0, isRoot: $1) }
    #expect(home([:], true) == "/var/lib/sister")
    #expect(home(["HOME": "/home/ada"], false) == "/home/ada/.local/share/sister")
    #expect(home(["HOME": "/h", "XDG_DATA_HOME": "/data"], false) == "/data/sister")
    #expect(home(["HOME": "/h", "XDG_DATA_HOME": "data"], false) == "/h/.local/share/sister")
  }
}
