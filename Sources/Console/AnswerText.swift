import LineProtocol
import Rendering

/// What the console says about answers, and what it reads out of them for itself.
enum AnswerText {
  /// `(12 rows, 3 ms)` under what was read.
  static func count(_ answer: Answer) -> String {
    var parts = [answer.rows == 1 ? "1 row" : "\(answer.rows) rows"]
    if let milliseconds = answer.pairs["ms"] { parts.append("\(milliseconds) ms") }
    var text = parts.joined(separator: ", ")
    if let next = answer.pairs["next"] {
      let value = String(decoding: Pairs.encode([("after", next)]), as: UTF8.self)
      text += "; there are more: \(value)"
    }
    return TerminalText.safe("(\(text))")
  }

  /// `Done: number G-2012-0001, state active` after a write, and how long it took.
  static func done(_ answer: Answer) -> (text: String, time: String?) {
    let parts = told(answer).map { TerminalText.safe("\($0.name) \($0.value)") }
    var text = parts.isEmpty ? "Done." : "Done: " + parts.joined(separator: ", ")
    if answer.pairs["replayed"] == "yes" { text += " (this key was used before: nothing new)" }
    return (text, answer.pairs["ms"].map { TerminalText.safe("(\($0) ms)") })
  }

  /// What a status line says of what was done, beside how the answer was sent.
  static func told(_ answer: Answer) -> [Pairs.Entry] {
    let status: Set<String> = ["ms", "rows", "crc32c", "next", "replayed"]
    return answer.pairs.entries.filter { !status.contains($0.name) }
  }

  /// The fields of the first row of a `tsv` answer, by column name.
  static func fields(head: [UInt8]?, row: [UInt8]?) -> [String: String] {
    guard let head, let row else { return [:] }
    let names = head.split(separator: 0x09).map { column in
      String(decoding: column.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
    }
    var fields: [String: String] = [:]
    for (name, value) in zip(names, Rendering.decodeTSV(row)) { fields[name] = value }
    return fields
  }
}

extension AnswerText {
  /// The first line: who is where, and how to find help.
  static func greeting(server: String?, who: [String: String], place: String) -> String {
    let parts = (server ?? "").split(separator: "/", maxSplits: 1)
    let version = parts.count == 2 ? " \(parts[1])" : ""
    let name = who["user"] ?? who["principal"] ?? who["name"] ?? "nobody"
    let roles = who["roles"].map { " (\($0))" } ?? ""
    let text = "sister\(version) — \(name)\(roles) on \(place); help, Tab, \\?; Ctrl-D leaves"
    return TerminalText.safe(text)
  }
}
