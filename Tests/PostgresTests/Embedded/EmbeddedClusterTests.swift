import Glibc
import TestSupport
import Testing

@testable import Postgres

/// A cluster is made on first use, shared by its users, and gone after the last of them.
@Suite struct EmbeddedClusterTests {
  @Test func firstUseMakesAClusterThatAServiceCanUse() async throws {
    try await EmbeddedTestHome.with(prepared: false) { home in
      try await blocking {
        var said: [String] = []
        let lease = try home.cluster.acquire { said.append($0) }
        defer { lease.release() }
        #expect(said.contains { $0.hasPrefix("Creating the database") })
        let owner = try sql(
          lease.connectionString(role: .owner),
          """
          SELECT current_user, current_setting('data_checksums'), current_setting('fsync'),
            current_setting('listen_addresses'), getdatabaseencoding(), datlocprovider,
            lower('ÅRHUS ΣΊΣΤΕΡ'), 'ö' < 'z'
          FROM pg_database WHERE datname = current_database()
          """)
        #expect(owner == [["sister_owner", "on", "on", "", "UTF8", "i", "århus σίστερ", "t"]])
        let service = try sql(
          lease.connectionString(role: .service),
          """
          SELECT rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole,
            has_database_privilege(current_database(), 'CREATE')
          FROM pg_roles WHERE rolname = current_user
          """)
        #expect(service == [["f", "f"]])
        #expect(FileStatus(lease.socketDirectory).map { $0.mode & 0o777 } == 0o700)
        #expect(!namesInFolder(home.home).contains { $0.hasPrefix("data.unfinished") })
      }
    }
  }

  @Test func leasesShareOnePostgresAndTheLastReleaseStopsIt() async throws {
    try await EmbeddedTestHome.with { home in
      try await blocking {
        let first = try home.acquire()
        let postmaster = try #require(home.postmaster)
        let second = try home.acquire()
        #expect(home.postmaster == postmaster)
        // A terminal's signals to our process group reach neither of them, and the keeper holds
        // nothing of ours: the standard descriptors, the FIFO, and 10, where the shell keeps its
        // standard input while it reads.
        let keeper = try #require(home.keepers.first)
        #expect(Set([getsid(0), getsid(postmaster), getsid(keeper)]).count == 3)
        let held = Set(namesInFolder("/proc/\(keeper)/fd"))
        #expect(held.isSubset(of: ["0", "1", "2", "3", "10"]))
        first.release()
        pause(milliseconds: 500)
        try sql(second.connectionString(role: .service), "SELECT 1")
        #expect(home.postmaster == postmaster)
        second.release()
        second.release()
        #expect(home.waitUntilStopped())
        #expect(throws: EmbeddedClusterError.self) { try second.ensureRunning() }
        // Stopped in order, not killed: the next start has nothing to recover.
        #expect(FileStatus(home.home + "/data/postmaster.pid") == nil)
      }
    }
  }

  @Test func aHomeMayHaveAnAwkwardName() async throws {
    try await EmbeddedTestHome.with(name: "h o'm\\e \"$(x)%ü") { home in
      try await blocking {
        let lease = try home.acquire()
        defer { lease.release() }
        try sql(lease.connectionString(role: .service), "SELECT 1")
        try sql(lease.connectionString(role: .owner), "SELECT 1")
      }
    }
  }

  @Test func acquiringWhileItStopsStartsItAgain() async throws {
    try await EmbeddedTestHome.with { home in
      try await blocking {
        for _ in 0..<3 {
          let lease = try home.acquire()
          try sql(lease.connectionString(role: .service), "SELECT 1")
          lease.release()
        }
        let lease = try home.acquire()
        lease.release()
        pause(milliseconds: 60)
        let next = try home.acquire()
        try sql(next.connectionString(role: .service), "SELECT 1")
        next.release()
      }
    }
  }

  @Test func aHolderKilledByForceTakesPostgresWithIt() async throws {
    try await EmbeddedTestHome.with { home in
      let path = home.home
      await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
        let lease = try EmbeddedCluster(home: path).acquire { _ in }
        try sql(lease.connectionString(role: .service), "SELECT 1")
        kill(getpid(), SIGKILL)
      }
      try await blocking {
        #expect(home.waitUntilStopped())
        #expect(FileStatus(path + "/data/postmaster.pid") == nil)
        #expect(FileStatus(path + "/data/PG_VERSION") != nil)
      }
    }
  }

  @Test func processesThatComeAtOnceShareOnePostgres() async throws {
    try await EmbeddedTestHome.with { home in
      let path = home.home
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 1...3 {
          group.addTask {
            await #expect(processExitsWith: .success) {
              [path = path as String, number = number as Int] in
              let lease = try EmbeddedCluster(home: path).acquire { _ in }
              let begun = try sql(
                lease.connectionString(role: .service),
                "SELECT pg_postmaster_start_time()::text")
              let note = open("\(path)/seen-\(number)", O_WRONLY | O_CREAT, 0o644)
              let text = begun.first?.first.flatMap { $0 } ?? ""
              write(note, text, text.utf8.count)
              close(note)
              // Everybody stays until all have seen theirs.
              let all = waitUntil(seconds: 30) {
                (1...3).allSatisfy { !(readTail("\(path)/seen-\($0)") ?? "").isEmpty }
              }
              lease.release()
              exit(all ? 0 : 1)
            }
          }
        }
        try await group.waitForAll()
      }
      let seen = Set((1...3).map { readTail("\(path)/seen-\($0)") })
      #expect(seen.count == 1)
      #expect(seen.first??.isEmpty == false)
    }
  }

  @Test func threadsThatComeAtOnceShareOnePostgres() async throws {
    try await EmbeddedTestHome.with { home in
      let leases = try await withThrowingTaskGroup(of: ClusterLease.self) { group in
        for _ in 0..<6 { group.addTask { try await blocking { try home.acquire() } } }
        return try await group.reduce(into: [ClusterLease]()) { $0.append($1) }
      }
      try await blocking {
        let begun = try leases.map {
          try sql($0.connectionString(role: .owner), "SELECT pg_postmaster_start_time()::text")
        }
        #expect(Set(begun).count == 1)
        #expect(home.keepers.count == 1)
        for lease in leases { lease.release() }
      }
    }
  }

  /// As root the tests can also be an ordinary user, and meet what such a user meets.
  @Test(.enabled(if: geteuid() == 0)) func anOrdinaryUserRunsItsOwn() async throws {
    try await EmbeddedTestHome.with(prepared: false) { home in
      let (path, folder) = (home.home, home.folder)
      let account = try await blocking { () -> [UInt32] in
        mkdir(path, 0o711)
        let account = try ClusterAccount.resolve(try ClusterPaths(home: path))
        rmdir(path)
        chown(folder, account.uid, account.gid)
        return [account.uid, account.gid]
      }
      await #expect(processExitsWith: .success) {
        [path = path as String, account = account as [UInt32]] in
        guard setgid(account[1]) == 0, setuid(account[0]) == 0 else { exit(2) }
        let lease = try EmbeddedCluster(home: path).acquire { _ in }
        try sql(lease.connectionString(role: .service), "SELECT 1")
        try sql(lease.connectionString(role: .owner), "SELECT 1")
        lease.release()
        exit(FileStatus(path).map { $0.mode & 0o777 } == 0o700 ? 0 : 3)
      }
      // Root may use the same home, and runs PostgreSQL as its owner.
      try await blocking {
        let lease = try home.acquire()
        try sql(lease.connectionString(role: .service), "SELECT 1")
        lease.release()
        #expect(FileStatus(path + "/run/users")?.owner == account[0])
      }
    }
  }
}
