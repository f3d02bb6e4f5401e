import TestSupport

/// What the database holds, compared with what the clients were told.
struct Verdict: CustomStringConvertible {
  /// Acknowledged, and not there, or without its audit or its stored answer.
  var lost: [String] = []
  /// There more than once, or audited more than once.
  var doubled: [String] = []
  /// There, and never acknowledged.
  var unexpected: [String] = []
  /// Sums that are not those of the reports, or of the registrations.
  var wrongSums: [String] = []

  var isSound: Bool {
    lost.isEmpty && doubled.isEmpty && unexpected.isEmpty && wrongSums.isEmpty
  }

  var description: String {
    func few(_ keys: [String]) -> String { "\(keys.count) (\(keys.prefix(5)))" }
    return "lost \(few(lost)), doubled \(few(doubled)), unexpected \(few(unexpected)), "
      + "wrong sums \(wrongSums)"
  }
}

/// Reads the database by itself, past the service, and judges what it holds.
struct Checker {
  /// What is there, each by what it is found by.
  private let things: [KeyedWrite.Kind: [String: Int]]
  private let audited: [String: Int]
  private let answered: [String: Int]
  private let reports: [String]
  private let registrations: [String]

  init(_ connection: RawConnection) throws {
    things = [
      .creation: try Self.counts(
        connection,
        "SELECT code, count(*) FROM initiatives.initiative WHERE code <> 'TOTAL' GROUP BY code"),
      .report: try Self.counts(
        connection, "SELECT note, count(*) FROM initiatives.actual GROUP BY note"),
      .registration: try Self.counts(
        connection, "SELECT name, count(*) FROM conferences.registration GROUP BY name"),
    ]
    // An entry without a change would be an audit that does not say what happened.
    audited = try Self.counts(
      connection,
      """
      SELECT e.request_key, count(*) FROM audit.entry e
      WHERE e.request_key IS NOT NULL
        AND EXISTS (SELECT FROM audit.change c WHERE c.entry_id = e.id)
      GROUP BY e.request_key
      """)
    answered = try Self.counts(
      connection,
      "SELECT key, count(*) FROM access.request WHERE reply_names IS NOT NULL GROUP BY key")
    registrations = try connection.exec(
      """
      SELECT confirmed::text FROM conferences.quota WHERE code = 'hall'
      UNION ALL SELECT count(*)::text FROM conferences.registration
      """
    ).map { $0[0] ?? "" }
    reports = try connection.exec(
      """
      SELECT trim_scale(coalesce(s.actual, 0))::text FROM initiatives.indicator i
      CROSS JOIN LATERAL initiatives.standing(i.id) s WHERE i.code = 'reports'
      UNION ALL SELECT coalesce(sum(amount), 0)::text FROM initiatives.actual
      """
    ).map { $0[0] ?? "" }
  }

  /// The verdict, once every write that was begun has been acknowledged.
  func judge(_ acknowledged: Set<KeyedWrite>) -> Verdict {
    var verdict = Verdict()
    for write in acknowledged {
      let effect = things[write.kind]?[write.thing] ?? 0
      let traces = [effect, audited[write.key] ?? 0, answered[write.key] ?? 0]
      if traces.contains(0) { verdict.lost.append(write.key) }
      if traces.contains(where: { $0 > 1 }) { verdict.doubled.append(write.key) }
    }
    let keys = Set(acknowledged.map(\.key))
    verdict.unexpected = [audited, answered].flatMap { $0.keys.filter { !keys.contains($0) } }
    for (kind, counts) in things {
      let expected = Set(acknowledged.filter { $0.kind == kind }.map(\.thing))
      verdict.unexpected += counts.keys.filter { !expected.contains($0) }
    }
    for (kind, sums) in [(KeyedWrite.Kind.report, reports), (.registration, registrations)] {
      let count = acknowledged.filter { $0.kind == kind }.count
      verdict.wrongSums += sums.filter { $0 != String(count) }
    }
    return verdict
  }

  private static func counts(
    _ connection: RawConnection, _ sql: String
  ) throws -> [String: Int] {
    var counts: [String: Int] = [:]
    for row in try connection.exec(sql) {
      counts[row[0] ?? "(none)"] = Int(row[1] ?? "")
    }
    return counts
  }
}
