import EventLoop
import Foundations
import Postgres

/// Somebody was refused something.
package struct Refusal: Hashable, Sendable {
  /// Where they are: an address, or `unix`.
  let source: String
  /// Who they are, or said to be; empty where that is not known.
  let principal: String
  let command: String
  /// The error's code.
  let code: String
  /// What they were not told.
  let reason: String
}

/// Writes refusals into the audit, many at a time: whoever knocks often makes one row a minute longer,
/// not the database busy.
@EventLoop
final class RefusalRecorder {
  private let database: Database
  private var counts: [Refusal: Int64] = [:]
  private let timer = LoopTimer()
  private var isWaiting = false

  init(_ database: Database) { self.database = database }

  /// Notes one refusal; it is written within a second.
  func add(_ refusal: Refusal) {
    var refusal = refusal
    if counts[refusal] == nil {
      if counts.count > Limits.refusalsPerWrite { return }
      Log.info(
        "refused",
        [
          ("code", refusal.code), ("source", refusal.source), ("principal", refusal.principal),
          ("command", refusal.command), ("reason", refusal.reason),
        ])
      // What does not fit is one row: somewhere, something.
      if counts.count == Limits.refusalsPerWrite {
        refusal = Refusal(source: "many", principal: "", command: "", code: "", reason: "")
      }
    }
    counts[refusal, default: 0] += 1
    guard !isWaiting else { return }
    isWaiting = true
    timer.start(milliseconds: Limits.refusalDelayMilliseconds) { [self] in
      EventLoop.task { await self.write() }
    }
  }

  private func write() async {
    let batch = Array(counts)
    counts = [:]
    isWaiting = false
    let query = AccessStatements.recordRefusals.with(
      (
        batch.map(\.key.source), batch.map(\.key.principal), batch.map(\.key.command),
        batch.map(\.key.code), batch.map(\.key.reason), batch.map(\.value)
      ))
    do throws(PostgresError) {
      _ = try await database.writeTogether([query])
    } catch {
      Log.error("refusals could not be written to the audit", [("count", String(batch.count))])
    }
  }
}
