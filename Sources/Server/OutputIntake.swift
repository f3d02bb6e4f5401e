import Foundations

/// Whether a client takes what is written to it.
struct OutputIntake {
  private var writtenBytes = 0
  /// How many of those the client had taken at the last look that saw it take some, and when that was.
  private var takenBytes = 0
  private var tookAt = MonotonicClock.nowMilliseconds

  /// So many bytes more are written.
  mutating func written(_ count: Int) { writtenBytes += count }

  /// Whether a client has taken nothing for too long, by this moment, of what is queued for it.
  mutating func isStalled(queued: Int, at now: Int64) -> Bool {
    let taken = writtenBytes - queued
    if queued == 0 || taken != takenBytes {
      takenBytes = taken
      tookAt = now
    }
    return now - tookAt > Limits.stalledReaderMilliseconds
  }
}
