import CommandLanguage
import LineProtocol

/// Whether a line must be confirmed before it is sent: the server knows its effect.
enum Confirmation {
  private static let unknownEffect = "Whether this can be undone is not known. Go on?"

  /// The question that a line's effect calls for; nil where none does.
  static func question(
    _ line: String, _ client: ConsoleClient
  ) throws(ClientError) -> String? {
    let request: Request?
    do throws(RequestError) {
      request = try RequestParser.parse(line)
    } catch {
      // Not a request: the server will say why not.
      return nil
    }
    guard let request, !isHarmless(request) else { return nil }
    // Without its tag, which is no part of the command that is to be explained.
    let spelling = request.arguments.map(\.spelling).joined(separator: " ")
    var lines: [[UInt8]] = []
    do throws(ClientError) {
      let answer = try client.request("explain \(spelling)".utf8) { lines.append($0) }
      // It will not be run: what is wrong with it is said at once.
      if hasProblem(head: answer.head, lines: lines) { return nil }
      switch effect(head: answer.head, lines: lines) {
      case "read", "write": return nil
      case "destructive": return "This takes something away. Go on?"
      case "irreversible": return "This cannot be undone. Go on?"
      default: return unknownEffect
      }
    } catch {
      switch error.code {
      // The line itself will be answered with what is wrong with it, at the right column.
      case "usage.unknown-command": return nil
      // The line may be a request all the same, and only too long to be explained.
      case "usage.syntax", "usage.line-too-long": return unknownEffect
      default: throw error
      }
    }
  }

  /// The effect that the answer of `explain` names, in whatever format the session has; nil
  /// where it cannot be told.
  static func effect(head: [UInt8]?, lines: [[UInt8]]) -> String? {
    let effects = ["read", "write", "destructive", "irreversible"]
    if let row = lines.first, let effect = AnswerText.fields(head: head, row: row)["effect"],
      effects.contains(effect)
    {
      return effect
    }
    for line in lines {
      let text = String(decoding: line, as: UTF8.self)
      for effect in effects where text.contains("\"effect\":\"\(effect)\"") { return effect }
      let words = text.split { $0 == " " || $0 == "|" }
      if words.count == 2, words[0] == "effect", effects.contains(String(words[1])) {
        return String(words[1])
      }
      // CSV: no other cell of the row is one of these words.
      let cells = text.split(separator: ",", omittingEmptySubsequences: false)
      if let effect = effects.first(where: { cells.contains(Substring($0)) }) { return effect }
    }
    return nil
  }

  /// Whether the answer of `explain` names a problem that keeps the line from being run.
  static func hasProblem(head: [UInt8]?, lines: [[UInt8]]) -> Bool {
    if let row = lines.first,
      let problem = AnswerText.fields(head: head, row: row)["problem"]
    {
      return !problem.isEmpty
    }
    return lines.contains { line in
      let text = String(decoding: line, as: UTF8.self)
      return text.contains("\"problem\":\"")
        || text.hasPrefix("problem ") && text.contains { $0 != " " && !$0.isLetter }
    }
  }

  /// Whether a request needs no question about its effect: what only reads, or only shows.
  static func isHarmless(_ request: Request) -> Bool {
    let isPreview = request.arguments.contains { argument in
      argument.name == "preview" && argument.comparison == .equal && argument.value == "yes"
    }
    if isPreview { return true }
    let words = request.arguments.prefix(2).prefix { $0.name == nil }.map(\.value)
    let reading: Set<String> = [
      "help", "commands", "explain", "complete", "set", "ping", "whoami", "auth",
    ]
    return words.first.map(reading.contains) ?? true
      || words.count > 1 && ["list", "show"].contains(words[1])
  }
}
