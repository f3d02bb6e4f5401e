import SeededInputs
import CommandLanguage
import Foundations
import LineProtocol
import Synchronization
import Testing

@Suite("Any interleaving of bytes, ends and slow readers")
struct WireRandomTests {
  /// One request of a random script: how it is sent, and what its status line starts with.
  private struct Sent {
    let line: [UInt8]
    let tag: String?
    let isRefused: Bool
  }

  private func request(_ number: Int, _ random: inout Seeded) -> Sent {
    let tag = Bool.random(using: &random) ? "t\(number)" : nil
    let prefix = tag.map { "@\($0) " } ?? ""
    func sent(_ text: String, refused: Bool = false) -> Sent {
      Sent(line: Array((prefix + text).utf8), tag: tag, isRefused: refused)
    }
    switch Int.random(in: 0..<9, using: &random) {
    case 0, 1: return sent("write \(number)\n")
    case 2: return sent("set \(number) text={4}\na\nb\"\n")
    case 3: return sent("read \(number) \"\n", refused: true)
    case 4: return sent("read \(number) \u{0}\r\n", refused: true)
    case 5: return sent("read \(number) text={3}\n友\n")
    case 6: return sent("\(tag == nil ? "stop" : "stream") \(number)\n")
    default: return sent("read \(number)\r\n")
    }
  }

  @Test(
    "Every request gets exactly one status line, untagged ones in order, and writes run alone",
    arguments: 0..<300)
  func exactlyOne(seed: Int) throws {
    var random = Seeded(UInt64(seed))
    let script = (0..<40).map { request($0, &random) }
    let room = Mutex(Seeded(UInt64(seed)))
    var harness = Harness(
      maximumInFlight: Int.random(in: 1...6, using: &random), maximumUnsentBytes: 400
    ) { request, _ in
      request.arguments[0].value == "stop" || room.withLock { Bool.random(using: &$0) }
    }
    var input = script.flatMap(\.line)[...]
    var hasEnded = false
    for _ in 0..<20_000 where !harness.isClosed {
      switch Int.random(in: 0..<5, using: &random) {
      case 0 where !harness.isPaused && !hasEnded:
        let piece = input.prefix(Int.random(in: 1...60, using: &random))
        input = input.dropFirst(piece.count)
        if piece.isEmpty {
          hasEnded = true
          harness.endOfInput()
        } else {
          harness.receive(Array(piece))
        }
      case 1: harness.outputHasLeft()
      case 2 where Int.random(in: 0..<8, using: &random) == 0: harness.refuse()
      case 2: harness.admit()
      default:
        let number = harness.running.keys.sorted().randomElement(using: &random)
        if let number { harness.finish(number, size: Int.random(in: 0...300, using: &random)) }
      }
      let words = harness.running.values.map(\.arguments[0].value)
      let others = words.filter { !["stream", "stop"].contains($0) }
      if others.contains(where: { $0 != "read" }) { #expect(others.count == 1) }
    }
    #expect(harness.isClosed)
    try check(script, harness.lines)
  }

  private func check(_ script: [Sent], _ lines: [String]) throws {
    let tagged = script.compactMap(\.tag)
    #expect(lines.count == script.count)
    for tag in tagged {
      #expect(lines.count { $0.hasPrefix("+ @\(tag) ") || $0.hasPrefix("- @\(tag) ") } == 1)
    }
    let untagged = zip(script.indices, script).filter { $0.1.tag == nil }
    let answers = lines.filter { !$0.dropFirst(2).hasPrefix("@") }
    #expect(answers.count == untagged.count)
    for ((number, sent), answer) in zip(untagged, answers) {
      if sent.isRefused {
        #expect(answer.hasPrefix("- usage.") || answer.hasPrefix("- proto."))
      } else if !answer.hasPrefix("- busy.queue ") {
        #expect(answer.contains(" \(number) ") || answer.contains(" \(number)\""), "\(answer)")
      }
    }
  }

  @Test("100,000 random bytes at a time never stop the session from saying how it ended")
  func hostile() {
    var random = Seeded(9)
    for _ in 0..<20 {
      var harness = Harness()
      for _ in 0..<50 where !harness.isClosed {
        let bytes = (0..<100).map { _ in
          Int.random(in: 0..<6, using: &random) == 0
            ? 0x0A : UInt8.random(in: 0...255, using: &random)
        }
        if !harness.isPaused { harness.receive(bytes) }
        while let number = harness.running.keys.min() { harness.finish(number) }
      }
      harness.endOfInput()
      #expect(harness.isClosed)
      for line in harness.lines where !line.hasPrefix("+ ") && !line.hasPrefix("- ") {
        Issue.record("no status line: \(line)")
      }
    }
  }
}
