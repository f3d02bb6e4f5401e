import Foundations

/// Who fails to log in waits, and each time longer: guesses from one place become slow, and nobody
/// else notices.
struct LoginThrottle {
  private struct Failures {
    var count: Int
    var lastAt: Int64
  }

  private var failures: [String: Failures] = [:]

  /// A login from this place has failed at this moment, in milliseconds.
  mutating func failed(_ source: String, at now: Int64) {
    forget(before: now - Limits.failedLoginMemoryMilliseconds)
    // So many places at once are one attacker's. They share what is left.
    let place = failures[source] != nil || failures.count < Limits.failedLoginSources ? source : ""
    failures[place, default: Failures(count: 0, lastAt: now)].count += 1
    failures[place]?.lastAt = now
  }

  /// How long the answer to a failure from this place waits, in milliseconds: it doubles with each.
  func delayMilliseconds(_ source: String, at now: Int64) -> Int64 {
    let known = failures[source] ?? failures[""]
    let doublings = min((known?.count ?? 1) - 1, 16)
    return min(
      Limits.failedLoginDelayMilliseconds << doublings, Limits.failedLoginMaximumMilliseconds)
  }

  private mutating func forget(before moment: Int64) {
    guard
      failures.count >= Limits.failedLoginSources
        || failures.values.contains(where: { $0.lastAt < moment })
    else { return }
    failures = failures.filter { $0.value.lastAt >= moment }
  }
}
