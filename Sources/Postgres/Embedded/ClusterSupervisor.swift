import Glibc

/// How long the parts of a start may take.
struct ClusterTimings: Sendable {
  /// For the lock, while another process starts or stops the cluster.
  var lockLimit: Duration = .seconds(60)
  /// For PostgreSQL to answer, crash recovery included.
  var startLimit: Duration = .seconds(300)
  /// For a new keeper to open its FIFO.
  var keeperLimit: Duration = .seconds(10)
}

/// Makes a caller a user of the running cluster. Joining and repairing are one and the same
/// thing: each part is looked at, and what is missing is started.
struct ClusterSupervisor: Sendable {
  let home: ClusterHome
  /// The folder of the server's programs, if the operator named one.
  let binariesOverride: String?
  let timings: ClusterTimings

  /// Starts a keeper where it was killed, for a user that is about to leave: otherwise nobody
  /// would stop PostgreSQL. Failing is no worse than not trying, so nothing is thrown.
  func restoreKeeper() {
    do throws(EmbeddedClusterError) {
      let lock = try FileLock.acquire(
        home.paths.lock, owner: home.account, waiting: .seconds(10), progress: { _ in })
      defer { withExtendedLifetime(lock) {} }
      close(try Keeper(home: home).join(binaries: locate, waiting: timings.keeperLimit))
    } catch {}
  }

  /// Returns the write end of the users' FIFO, with a keeper at its other end and PostgreSQL
  /// answering. The order matters: with the write end open first, a keeper stops whatever this
  /// process had started when it was killed.
  func join(progress: (String) -> Void) throws(EmbeddedClusterError) -> Int32 {
    let lock = try FileLock.acquire(
      home.paths.lock, owner: home.account, waiting: timings.lockLimit, progress: progress)
    defer { withExtendedLifetime(lock) {} }
    var located: ServerBinaries?
    // Looked for only when something must be started: a running cluster is joined quickly.
    func binaries() throws(EmbeddedClusterError) -> ServerBinaries {
      if let located { return located }
      let found = try locate()
      located = found
      return found
    }
    let descriptor = try Keeper(home: home).join(binaries: binaries, waiting: timings.keeperLimit)
    do {
      try Postmaster(home: home, timings: timings).ensure(binaries: binaries, progress: progress)
      try ClusterBootstrap(home: home).run()
    } catch {
      close(descriptor)
      throw error
    }
    return descriptor
  }

  private func locate() throws(EmbeddedClusterError) -> ServerBinaries {
    try ServerBinaries.locate(
      named: binariesOverride, dataMajor: ServerBinaries.major(ofData: home.paths.data),
      account: home.account)
  }
}
