import Fuzzing

/// What a server has answered to a stream of requests, line by line.
struct Answers {
  /// Status lines of requests without a tag, and the tags of the others.
  private(set) var untagged = 0
  private(set) var tags: [String] = []
  /// Whether the connection was ended by something else than lost framing or the client's end: what
  /// came behind that is not answered.
  private(set) var isCut = false
  /// What no server may say.
  private(set) var faults: [String] = []
  /// All status lines.
  var count: Int { untagged + tags.count }

  init(_ output: [UInt8]) {
    if !output.isEmpty, output.last != 0x0A { faults.append("the last line has no end") }
    for line in output.split(separator: 0x0A) { take(line) }
    tags.sort()
  }

  private mutating func take(_ bytes: ArraySlice<UInt8>) {
    // Text, without control characters but the tabs between cells.
    guard let line = String(validating: bytes, as: UTF8.self),
      !bytes.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F })
    else { return faults.append("no text: \(String(decoding: bytes, as: UTF8.self))") }
    switch bytes.first {
    case UInt8(ascii: "+"), UInt8(ascii: "-"): takeStatus(line)
    case UInt8(ascii: "#"), UInt8(ascii: "|"), UInt8(ascii: ":"), UInt8(ascii: "%"),
      UInt8(ascii: "!"), UInt8(ascii: "~"), UInt8(ascii: "*"):
      break
    default: faults.append("no line of the protocol: \(line)")
    }
  }

  private mutating func takeStatus(_ line: String) {
    var words = line.split(separator: " ", maxSplits: 3).dropFirst()
    if let tag = words.first, tag.hasPrefix("@") {
      tags.append(String(tag.dropFirst()))
      words.removeFirst()
    } else {
      untagged += 1
    }
    let isError = line.hasPrefix("-")
    if isError, words.first?.wholeMatch(of: /[a-z]+\.[a-z0-9-]+/) == nil {
      faults.append("no code: \(line)")
    }
    if isError, words.first?.hasPrefix("fault.") == true { faults.append(line) }
    if !isError, line.contains(" bye=yes") { isCut = true }
    if isError, line.contains(" fatal=yes "), words.first?.hasPrefix("proto.") != true {
      isCut = true
    }
  }

  /// What is wrong with them as answers to what was to be answered.
  func violations(_ expected: Expectation) -> [String] {
    let wanted = expected.tagged.compactMap { $0.split(separator: " ").last.map(String.init) }
      .sorted()
    if isCut {
      // What was not taken is not answered.
      let isFew = untagged <= expected.untagged.count && tags.count <= wanted.count
      return faults + (isFew ? [] : ["more answers than requests"])
    }
    var found = faults
    if untagged != expected.untagged.count {
      found.append("\(untagged) answers without tags, to \(expected.untagged.count) requests")
    }
    if tags != wanted { found.append("answers with the tags \(tags), to \(wanted)") }
    return found
  }
}
