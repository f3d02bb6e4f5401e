import Glibc
import Postgres
import TestSupport
import Testing

/// `sister serve` as a process, on a database with the demo data, for who is to harm it.
final class HostileServer {
  let port: UInt16
  /// The token of somebody with few rights.
  let token: String
  private let home = TestCluster.temporaryFolder()
  private let program: StartedProgram
  private let service: TestService
  private var logPath: String { home + "/log" }

  /// Serves the database of `service`.
  init(_ service: TestService, token: String) throws {
    self.service = service
    self.token = token
    let database =
      "host='\(TestCluster.shared.lease.socketDirectory)' port=5432 user=sister_service "
      + "dbname=\(service.databaseName)"
    let log = home + "/log"
    let started = try StartedProgram(
      [
        StartedProgram.path, "serve", "--home=\(home)", "--listen=127.0.0.1:0",
        "--database-url=\(database)",
      ], home: home, files: ("/dev/null", log, log))
    program = started
    var found: UInt16?
    for _ in 0..<6_000 where found == nil && started.poll() == nil {
      usleep(20_000)
      found = contents(log).firstMatch(of: #/ tcp="127.0.0.1:([0-9]+)"/#).flatMap { UInt16($0.1) }
    }
    port = try #require(found, "it does not listen: \(contents(log))")
  }

  deinit {
    kill(program.pid, SIGTERM)
    _ = program.wait()
    TestCluster.removeFolder(home)
  }

  var isAlive: Bool { program.poll() == nil }

  /// What it has logged.
  var log: String { contents(logPath) }

  /// Its resident memory, in KiB.
  var memoryKiB: Int {
    let status = contents("/proc/\(program.pid)/status")
    return status.firstMatch(of: #/VmRSS:\s*([0-9]+) kB/#).flatMap { Int($0.1) } ?? 0
  }

  /// Its open descriptors.
  var descriptors: Int { links.count }

  /// Those of them that are connections by TCP.
  var connections: Int {
    let rows = contents("/proc/\(program.pid)/net/tcp").split(separator: "\n").dropFirst()
    let inodes = rows.compactMap { row -> Substring? in
      let cells = row.split(separator: " ")
      // 0A is the state of a socket that listens.
      return cells.count > 9 && cells[3] != "0A" ? cells[9] : nil
    }
    return Set(inodes.map { "socket:[\($0)]" }).intersection(links).count
  }

  /// What its open descriptors are.
  private var links: [String] {
    let path = "/proc/\(program.pid)/fd"
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var links: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      var link = [UInt8](repeating: 0, count: 256)
      let count = link.withUnsafeMutableBytes {
        let text = $0.assumingMemoryBound(to: CChar.self)
        return text.baseAddress.map { readlink("\(path)/\(name)", $0, text.count) } ?? 0
      }
      if count > 0 { links.append(String(decoding: link[..<count], as: UTF8.self)) }
    }
    return links
  }
}
