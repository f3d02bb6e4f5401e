import Glibc
import TestSupport
import Testing

@testable import Postgres

/// A command line that cannot be followed is refused before anything is touched, with status 64.
@Suite struct UsageTests {
  @Test(arguments: [
    (["--hoem", "/tmp"], "did you mean --home?"),
    (["servee"], "did you mean serve?"),
    (["--format", "xml", "-c", "ping"], "--format is"),
    (["-c", "ping", "serve"], "they do not go with a subcommand"),
    (["-f", "batch", "migrate"], "they do not go with a subcommand"),
    (["-c", "ping", "-f", "batch"], "not both"),
    (["--home"], "--home needs a value"),
    (["--accept-weak-durability", "maybe", "serve"], "yes or no"),
  ])
  func aWrongCommandLineIsAUsageError(arguments: [String], message: String) async throws {
    try await blocking {
      let folder = TestCluster.temporaryFolder()
      defer { TestCluster.removeFolder(folder) }
      let home = folder + "/home"
      let given = arguments == ["--home"] ? arguments : ["--home", home] + arguments
      let program = try Program(sister: given, in: folder)
      #expect(program.wait() == .exited(64))
      #expect(program.errors.hasPrefix("sister: usage."), "\(program.errors)")
      #expect(program.errors.contains(message), "\(program.errors)")
      #expect(program.output == "")
      #expect(access(home, F_OK) != 0, "the home was made")
    }
  }

  @Test(arguments: ["--version", "--help"])
  func whatNeedsNoHomeWorksWithoutOne(flag: String) async throws {
    try await blocking {
      let folder = TestCluster.temporaryFolder()
      defer { TestCluster.removeFolder(folder) }
      // Not even root can make a folder there.
      let program = try Program(sister: ["--home", "/proc/self/no/home", flag], in: folder)
      #expect(program.wait() == .exited(0))
      #expect(program.output.hasPrefix("sister "))
      #expect(program.errors == "")
    }
  }
}

/// A home that the user may not use is refused, and what needs none works all the same.
@Suite struct UnreadableHomeTests {
  @Test(.enabled(if: geteuid() == 0, "only root can become somebody else"))
  func aHomeOfSomebodyElseIsRefusedByName() async throws {
    try await blocking {
      let folder = TestCluster.temporaryFolder()
      defer { TestCluster.removeFolder(folder) }
      let home = folder + "/closed"
      mkdir(home, 0o700)
      // The program itself may lie where only root can go.
      let copy = folder + "/sister"
      try #require(Program(["/bin/cp", Program.sister, copy], in: folder).wait() == .exited(0))
      func run(_ arguments: String...) throws -> Program {
        let nobody = [
          "/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--", copy,
          "--home", home,
        ]
        let program = try Program(nobody + arguments, in: folder)
        program.wait()
        return program
      }
      #expect(try run("--version").poll() == .exited(0))
      #expect(try run("--help").poll() == .exited(0))
      for arguments in [["-c", "ping"], ["serve", "--listen=none"]] {
        let program = try run(arguments[0], arguments[1])
        #expect(program.poll() == .exited(75), "\(program.errors)")
        #expect(program.errors.hasPrefix("sister: busy.unavailable: "), "\(program.errors)")
        #expect(program.errors.contains(home), "\(program.errors)")
      }
    }
  }
}
