import EventLoop
import Foundations
import LineProtocol

/// Says every second how many rows of an answer have been written, or of a request have been taken; where
/// there is no room for it, when there is.
@EventLoop
final class ProgressReport {
  /// How many those are.
  var rows = 0

  private let connection: ServerConnection
  private let number: Int
  private let tag: String?
  private let startedAt = MonotonicClock.nowMilliseconds
  private let timer = LoopTimer()
  private var isDue = false

  /// Reports on the answer to the request of this number, until `end`.
  init(_ connection: ServerConnection, _ number: Int, tag: String?) {
    self.connection = connection
    self.number = number
    self.tag = tag
    wait()
  }

  /// Says it, if a second has passed and there is room.
  func say() {
    guard isDue, connection.output.hasRoom else { return }
    isDue = false
    let milliseconds = MonotonicClock.nowMilliseconds - startedAt
    let pairs = [("rows", String(rows)), ("ms", String(milliseconds))]
    connection.add(number, AnswerEncoder.progress(pairs, tag: tag))
  }

  /// Says nothing more.
  func end() { timer.cancel() }

  private func wait() {
    timer.start(milliseconds: Limits.progressMilliseconds) { [weak self] in
      guard let self else { return }
      isDue = true
      say()
      wait()
    }
  }
}
