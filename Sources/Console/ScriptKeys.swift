import CommandLanguage
import Foundations
import LineProtocol

/// The keys of a script whose commands have none of their own: with them, running it again does
/// only what was not done the first time.
///
/// A key is the prefix and the command's number in the run, whatever else comes between. Where the
/// script was changed meanwhile, a key that meets another command is refused by the server
/// (`conflict.idempotency`), so that nothing is taken for done that was not.
package struct ScriptKeys {
  private let prefix: String
  /// Each command's path, and whether it writes.
  private let commands: [String: Bool]
  private let mostWords: Int

  /// The longest prefix, so that any command's number fits behind it.
  package static let longestPrefix = Limits.keyBytes - 12

  /// Whether keys can start with this.
  package static func isPrefix(_ text: String) -> Bool {
    (1...longestPrefix).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
        default: false
        }
      }
  }

  /// Asks the server, once, which commands write: it lists them with their effects.
  init(_ prefix: String, _ client: ConsoleClient) throws(ClientError) {
    self.prefix = prefix
    var rows: [[UInt8]] = []
    let answer = try client.request("commands format=tsv limit=\(Limits.rows)".utf8) {
      rows.append($0)
    }
    var commands: [String: Bool] = [:]
    for row in rows {
      let fields = AnswerText.fields(head: answer.head, row: row)
      if let path = fields["command"], let effect = fields["effect"] {
        commands[path] = effect != Effect.read.rawValue
      }
    }
    guard !commands.isEmpty else {
      throw ClientError(
        "proto.damaged", "the server does not say which commands write: they cannot get keys")
    }
    self.commands = commands
    mostWords = commands.keys.map { $0.split(separator: " ").count }.max() ?? 1
  }

  /// The line with a key, if it is one of a command that writes and has none.
  func keyed(_ line: [UInt8], number: Int) -> [UInt8] {
    guard let request = try? RequestParser.parse(line), writes(request),
      !request.arguments.contains(where: { $0.name == "key" })
    else { return line }
    let key = Array(" key=\(prefix)-\(number)".utf8)
    var line = line
    if line.last == 0x0D { line.removeLast() }
    guard request.literalBytes != nil else { return line + key }
    // What announces a literal must stay the last argument; there is no space in it.
    let last = line.lastIndex { $0 == 0x20 || $0 == 0x09 } ?? line.endIndex
    line.insert(contentsOf: key, at: last)
    return line
  }

  /// As the server does: the longest path that the first words are.
  private func writes(_ request: Request) -> Bool {
    var words = request.arguments.prefix(mostWords).prefix { $0.name == nil }.map(\.value)
    while !words.isEmpty {
      if let writes = commands[words.joined(separator: " ")] { return writes }
      words.removeLast()
    }
    return false
  }

  /// Whether a line ends as one does that a literal follows: where it is no request for some other
  /// reason, its author still meant the next lines to be the literal and not commands.
  static func announcesLiteral(_ line: [UInt8]) -> Bool {
    guard line.last == UInt8(ascii: "}"), let start = line.lastIndex(of: UInt8(ascii: "{")),
      start > 0, line[start - 1] == UInt8(ascii: "=")
    else { return false }
    let digits = line[(start + 1)..<(line.count - 1)]
    return !digits.isEmpty && digits.allSatisfy { (0x30...0x39).contains($0) }
  }
}
