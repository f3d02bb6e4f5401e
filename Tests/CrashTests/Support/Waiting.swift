import Dispatch
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

/// Runs blocking work on a thread of its own, so that tests do not starve each other. It stays
/// part of the calling task: what goes wrong there is that test's.
func blocking<Value: Sendable>(
  _ work: @escaping @Sendable () throws -> Value
) async throws -> Value {
  try await Task(executorPreference: BlockingThreads.shared) { try work() }.value
}

/// Runs tasks that block.
private final class BlockingThreads: TaskExecutor {
  static let shared = BlockingThreads()

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    // A queue of its own gets a thread of its own. The global queue's threads are few, and Swift's
    // own tasks run on them too.
    DispatchQueue(label: "blocking").async {
      job.runSynchronously(on: self.asUnownedTaskExecutor())
    }
  }
}

/// A random moment after writes have begun.
func pauseForARandomMoment() {
  pause(milliseconds: .random(in: 20...300))
}
