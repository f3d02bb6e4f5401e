import Glibc
import TestSupport
import Testing

/// A server under TLS as scripts and people across the network use it: the program itself, and the
/// clients for other languages.
@Suite("The program across a network", .serialized, .ownThread)
struct RemoteTests {
  /// A server of the program's on a home of its own, with a certificate.
  private final class Served {
    let folder = Folder()
    let home = TestCluster.temporaryFolder()
    let authority = Authority("Test CA")
    let ca: String
    let plain: String
    let tls: String
    private let program: StartedProgram
    private var number = 0

    init() throws {
      ca = authority.file(in: folder)
      _ = authority.issue(in: folder, "server", names: "DNS:localhost,IP:127.0.0.1")
      chmod(folder.path, 0o711)
      let log = "\(home)/log"
      program = try StartedProgram(
        [
          StartedProgram.path, "serve", "--home=\(home)/home", "--listen=127.0.0.1:0",
          "--listen-tls=127.0.0.1:0", "--tls-certificate=\(folder.path)/server.pem",
          "--tls-key=\(folder.path)/server.key",
        ], home: home, files: ("/dev/null", log, log))
      var lines = ""
      for _ in 0..<9_000 where !lines.contains(" tls=") {
        usleep(20_000)
        lines = contents(log)
      }
      plain = String(lines.firstMatch(of: #/ tcp="([^"]*)"/#)?.1 ?? "")
      tls = String(lines.firstMatch(of: #/ tls="127.0.0.1:([0-9]+)"/#)?.1 ?? "")
      try #require(tls != "", "it does not listen: \(lines)")
    }

    deinit { stop() }

    func stop() {
      kill(program.pid, SIGTERM)
      _ = program.wait()
      for _ in 0..<300 where access("\(home)/home/data/postmaster.pid", F_OK) == 0 {
        usleep(100_000)
      }
      TestCluster.removeFolder(home)
    }

    /// Runs a line of a shell, with `sister` on its path, to its end.
    func shell(_ line: String, _ environment: String = "") throws -> ProgramHome.Result {
      number += 1
      let (output, errors) = ("\(home)/\(number).out", "\(home)/\(number).err")
      let path = StartedProgram.path.split(separator: "/").dropLast().joined(separator: "/")
      let run = try StartedProgram(
        [
          "/bin/bash", "-c",
          "export PATH=/\(path):$PATH SISTER_HOME=\(home)/home \(environment); cd \(home); \(line)",
        ], home: home, files: ("/dev/null", output, errors))
      return ProgramHome.Result(
        status: run.wait(seconds: 300), output: contents(output), errors: contents(errors))
    }

    /// Reloads the certificate.
    func hangUp() { kill(program.pid, SIGHUP) }
  }

  /// The project's own folder.
  private static let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

  @Test("Passwords, tokens and refusals by sister --host; then the clients for Python and bash")
  func remote() async throws {
    try await blocking {
      let served = try Served()
      let remote = "sister --host=localhost:\(served.tls) --ca=\(served.ca)"
      let setUp = try served.shell(
        """
        echo 'correct horse battery' > pw; echo wrong > wrong
        printf 'user password ann verifier=%s\\n' "$(sister verifier < pw)" > set
        sister -c 'user create ann admin' && sister -f set && sister -c 'token create ann test'
        """)
      #expect(setUp.status == 0, "\(setUp.errors)")
      let token = try #require(setUp.output.firstMatch(of: #/token=(\S+)/#)?.1)

      let password = try served.shell("\(remote) --user=ann --password-file=pw -c whoami")
      #expect(password.output.hasPrefix("ann\tadmin\t"), "\(password.errors)")
      let byToken = try served.shell("\(remote) -c whoami", "SISTER_TOKEN=\(token)")
      #expect(byToken.output.hasPrefix("ann\tadmin\t"), "\(byToken.errors)")
      let plain = try served.shell(
        "sister --host=\(served.plain) -c whoami", "SISTER_TOKEN=\(token)")
      #expect(plain.output.hasPrefix("ann\tadmin\t"), "\(plain.errors)")
      let wrong = try served.shell("\(remote) --user=ann --password-file=wrong -c whoami")
      #expect(wrong.status == 77)
      #expect(wrong.errors == "sister: auth.failed: these credentials are not valid here\n")
      let distrusted = try served.shell("sister --host=localhost:\(served.tls) -c whoami")
      #expect(distrusted.status == 76)
      #expect(distrusted.errors.contains("The server's certificate was refused"))

      let clients = "/\(Self.root)/Scripts/clients"
      let environment =
        "SISTER_TEST_SOCKET=\(served.home)/home/sister.sock SISTER_TEST_TCP=\(served.plain) "
        + "SISTER_TEST_TOKEN=\(token) SISTER_TEST_TLS=localhost:\(served.tls) "
        + "SISTER_TEST_CA=\(served.ca) SISTER_TEST_USER=ann "
        + "SISTER_TEST_PASSWORD='correct horse battery'"
      let python = try served.shell("python3 -B \(clients)/test_sister.py", environment)
      #expect(python.status == 0, "\(python.errors)")
      #expect(python.errors.contains("\nOK\n"), "none is skipped: \(python.errors)")
      let bash = try served.shell("bash \(clients)/test_sister.bash", environment)
      #expect(bash.status == 0, "\(bash.output)\(bash.errors)")
      #expect(bash.output.contains(#/\n[0-9]+ checks passed\n/#))
      #expect(!bash.output.contains("skip "))

      // The certificate is another one after SIGHUP.
      let other = Authority("Other CA")
      let otherCA = other.file(in: served.folder, "other.pem")
      _ = other.issue(in: served.folder, "server", names: "DNS:localhost")
      served.hangUp()
      let renewed = "sister --host=localhost:\(served.tls) --ca=\(otherCA) -c whoami"
      var last = try served.shell(renewed, "SISTER_TOKEN=\(token)")
      for _ in 0..<100 where last.status != 0 {
        usleep(50_000)
        last = try served.shell(renewed, "SISTER_TOKEN=\(token)")
      }
      #expect(last.output.hasPrefix("ann\tadmin\t"), "\(last.errors)")
    }
  }

  @Test("At a terminal a new password is asked for twice, and is shown nowhere")
  func typedPassword() async throws {
    try await blocking {
      let home = ProgramHome.shared
      let person = try PersonAtTerminal(home)
      try person.see("sister> ", seconds: 180)
      // A transaction that has failed can be left by the commands for it.
      for (line, seen) in [
        ("begin", "Done: transaction open"), ("community create x", "data.required"),
        ("community list", "conflict.transaction-failed"), ("rollback", "Done: rolled-back 0"),
      ] {
        person.type(line + "\r")
        try person.see(seen)
        try person.see("sister> ")
      }
      person.type("user create typed.bot reporter\r")
      try person.see("Done: ")
      person.type("user password typed.bot\r")
      try person.see("New password: ")
      person.type("short\r")
      try person.see("The same again: ")
      person.type("short\r")
      try person.see("data.invalid: a password has at least 12 characters")
      person.type("user password typed.bot\r")
      try person.see("New password: ")
      person.type("correct horse battery\r")
      try person.see("The same again: ")
      person.type("correct horse battery\r")
      let seen = try person.see("Done: user typed.bot")
      #expect(!seen.contains("horse"))
      person.type("\u{4}")
      #expect(person.end() == 0)
      #expect(person.isRestored)
      #expect(!contents("\(home.path)/history").contains("verifier"))
    }
  }
}
