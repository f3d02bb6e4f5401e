import Glibc

@testable import Postgres

/// Looks again and again until something holds; false when the time is over.
func waitUntil(
  seconds: Int, everyMilliseconds interval: UInt32 = 20, _ condition: () throws -> Bool
) rethrows -> Bool {
  let begin = ContinuousClock.now
  while try !condition() {
    if ContinuousClock.now - begin > .seconds(seconds) { return false }
    pause(milliseconds: interval)
  }
  return true
}

/// A random moment after writes have begun.
func pauseForARandomMoment() {
  pause(milliseconds: .random(in: 20...300))
}
