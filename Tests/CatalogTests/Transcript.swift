import Access
import CommandLanguage
import EventLoop
import Rendering
import TestSupport

/// What people typed and what they saw, as the console shows it with `set format=table width=100`.
struct Transcript {
  private(set) var text = ""
  private let service: TestService

  init(_ service: TestService) { self.service = service }

  /// A remark between the commands.
  mutating func say(_ remark: String) {
    if !text.isEmpty { text += "\n" }
    text += "-- \(remark)\n"
  }

  /// Runs a command as somebody with a role, and writes down what they see.
  mutating func run(_ line: String, as role: Role) async {
    text += "\(role.rawValue)> \(line)\n"
    do throws(DomainError) {
      text += Self.shown(try await service.run(line, as: role))
    } catch {
      text += "\(error.code): \(error.message)\n"
      if let suggestion = error.suggestion { text += "  try: \(suggestion)\n" }
    }
  }

  /// The same of a line whose answer says how many days ago something was.
  mutating func runDated(_ line: String, as role: Role) async {
    let before = text
    await run(line, as: role)
    let added = text.dropFirst(before.count).replacing(/\d+ days late/, with: "(so many) days late")
    text = before + added
  }

  private static func shown(_ reply: Reply) -> String {
    switch reply {
    case .record(let table): return lines(table, isRecord: true)
    case .list(let table, _):
      let count = table.rows.count == 1 ? "1 row" : "\(table.rows.count) rows"
      return lines(table, isRecord: false) + "(\(count))\n"
    case .done(let pairs):
      return "Done: " + pairs.map { "\($0.name) \($0.value)" }.joined(separator: ", ") + "\n"
    case .outcome(let table, _, _): return lines(table, isRecord: false)
    case .page(let lines): return lines.map { $0 + "\n" }.joined()
    case .goodbye, .stream, .step, .instead, .pushes: return ""
    }
  }

  private static func lines(_ table: Table, isRecord: Bool) -> String {
    var text = ""
    var table = table
    // The only thing that differs from one run to the next.
    let clock = /\d{4}-\d\d-\d\dT\d\d:\d\d:.*/
    for (row, values) in table.rows.enumerated() {
      for (column, value) in values.enumerated() {
        if case .text(let text) = value, text.wholeMatch(of: clock) != nil {
          table.rows[row][column] = .text("(now)")
        }
      }
    }
    Rendering.render(table, isRecord: isRecord, format: .table, width: 100) { line in
      text += String(decoding: line.bytes, as: UTF8.self) + "\n"
    }
    return text
  }
}
