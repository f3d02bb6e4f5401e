import Glibc
import Synchronization

/// A use of the running cluster. While any process holds one, PostgreSQL runs; after the last
/// one is released, or its holder has died in whichever way, PostgreSQL stops.
///
/// The last reference is released like the lease itself, and Swift drops a variable after its
/// last use: keep a lease where it is used to the end, and release it there.
package final class ClusterLease: Sendable {
  private let supervisor: ClusterSupervisor
  /// The write end of the users' FIFO; nil once released.
  private let descriptor: Mutex<Int32?>

  init(supervisor: ClusterSupervisor, descriptor: Int32) {
    self.supervisor = supervisor
    self.descriptor = Mutex(descriptor)
  }

  deinit {
    release()
  }

  /// The folder of the cluster's Unix socket.
  package var socketDirectory: String { supervisor.home.paths.run }

  /// The cluster's home with every symbolic link resolved.
  package var home: String { supervisor.home.paths.home }

  /// A libpq connection string for a role of the cluster.
  package func connectionString(
    role: ClusterLogin, database: String = "sister"
  ) -> String {
    role.connectionString(supervisor.home, database: database)
  }

  /// Makes sure that PostgreSQL answers, and starts it and its keeper again where needed: for a
  /// server whose connections fail. Blocks, up to minutes during crash recovery.
  /// - Throws: `EmbeddedClusterError`, with reason `released` after `release()`.
  package func ensureRunning(
    progress: (String) -> Void = { _ in }
  ) throws(EmbeddedClusterError) {
    guard descriptor.withLock({ $0 }) != nil else { throw Self.alreadyReleased }
    let fresh = try supervisor.join(progress: progress)
    // The new write end replaces the old one, whose FIFO may have been removed since. The old
    // one is closed after: the keeper must not see a moment without users.
    let stale = descriptor.withLock { current -> Int32 in
      guard let old = current else { return fresh }
      current = fresh
      return old
    }
    close(stale)
    if stale == fresh { throw Self.alreadyReleased }
  }

  /// Ends this use; more calls do nothing. It returns at once: the keeper stops PostgreSQL if
  /// this was the last use. A lease acquired meanwhile waits for that and starts it again. Only
  /// where the keeper was killed does it take longer: a new one is started first.
  package func release() {
    let old = descriptor.withLock { current -> Int32? in
      defer { current = nil }
      return current
    }
    guard let old else { return }
    if !Keeper.listens(to: old) { supervisor.restoreKeeper() }
    close(old)
  }

  private static let alreadyReleased = EmbeddedClusterError(
    .released, "The database was already released by this process. Acquire it again.")
}
