import Glibc
import TestSupport
import Testing

@testable import Postgres

/// A full disk is said by its name, loses nothing, and is no obstacle once there is room.
@Suite struct FullDiskTests {
  @Test(.enabled(if: SmallDisk.canBeMade, "only root, where it may mount, can make a small disk"))
  func writesAreRefusedAndNothingAcknowledgedIsLost() async throws {
    try await CrashHome.with { home in
      let disk = try SmallDisk(home.folder + "/disk", megabytes: 200)
      defer { disk.remove() }
      let small = CrashHome(folder: disk.path)
      let copy = try Program(["/bin/cp", "-a", home.path, small.path], in: home.folder)
      try #require(copy.wait() == .exited(0), "\(copy.errors)")
      let server = try RunningServer(
        ["--home", small.path], socket: small.socket, in: home.folder)
      defer {
        server.stop()
        #expect(small.waitUntilDeserted(), "left running: \(small.remains)")
      }
      let client = try #require(LineClient(small.socket))
      var acknowledged: Set<KeyedWrite> = []
      for number in 1...100 {
        let write = KeyedWrite(client: "room", number: number)
        try #require(client.run(write.command) == .acknowledged(replayed: false))
        acknowledged.insert(write)
      }
      disk.fill()
      // What was allocated before takes some more: rows in pages, and the log in its segment.
      var refused: KeyedWrite?
      for number in 1...20_000 {
        let write = KeyedWrite(client: "full", number: number)
        if client.run(write.command) == .acknowledged(replayed: false) {
          acknowledged.insert(write)
        } else {
          refused = write
          break
        }
      }
      let write = try #require(refused, "the disk never became full")
      #expect(client.status.hasPrefix("- busy.disk-full retry=60 effect=none "), "\(client.status)")
      #expect(client.run("initiative list limit=1") == .acknowledged(replayed: false))
      #expect(try Checker(small.connect()).judge(acknowledged).isSound)

      disk.empty()
      #expect(client.run(write.command) == .acknowledged(replayed: false), "\(client.status)")
      acknowledged.insert(write)
      let verdict = try Checker(small.connect()).judge(acknowledged)
      print("full disk: acknowledged \(acknowledged.count) in all")
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
