import CommandLanguage
import Foundations
import LineProtocol

/// The server's side of a connection: bytes in any pieces, requests that end in any order.
///
/// The input: a byte of choices; a seed for the pieces; the stream, in which the first 0xFE, which
/// UTF-8 never has, may stand for more letters than a stranger's line may have.
enum FramerTarget {
  private static let manyLetters = [UInt8](
    repeating: UInt8(ascii: "a"), count: Limits.anonymousBytes + 1)

  static func check(_ input: [UInt8]) throws(Violation) {
    guard input.count > 2 else { return }
    let choices = input[0]
    let isAnonymous = choices & 1 != 0
    let stream = choices & 0x30 == 0x30 ? expanded(input.dropFirst(2)) : Array(input.dropFirst(2))
    var driver = WireDriver(
      isAnonymous: isAnonymous, endsLastFirst: choices & 2 != 0,
      unsentBytes: choices & 4 != 0 ? 40 : .max, endsAtOnce: choices & 8 != 0,
      makesWait: choices & 0x40 != 0)
    try driver.run(Pieces(stream, seed: input[1]))
    let expected = Expectation(stream, isAnonymous: isAnonymous)
    try demand(
      driver.untagged == expected.untagged,
      "requests without tags have the answers \(driver.untagged) and not \(expected.untagged)")
    let tagged = driver.tagged.sorted()
    try demand(
      tagged == expected.tagged,
      "tagged requests have the answers \(tagged) and not \(expected.tagged)")
  }

  private static func expanded(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    guard let place = bytes.firstIndex(of: 0xFE) else { return Array(bytes) }
    return bytes[..<place] + manyLetters + bytes[(place + 1)...]
  }
}
