import Foundations

/// Whether acknowledged writes must last.
package enum DurabilityDemand: Sendable {
  /// Commits wait for the disk, and a database that does not keep to that is not written to.
  case full
  /// Writes are made whatever the database's settings are, and may be lost.
  case weakAccepted
}

/// What a connection found of its server: the settings by which an acknowledged write can be lost.
struct DurabilityFinding {
  let weakenedSettings: [String]
  let at = MonotonicClock.nowMilliseconds

  /// Whether it is to be looked at again: a reload of the server's configuration changes it.
  var isStale: Bool {
    MonotonicClock.nowMilliseconds - at >= Limits.durabilityRecheckMilliseconds
  }
}

extension Connection {
  /// The settings by which a write over this connection could be lost after it was acknowledged.
  /// A new connection asks its server, which may be another one than before (failover).
  func weakenedSettings() async throws(PostgresError) -> [String] {
    if let durability, !durability.isStale { return durability.weakenedSettings }
    let settings = try await read(DurabilityStatements.weakenedSettings.with(()))
      .rows(DurabilityStatements.weakenedSettings)
    durability = DurabilityFinding(weakenedSettings: settings)
    return settings
  }
}

/// What is asked of the server's own settings.
package enum DurabilityStatements {
  /// The names of the settings that are too weak.
  static let weakenedSettings = Statement(
    "access.weakened-settings",
    """
    SELECT weak.name
    FROM (VALUES
      ('fsync', current_setting('fsync') = 'off'),
      ('full_page_writes', current_setting('full_page_writes') = 'off'),
      ('synchronous_commit', current_setting('synchronous_commit') NOT IN ('on', 'remote_apply'))
    ) AS weak (name, is_weak)
    WHERE weak.is_weak
    ORDER BY weak.name
    """, row: { (name: String) in name })

  /// For the test that prepares every statement.
  package static let all = [weakenedSettings.description]
}
