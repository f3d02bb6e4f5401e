import Glibc

/// Runs blocking work on a thread of its own. The tests' own threads are as few as the machine's
/// cores: whoever holds one of them holds up everybody's tests. The work stays part of the calling
/// task, so that what goes wrong there is that test's.
package func blocking<Value: Sendable>(
  _ work: @escaping @Sendable () throws -> Value
) async throws -> Value {
  try await Task(executorPreference: BlockingThreads.shared) { try work() }.value
}

/// Starts a thread for each job.
final class BlockingThreads: TaskExecutor {
  static let shared = BlockingThreads()

  private final class Start: Sendable {
    let job: UnownedJob
    init(_ job: UnownedJob) { self.job = job }
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let start = Unmanaged.passRetained(Start(UnownedJob(job)))
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        start.job.runSynchronously(on: BlockingThreads.shared.asUnownedTaskExecutor())
        return nil
      }, start.toOpaque())
    guard status == 0 else { fatalError("no thread for a test: \(status)") }
    pthread_detach(thread)
  }
}
