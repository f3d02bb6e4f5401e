import Glibc

/// A private PostgreSQL cluster under a home folder: made on first use, started when needed,
/// stopped when its last user is gone. It is reached through a Unix socket only.
///
/// Everything here blocks; call it off the event loop. Any number of processes and of leases in
/// one process may use one home at once; they share one PostgreSQL.
package struct EmbeddedCluster: Sendable {
  /// The home as it was given.
  package let home: String
  private let binaries: String?
  private let timings: ClusterTimings

  /// A cluster in this home; nothing is touched before `acquire`. The environment's
  /// SISTER_PG_BIN names the folder of PostgreSQL's programs, where the search for them fails.
  package init(home: String) {
    self.init(
      home: home, binaries: getenv("SISTER_PG_BIN").map { String(cString: $0) },
      timings: ClusterTimings())
  }

  /// A cluster with everything given, for tests.
  init(home: String, binaries: String?, timings: ClusterTimings = ClusterTimings()) {
    self.home = home
    self.binaries = binaries.flatMap { $0.isEmpty ? nil : $0 }
    self.timings = timings
  }

  /// Makes the caller a user of the cluster, creating, starting or repairing it as needed.
  /// Blocks: some seconds for the first creation, up to minutes for a recovery after a crash.
  /// - Parameter progress: gets a line of text whenever there is something worth waiting for.
  /// - Returns: the lease that keeps PostgreSQL running.
  package func acquire(progress: (String) -> Void) throws(EmbeddedClusterError) -> ClusterLease {
    let supervisor = ClusterSupervisor(
      home: try ClusterHome.open(home), binariesOverride: binaries, timings: timings)
    return ClusterLease(
      supervisor: supervisor, descriptor: try supervisor.join(progress: progress))
  }

  /// The home where none is given: `/var/lib/sister` for root, and for others `sister` in their
  /// folder for data by the XDG rules.
  package static func defaultHome(environment: [String: String]) -> String {
    defaultHome(environment: environment, isRoot: geteuid() == 0)
  }

  static func defaultHome(environment: [String: String], isRoot: Bool) -> String {
    if isRoot { return "/var/lib/sister" }
    // The XDG rules say to ignore a relative path here.
    if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return data + "/sister" }
    return (environment["HOME"] ?? "") + "/.local/share/sister"
  }
}
