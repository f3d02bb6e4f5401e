import Glibc
import Synchronization
import TestSupport
import Testing

/// The home that the tests of one run share: an embedded database of its own.
struct ProgramHome: Sendable {
  static let shared = ProgramHome()

  /// The temporary folder around the home.
  let folder: String
  var path: String { folder + "/home" }

  /// What came of a run.
  struct Result {
    let status: Int32?
    let output: String
    let errors: String
  }

  private init() {
    folder = TestCluster.temporaryFolder()
    atexit { ProgramHome.shared.remove() }
  }

  private static let number = Mutex(0)

  /// Runs `sister` on this home with these arguments, written as for a shell, to its end.
  func run(_ arguments: String, input: String = "/dev/null") throws -> Result {
    let number = Self.number.withLock { number in
      number += 1
      return number
    }
    let output = "\(folder)/\(number).out"
    let errors = "\(folder)/\(number).err"
    let program = try StartedProgram(
      ["/bin/sh", "-c", "exec \(StartedProgram.path) --home \(path) \(arguments)"], home: folder,
      files: (input, output, errors))
    return Result(status: program.wait(), output: contents(output), errors: contents(errors))
  }

  /// The database stops soon after its last user has gone; then the folder can go.
  private func remove() {
    for _ in 0..<300 where access("\(path)/data/postmaster.pid", F_OK) == 0 { usleep(100_000) }
    TestCluster.removeFolder(folder)
  }
}
