/// Inputs made of others, a few changes each: the same ones for the same seed.
package struct Mutator {
  /// Bytes that mean something to one reader or another, and the ends of ranges.
  private static let special: [UInt8] =
    Array(" \t\r\n\"\\'@={}!<>~,|:+-#*%$\0".utf8) + [
      0x7F, 0x80, 0xC2, 0xE2, 0xFE, 0xFF,
    ]

  private let seeds: [[UInt8]]
  private var random: Seeded

  /// Changes these inputs.
  package init(_ seeds: [[UInt8]], seed: UInt64) {
    self.seeds = seeds
    random = Seeded(seed)
  }

  /// The next input.
  package mutating func next() -> [UInt8] {
    var input = seeds.randomElement(using: &random) ?? []
    for _ in 0..<Int.random(in: 1...6, using: &random) { change(&input) }
    return input
  }

  private mutating func change(_ input: inout [UInt8]) {
    let index = Int.random(in: 0...input.count, using: &random)
    let end = min(input.count, index + Int.random(in: 1...8, using: &random))
    switch Int.random(in: 0..<8, using: &random) {
    case 0 where index < input.count: input[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 1 where index < input.count: input[index] = UInt8.random(in: 0...255, using: &random)
    case 2 where index < input.count: input[index] = special()
    case 3: input.insert(special(), at: index)
    case 4: input.removeSubrange(index..<end)
    case 5: input.insert(contentsOf: input[index..<end], at: index)
    case 6: input.removeSubrange(index...)
    default:
      let other = seeds.randomElement(using: &random) ?? []
      input.replaceSubrange(index..., with: other.suffix(max(0, other.count - index)))
    }
  }

  private mutating func special() -> UInt8 {
    Self.special.randomElement(using: &random) ?? 0
  }
}
