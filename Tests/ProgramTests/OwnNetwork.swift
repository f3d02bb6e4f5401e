import Glibc
import Postgres
import TestSupport
import Testing

/// A network of a test's own, in a namespace: beside the loopback it has addresses that are nobody's
/// (RFC 5737), of a server's and of another machine. `sister serve` runs in it as a process.
final class OwnNetwork {
  static let server = "192.0.2.1"
  static let other = "192.0.2.2"

  /// How `unshare` makes one here: as root, or as an ordinary user who is root inside; nil where
  /// nobody may, as in many containers, or where there is no `ip`.
  static let means: [String]? = {
    let folder = TestCluster.temporaryFolder()
    defer { TestCluster.removeFolder(folder) }
    return [["--net"], ["--user", "--map-root-user", "--net"]].first { means in
      let trial = try? StartedProgram(
        ["/usr/bin/unshare"] + means + ["/bin/sh", "-c", setUp], home: folder,
        files: ("/dev/null", "/dev/null", "/dev/null"))
      return trial?.wait() == 0
    }
  }()

  private static let setUp =
    "PATH=$PATH:/usr/sbin:/sbin; ip link set lo up && ip address add \(server)/24 dev lo && "
    + "ip address add \(other)/24 dev lo"

  let home = TestCluster.temporaryFolder()
  private let means: [String]
  private var program: StartedProgram?
  private var number = 0
  /// The database is outside: a socket of its file system reaches it.
  private let database: String

  init() throws {
    means = try #require(Self.means)
    let name = try TestCluster.shared.makeDatabase()
    database =
      "host='\(TestCluster.shared.lease.socketDirectory)' port=5432 user=sister_service "
      + "dbname=\(name)"
  }

  deinit {
    if let program {
      kill(program.pid, SIGTERM)
      _ = program.wait()
    }
    TestCluster.removeFolder(home)
  }

  /// Runs `sister serve` with these arguments in the network until it ends, or has written `text`:
  /// what it has written, and its exit status if it has ended.
  func serve(_ arguments: String, until text: String) throws -> (log: String, status: Int32?) {
    number += 1
    let log = "\(home)/\(number).log"
    let command =
      "\(Self.setUp) && exec '\(StartedProgram.path)' serve --home=\(home) --database-url "
      + "\"\(database)\" \(arguments)"
    let started = try StartedProgram(
      ["/usr/bin/unshare"] + means + ["/bin/sh", "-c", command], home: home,
      files: ("/dev/null", log, log))
    for _ in 0..<6_000 where started.poll() == nil && !contents(log).contains(text) {
      usleep(20_000)
    }
    if started.poll() == nil { program = started }
    return (contents(log), started.poll())
  }

  /// Runs a line of a shell to its end: inside the network, or outside, where files are the same.
  func shell(_ line: String, inside: Bool) throws -> ProgramHome.Result {
    number += 1
    let (output, errors) = ("\(home)/\(number).out", "\(home)/\(number).err")
    var enter: [String] = []
    if inside {
      let program = try #require(program, "no server runs")
      let isUser = means.contains("--user")
      enter =
        ["/usr/bin/nsenter", "--target=\(program.pid)", "--net"]
        + (isUser ? ["--user", "--preserve-credentials"] : [])
    }
    let folder = StartedProgram.path.split(separator: "/").dropLast().joined(separator: "/")
    let netcat = "if command -v nc.openbsd >/dev/null; then alias nc=nc.openbsd; fi"
    let run = try StartedProgram(
      enter + ["/bin/sh", "-c", "export PATH=/\(folder):$PATH; cd \(home); \(netcat)\n\(line)"],
      home: home, files: ("/dev/null", output, errors))
    return ProgramHome.Result(
      status: run.wait(), output: contents(output), errors: contents(errors))
  }
}
