import Glibc
import TestSupport
import Testing

/// What the options for scripts promise, kept with the program as it is built.
extension ProgramTests {
  @Test("A file with a key prefix that was killed half-way is run again: nothing is written twice")
  func rerun() async throws {
    try await blocking {
      let home = ProgramHome.shared
      let file = home.folder + "/communities"
      let lines = (1...120).map { "community create rerun-\($0) \"Rerun \($0)\" FR" }
      write(lines.joined(separator: "\n") + "\n", to: file)
      let output = home.folder + "/killed.out"
      let killed = try StartedProgram(
        [StartedProgram.path, "--home", home.path, "--key-prefix", "rerun", "-f", file],
        home: home.folder, files: ("/dev/null", output, home.folder + "/killed.err"))
      var done = 0
      for _ in 0..<60_000 where done < 20 && killed.poll() == nil {
        usleep(1_000)
        done = contents(output).split(separator: "\n").count
      }
      kill(killed.pid, SIGKILL)
      #expect(killed.wait() == 128 + SIGKILL, "\(contents(home.folder + "/killed.err"))")
      #expect((20..<120).contains(done))

      let again = try home.run("--key-prefix rerun -f \(file)")
      #expect(again.status == 0, "\(again.errors)")
      let answers = again.output.split(separator: "\n")
      #expect(answers.count == 120)
      #expect(answers.count { $0.contains("replayed=yes") } >= done)
      #expect(answers.last?.contains("replayed") == false)
      let entries = try home.run(
        "-c 'audit list command=\"community create\" limit=10000 format=csv'")
      let created = entries.output.split(separator: "\n").filter { $0.contains("rerun-") }
      #expect(created.count == 120, "\(entries)")

      // Another command under a number's key is refused, and the rest is done all the same.
      write("community create other Other FR\n" + lines[1] + "\n", to: file)
      let changed = try home.run("--key-prefix rerun --on-error continue -f \(file)")
      #expect(changed.status == 3)
      #expect(changed.errors.contains("\(file):1: conflict.idempotency"), "\(changed)")
      #expect(changed.output.contains("code=rerun-2"))
      #expect(try home.run("--key-prefix 'a b' -c ping").status == 64)
    }
  }
}
