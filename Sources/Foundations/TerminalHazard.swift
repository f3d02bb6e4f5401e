/// The characters that a terminal could obey, or that turn the order of a line around: the controls of
/// C0 and C1, DEL, U+2028 to U+202E and U+2066 to U+2069.
package enum TerminalHazard {
  /// The one that `bytes`, which are UTF-8, have at `index`, with its length in bytes; nil for all
  /// other characters.
  package static func at(
    _ index: Int, in bytes: UnsafeBufferPointer<UInt8>
  ) -> (scalar: UInt16, length: Int)? {
    let first = bytes[index]
    if first < 0x20 || first == 0x7F { return (UInt16(first), 1) }
    guard first == 0xC2 || first == 0xE2, index + 1 < bytes.count else { return nil }
    let second = bytes[index + 1]
    if first == 0xC2 { return second < 0xA0 ? (UInt16(second), 2) : nil }
    guard index + 2 < bytes.count else { return nil }
    let scalar = 0x2000 | UInt16(second & 0x3F) << 6 | UInt16(bytes[index + 2] & 0x3F)
    let isHazard = (0x2028...0x202E).contains(scalar) || (0x2066...0x2069).contains(scalar)
    return isHazard ? (scalar, 3) : nil
  }
}
