import Glibc

/// How often a test kills: `SISTER_CRASH_ROUNDS=100 Scripts/test --filter KillTests` is the long run.
enum CrashRounds {
  /// What the environment says, or `usual`.
  static func count(_ usual: Int) -> Int {
    getenv("SISTER_CRASH_ROUNDS").flatMap { Int(String(cString: $0)) } ?? usual
  }
}

/// Counts the rounds in which clients noticed the kill: a test that hits nothing proves nothing.
struct HitCounter {
  private(set) var hits = 0
  private var before = 0

  /// At the end of each round, with what its clients have seen so far.
  mutating func note(_ ledger: Ledger) {
    if ledger.disturbed > before { hits += 1 }
    before = ledger.disturbed
  }
}
