import Fuzzing
import SeededInputs
import Testing

@Suite("What reads strangers' bytes keeps its properties; Scripts/fuzz searches much longer")
struct FuzzingTests {
  private static let inputs = 10_000

  @Test("Seeds, and seeded mutations of them", arguments: FuzzTarget.all.map(\.name))
  func mutations(name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    let seeds = Seeds.of(name)
    try #require(!seeds.isEmpty)
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
    var mutator = Mutator(Seeds.of("control"), seed: 1)
    for _ in 0..<Self.inputs { try FuzzTarget.control.check(mutator.next()) }
  }
}
