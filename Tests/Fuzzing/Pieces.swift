/// Bytes in pieces, whose lengths a seed determines: single bytes at first, if it is 0.
struct Pieces: Sequence, IteratorProtocol {
  /// Then all that is left is one piece.
  private static let most = 32

  private var rest: ArraySlice<UInt8>
  private let seed: UInt8
  private var state: UInt32
  private var count = 0

  init(_ bytes: [UInt8], seed: UInt8) {
    rest = bytes[...]
    self.seed = seed
    state = UInt32(seed)
  }

  mutating func next() -> [UInt8]? {
    guard !rest.isEmpty else { return nil }
    // Numerical Recipes' generator; its high bits are the random ones.
    state = state &* 1_664_525 &+ 1_013_904_223
    let longest = 1 << Int(state >> 28 & 7)
    var length = seed == 0 ? 1 : 1 + Int(state >> 12 & 0xFFF) % longest
    count += 1
    if count == Self.most { length = rest.count }
    defer { rest = rest.dropFirst(length) }
    return Array(rest.prefix(length))
  }
}
