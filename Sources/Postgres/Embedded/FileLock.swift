import Glibc

/// An exclusive `flock`, held until this value goes away. The kernel lets go of it when the
/// holder dies, however it dies; two holders exclude each other within one process as well.
struct FileLock: ~Copyable {
  let descriptor: Int32

  private init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }

  /// Takes the lock if it is free.
  static func tryAcquire(
    _ path: String, owner: ClusterAccount
  ) throws(EmbeddedClusterError) -> FileLock? {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .system("open", path, errno) }
    let lock = FileLock(descriptor: descriptor)
    // The keeper runs as the cluster's account and takes the same lock.
    if geteuid() == 0 { fchown(descriptor, owner.uid, owner.gid) }
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EWOULDBLOCK { return nil }
      guard errno == EINTR else { throw .system("lock", path, errno) }
    }
    // Somebody may have removed the file between the open and the lock: a lock on a file that
    // has no name any more excludes nobody.
    guard let ours = FileStatus(descriptor: descriptor), let named = FileStatus(path),
      ours.isSameFile(as: named)
    else { return nil }
    return lock
  }

  /// Waits for the lock, saying so, for a bounded time.
  static func acquire(
    _ path: String, owner: ClusterAccount, waiting limit: Duration, progress: (String) -> Void
  ) throws(EmbeddedClusterError) -> FileLock {
    let start = ContinuousClock.now
    var announced = false
    while true {
      if let lock = try tryAcquire(path, owner: owner) { return lock }
      let waited = ContinuousClock.now - start
      if !announced && waited > .seconds(1) {
        announced = true
        progress("Waiting for another process that is starting or stopping the database…")
      }
      guard waited < limit else {
        throw EmbeddedClusterError(
          .busy,
          "Another process has been starting or stopping the database for more than "
            + "\(limit.components.seconds) seconds and holds \(path). Try again when it is done; "
            + "`fuser -v \(path)` shows who it is.")
      }
      pause(milliseconds: 50)
    }
  }
}
