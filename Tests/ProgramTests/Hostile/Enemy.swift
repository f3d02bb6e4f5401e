import CommandLanguage
import Fuzzing
import SeededInputs
import Testing

/// Somebody who sends hostile lines, one connection after the other, and looks at the answers.
struct Enemy {
  private let sender: HostileLines.Sender
  private let target: Target
  private let seed: UInt64
  private var lines: HostileLines
  private var random: Seeded

  init(_ sender: HostileLines.Sender, _ target: Target, seed: UInt64) {
    self.sender = sender
    self.target = target
    self.seed = seed
    lines = HostileLines(sender, seed: seed)
    random = Seeded(seed)
  }

  /// Sends so many lines at least; what came of it.
  mutating func attack(lines count: Int) throws -> Tally {
    var tally = Tally()
    while tally.lines < count {
      var stream: [UInt8] = []
      // A transaction makes all behind it fail alike: seldom.
      if Int.random(in: 0..<16, using: &random) == 0 { stream += "begin\n".utf8 }
      for _ in 0..<Int.random(in: 1...200, using: &random) { stream += lines.next() }
      switch Int.random(in: 0..<8, using: &random) {
      case 0: stream += "quit\n".utf8
      case 1: stream.removeLast()
      default: break
      }
      tally += try attack(stream, tally.connections)
    }
    return tally
  }

  /// Sends one stream; reports what is wrong with what comes of it.
  private func attack(_ stream: [UInt8], _ number: Int) throws -> Tally {
    let client = try HostileClient(port: target.port)
    try #require(client.line()?.starts(with: "* slp=1 ".utf8) == true, "no greeting")
    if sender == .reviewer {
      try #require(client.authenticates(target.token), "\(sender), seed \(seed): no login")
    }
    let output = try #require(
      client.exchange(stream), "\(named(number)) hangs: \(Self.shown(stream))")
    let answers = Answers(output)
    let expected = Expectation(
      stream, isAnonymous: sender == .stranger, begins: sender == .stranger,
      refusesLiteral: { sender == .reviewer && Self.isImport($0) })
    let violations = answers.violations(expected)
    if !violations.isEmpty {
      Issue.record(
        "\(named(number)): \(violations.prefix(5)), for \(Self.shown(stream)): \(Self.shown(output))"
      )
    }
    let isCut = answers.count < expected.untagged.count + expected.tagged.count
    return Tally(
      lines: stream.count { $0 == 0x0A }, connections: 1, answers: answers.count,
      cut: isCut ? 1 : 0)
  }

  /// Guesses at credentials, from a place of its own each time: who fails waits.
  mutating func guess(connections: Int) throws -> Tally {
    var tally = Tally()
    for number in 0..<connections {
      let client = try HostileClient(
        port: target.port, from: "127.0.\(1 + number / 250).\(2 + number % 250)")
      try #require(client.line()?.starts(with: "* slp=1 ".utf8) == true, "no greeting")
      var stream: [UInt8] = []
      for _ in 0..<6 { stream += lines.next() }
      let output = try #require(client.exchange(stream), "\(named(number)) hangs")
      let answers = Answers(output)
      #expect(answers.faults == [], "\(named(number)): \(Self.shown(stream))")
      tally += Tally(
        lines: stream.count { $0 == 0x0A }, connections: 1, answers: answers.count)
    }
    return tally
  }

  private func named(_ number: Int) -> String { "\(sender), seed \(seed), connection \(number)" }

  /// Bytes as they can be read and typed, not too many of them.
  private static func shown(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.prefix(6_000), as: UTF8.self).debugDescription
  }

  private static func isImport(_ request: Request) -> Bool {
    request.arguments.first?.name == nil && request.arguments.first?.value == "import"
      && request.arguments.last?.name == "data"
  }
}

extension HostileClient {
  /// Whether a token is taken.
  fileprivate func authenticates(_ token: String) -> Bool {
    say("auth token=\(token)\n")
    return line()?.starts(with: "+ user=".utf8) == true
  }
}
