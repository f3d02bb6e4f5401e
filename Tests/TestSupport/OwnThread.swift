import Testing

/// Runs a test, or each of a suite's, on a thread of its own: for tests that wait by blocking.
package struct OwnThread: TestTrait, SuiteTrait, TestScoping {
  package var isRecursive: Bool { true }

  package func provideScope(
    for test: Test, testCase: Test.Case?,
    performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    try await withTaskExecutorPreference(BlockingThreads.shared) { try await function() }
  }
}

extension Trait where Self == OwnThread {
  /// On a thread of its own.
  package static var ownThread: OwnThread { OwnThread() }
}
