/// How much of a set of connections is in use, and how many wait for it.
package struct PoolUsage: Sendable, Equatable {
  package let name: String
  /// Connections in use, those that are being made included.
  package let inUse: Int
  /// Connections that there are, in use or not, and how many there may be.
  package let open: Int
  package let size: Int
  /// Who waits for a connection; of the shared ones, the reads that are under way on them.
  package let waiting: Int
}

extension Database {
  /// Each set of connections as it is now; those for reports only where they have a database of
  /// their own.
  package var usage: [PoolUsage] {
    var usages = [
      shared.usage, pool.usage("loaned"), streams.usage("streams"),
      transactions.usage("transactions"),
    ]
    if hasReportDatabase {
      usages += [reports.pages.usage("reports"), reports.streams.usage("report-streams")]
    }
    return usages
  }

  /// Whether reports have a database of their own.
  package var hasReportDatabase: Bool { reports.pages !== pool }
}
