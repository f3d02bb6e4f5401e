import Access
import CommandLanguage
import EventLoop
import TestSupport
import Testing

extension TestService {
  /// What `audit refusals` says, without times and counts: code, source, principal and reason of
  /// each, and a dash for what is not known; sorted, and once however many minutes it went on: the
  /// audit counts them by the minute.
  func refusals() async throws -> [String] {
    let rows = try await run("audit refusals limit=1000").rows
    let refusals = rows.map { row in
      ["code", "source", "principal", "reason"].map { name in
        guard case .text(let text) = row[name] else { return "-" }
        return text
      }.joined(separator: " ")
    }
    return Set(refusals).sorted()
  }

  /// Returns when `audit refusals` says this: they are written within a second.
  func expectRefusals(
    _ expected: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    for _ in 0..<1_000 where try await refusals() != expected.sorted() {
      await EventLoop.sleep(milliseconds: 20)
    }
    let found = try await refusals()
    #expect(found == expected.sorted(), "\(found)", sourceLocation: sourceLocation)
  }
}
