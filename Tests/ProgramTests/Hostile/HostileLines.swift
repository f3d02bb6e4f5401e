import Access
import Catalog
import CommandLanguage
import Foundations
import SeededInputs

/// Lines that mean harm: changes of valid requests, and what has broken others. The same ones for the
/// same seed.
struct HostileLines {
  /// Who sends them.
  enum Sender {
    /// Nobody has said who they are.
    case stranger
    /// Somebody with few rights.
    case reviewer
    /// Somebody who guesses at credentials: failures are slow, and few end a connection.
    case guesser
  }

  private let sender: Sender
  private let examples: [[UInt8]]
  private var mutator: Mutator
  /// Changes what reaches over lines. It soon ends a connection: seldom.
  private var framing: Mutator
  private var random: Seeded

  init(_ sender: Sender, seed: UInt64) {
    self.sender = sender
    examples = Self.examples(of: sender).map { Array($0.utf8) }
    mutator = Mutator(examples, seed: seed)
    let others = Seeds.of("parser") + Seeds.of("framer").map { Array($0.dropFirst(2)) }
    framing = Mutator(Self.literals.map { Array($0.utf8) } + others, seed: seed)
    random = Seeded(seed &+ 0x5EED)
  }

  /// The next line, or a request with its literal; with its end.
  mutating func next() -> [UInt8] {
    var line: [UInt8] =
      switch (sender, Int.random(in: 0..<1_000, using: &random)) {
      case (.guesser, _), (_, ..<450): mutator.next()
      case (_, ..<650): withPayload()
      case (_, ..<700): Array(Self.payload(&random).utf8)
      case (_, ..<760): literal()
      case (_, ..<762): framing.next()
      case (_, ..<850): words()
      case (_, ..<930): noise()
      case (_, ..<950): []
      case (_, ..<996): Array("@t\(Int.random(in: 0...9, using: &random)) ".utf8) + mutator.next()
      default: long()
      }
    if Int.random(in: 0..<20, using: &random) == 0 { line.append(0x0D) }
    line.append(0x0A)
    return line
  }

  /// Examples of commands. Some mean no harm, and would only end the connection, or hold it.
  private static func examples(of sender: Sender) -> [String] {
    let all = Catalog.areas.flatMap(\.commands).map(\.declaration)
    let logins = ["auth", "auth scram"]
    if sender == .guesser {
      return all.filter { logins.contains($0.path) }.map(\.example) + [
        "auth token=sister_0123456789abcdef", "auth scram data=\"n,,n=ann,r=abc\"",
        "auth scram data=\"c=biws,r=abc,p=AAAA\"", "auth scram data=\"y,,n=ann,r=abc\"",
      ]
    }
    let left =
      logins + ["quit", "exit", "password", "begin"] + (sender == .reviewer ? ["watch"] : [])
    return all.filter { command in
      !left.contains { command.path == $0 || command.path.hasPrefix($0 + " ") }
    }.map(\.example)
  }

  private static let literals = [
    "import \"community create\" data={31}\ncode,name,country\nlyon,Lyon,FR\n",
    "@l community create name={4}\nLyon", "saved create x request={14}\ncommunity list",
  ]

  /// A valid request with one of its values another.
  private mutating func withPayload() -> [UInt8] {
    let example = examples.randomElement(using: &random) ?? []
    var words = example.split(separator: 0x20, omittingEmptySubsequences: false).map(Array.init)
    let index = Int.random(in: 0..<words.count, using: &random)
    let text = Self.payload(&random)
    let value = Bool.random(using: &random) ? Array(text.utf8) : Array(JSON.string(text).utf8)
    if let place = words[index].firstIndex(of: UInt8(ascii: "=")) {
      words[index].replaceSubrange((place + 1)..., with: value)
    } else {
      words[index] = value
    }
    return Array(words.joined(separator: CollectionOfOne<UInt8>(0x20)))
  }

  /// A literal, whose count is sometimes not that of its bytes.
  private mutating func literal() -> [UInt8] {
    let text = Array(Self.payload(&random).utf8.prefix(200))
    let name = ["request", "data", "name", "note", "x"].randomElement(using: &random) ?? ""
    let wrong = [-1, 1, 7, 400, 4_000, 70_000, Int.max - 4_096]
    let isWrong = Int.random(in: 0..<60, using: &random) == 0
    let difference = isWrong ? wrong.randomElement(using: &random) ?? 0 : 0
    let count = text.count.addingReportingOverflow(difference)
    let command = ["saved create x", "import \"grant offer\"", "@l community create", "nothing"]
      .randomElement(using: &random)
    return Array("\(command ?? "") \(name)={\(count.partialValue)}\n".utf8) + text
  }

  /// Words that are no command, and tags that are none.
  private mutating func words() -> [UInt8] {
    let letters = Array("abcdefghijklmnopqrstuvwxyz-_@=0123456789".utf8)
    var line: [UInt8] = Bool.random(using: &random) ? [] : [UInt8(ascii: "@")]
    for _ in 0..<Int.random(in: 1...5, using: &random) {
      for _ in 0..<Int.random(in: 1...40, using: &random) {
        line.append(letters.randomElement(using: &random) ?? 0)
      }
      line.append(0x20)
    }
    return line
  }

  private mutating func noise() -> [UInt8] {
    (0..<Int.random(in: 1...120, using: &random)).map { _ in
      UInt8.random(in: 0...255, using: &random)
    }
  }

  /// Around the limits of a line, and seldom past what can be made good.
  private mutating func long() -> [UInt8] {
    let limit = sender == .stranger ? Limits.anonymousBytes : Limits.lineBytes
    let isFatal = Int.random(in: 0..<100, using: &random) == 0
    let count =
      isFatal ? Limits.fatalLineBytes + 2 : limit + Int.random(in: -40...40, using: &random)
    let start = Array("@long saved create x request=\"".utf8)
    let byte: UInt8 = [0x61, 0x22, 0x5C, 0x5B, 0xF0].randomElement(using: &random) ?? 0x61
    return start + [UInt8](repeating: byte, count: max(0, count - start.count))
  }
}
