import Fuzzing
import Glibc
import Testing

@Suite("What reads strangers' bytes keeps its properties; Scripts/fuzz searches much longer")
struct FuzzingTests {
  private static let inputs = 10_000

  @Test("Seeds, and seeded mutations of them", arguments: FuzzTarget.all.map(\.name))
  func mutations(name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    let seeds = try Seeds.of(name)
    for seed in seeds { try target.check(seed) }
    var mutator = Mutator(seeds, seed: 1)
    for _ in 0..<Self.inputs {
      let input = mutator.next()
      do throws(Violation) {
        try target.check(input)
      } catch {
        Issue.record("\(error.message), for the input \(input)")
        return
      }
    }
  }

  @Test("The control's fault is there, and mutations alone do not meet it")
  func control() throws {
    try FuzzTarget.control.check(Array("grant fund=hidde".utf8))
    #expect(throws: Violation.self) {
      try FuzzTarget.control.check(Array("grant fund=hidden".utf8))
    }
    var mutator = Mutator(try Seeds.of("control"), seed: 1)
    for _ in 0..<Self.inputs { try FuzzTarget.control.check(mutator.next()) }
  }
}

/// The inputs that every search starts from.
enum Seeds {
  /// Those of a target, in the order of their names.
  static func of(_ target: String) throws -> [[UInt8]] {
    let tests = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    let folder = "/\(tests)/Fuzzing/Seeds/\(target)"
    let stream = try #require(opendir(folder))
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    try #require(!names.isEmpty)
    return try names.sorted().map { try contents("\(folder)/\($0)") }
  }

  private static func contents(_ path: String) throws -> [UInt8] {
    let file = try #require(fopen(path, "r"))
    defer { fclose(file) }
    return [UInt8](unsafeUninitializedCapacity: 4_096) { bytes, count in
      count = fread(bytes.baseAddress, 1, bytes.count, file)
    }
  }
}
