import Glibc
import TestSupport
import Testing

@testable import Postgres

/// A full disk is said by its name, loses nothing, and is no obstacle once there is room.
@Suite struct FullDiskTests {
  @Test(.enabled(if: SmallDisk.canBeMade, "only root, where it may mount, can make a small disk"))
  func writesAreRefusedAndNothingAcknowledgedIsLost() async throws {
    try await withServerOnSmallDisk { home, disk, client in
      var acknowledged = try Self.write(100, client)
      disk.fill()
      // What was allocated before takes some more: rows in pages, and the log in its segment.
      var refused: KeyedWrite?
      for number in 1...20_000 {
        let write = KeyedWrite(client: "full", number: number)
        guard client.run(write.command) == .acknowledged(replayed: false) else {
          refused = write
          break
        }
        acknowledged.insert(write)
      }
      let write = try #require(refused, "the disk never became full")
      #expect(client.status.hasPrefix("- busy.disk-full retry=60 effect=none "), "\(client.status)")
      #expect(client.run("initiative list limit=1") == .acknowledged(replayed: false))
      #expect(try Checker(home.connect()).judge(acknowledged).isSound)

      disk.empty()
      #expect(client.run(write.command) == .acknowledged(replayed: false), "\(client.status)")
      acknowledged.insert(write)
      let verdict = try Checker(home.connect()).judge(acknowledged)
      #expect(verdict.isSound, "\(verdict)")
    }
  }

  /// Without room for its log, PostgreSQL ends, and cannot recover before there is room again.
  @Test(.enabled(if: SmallDisk.canBeMade, "only root, where it may mount, can make a small disk"))
  func aDatabaseThatItsFullDiskEndedComesBackByItself() async throws {
    try await withServerOnSmallDisk { home, disk, client in
      var acknowledged = try Self.write(100, client)
      let administrator = try RawConnection(
        "host='\(home.path)/run' port=5432 user=sister_admin dbname=postgres")
      disk.fill()
      // The next segment of the log, twice in case one was kept for that.
      for _ in 1...2 {
        _ = try? administrator.exec("SELECT pg_logical_emit_message(true, 'x', 'x')")
        _ = try? administrator.exec("SELECT pg_switch_wal()")
      }
      _ = try? administrator.exec("SELECT pg_logical_emit_message(true, 'x', 'x')")
      let isDown = waitUntil(seconds: 60) { home.databaseProcesses.isEmpty }
      #expect(isDown, "PostgreSQL lives on a full disk")

      let write = KeyedWrite(client: "full", number: 1)
      for command in [write.command, "initiative list"] {
        let outcome = client.run(command)
        #expect(outcome == .refused(code: "busy.disk-full", effectIsUnknown: false))
      }
      disk.empty()
      #expect(client.run(write.command) == .acknowledged(replayed: false), "\(client.status)")
      acknowledged.insert(write)
      let verdict = try Checker(home.connect()).judge(acknowledged)
      #expect(verdict.isSound, "\(verdict)")
    }
  }

  @Test(.enabled(if: SmallDisk.canBeMade, "only root, where it may mount, can make a small disk"))
  func aStartOnAFullDiskSaysSo() async throws {
    try await blocking {
      let folder = TestCluster.temporaryFolder()
      defer { TestCluster.removeFolder(folder) }
      let disk = try SmallDisk(folder + "/disk", megabytes: 20)
      defer { disk.remove() }
      let home = CrashHome(folder: disk.path)
      let program = try Program(sister: ["--home", home.path, "-c", "ping"], in: folder)
      #expect(program.wait() == .exited(75))
      #expect(program.errors.contains("sister: busy.disk-full: "), "\(program.errors)")
      #expect(program.errors.contains(home.path), "\(program.errors)")
      #expect(home.waitUntilDeserted(), "left running: \(home.remains)")
    }
  }

  private static func write(_ count: Int, _ client: LineClient) throws -> Set<KeyedWrite> {
    let writes = (1...count).map { KeyedWrite(client: "room", number: $0) }
    for write in writes {
      try #require(client.run(write.command) == .acknowledged(replayed: false))
    }
    return Set(writes)
  }

  private func withServerOnSmallDisk(
    _ body: @escaping @Sendable (CrashHome, SmallDisk, LineClient) throws -> Void
  ) async throws {
    try await CrashHome.with { original in
      let disk = try SmallDisk(original.folder + "/disk", megabytes: 200)
      defer { disk.remove() }
      let home = CrashHome(folder: disk.path)
      let copy = try Program(["/bin/cp", "-a", original.path, home.path], in: original.folder)
      try #require(copy.wait() == .exited(0), "\(copy.errors)")
      let server = try RunningServer(
        ["--home", home.path], socket: home.socket, in: original.folder)
      defer {
        disk.empty()
        server.stop()
        #expect(home.waitUntilDeserted(), "left running: \(home.remains)")
      }
      try body(home, disk, #require(LineClient(home.socket)))
    }
  }
}

/// A small file system in memory.
struct SmallDisk: Sendable {
  let path: String
  private var filler: String { path + "/filler" }

  init(_ path: String, megabytes: Int) throws {
    self.path = path
    mkdir(path, 0o711)
    let status = mount("sister-test", path, "tmpfs", 0, "size=\(megabytes)m,mode=711")
    try #require(status == 0, "cannot mount: \(errorText(errno))")
  }

  /// Whether this process may mount one.
  static let canBeMade: Bool = {
    guard geteuid() == 0 else { return false }
    let folder = TestCluster.temporaryFolder()
    defer { TestCluster.removeFolder(folder) }
    guard let disk = try? SmallDisk(folder, megabytes: 1) else { return false }
    disk.remove()
    return true
  }()

  /// Takes all the room that is left.
  func fill() {
    let descriptor = open(filler, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    defer { close(descriptor) }
    let block = [UInt8](repeating: 0xFF, count: 65_536)
    while write(descriptor, block, block.count) > 0 {}
  }

  /// Gives the room back.
  func empty() { unlink(filler) }

  /// Unmounts it, whoever is still in it.
  func remove() { umount2(path, Int32(MNT_DETACH)) }
}
