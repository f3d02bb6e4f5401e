/// A write with its key. What it does can be counted.
struct KeyedWrite: Hashable {
  /// What is written: each goes its own way through the service.
  enum Kind: Int {
    /// Something new under a code of its own.
    case creation
    /// A report of 1, which adds up.
    case report
    /// A registration: done together with others, and counted by a quota.
    case registration
  }

  let key: String
  let kind: Kind
  /// What it is found by in the database.
  let thing: String

  /// The `number`th write of a client: 1 is a report, 2 a registration, 3 a creation, and so on.
  init(client: String, number: Int) {
    key = "01CRASH-\(client)-\(number)"
    kind = Kind(rawValue: number % 3) ?? .report
    thing = kind == .creation ? "I\(client)-\(number)" : key
  }

  /// The command as it is sent.
  var command: String {
    switch kind {
    case .creation:
      "initiative create \(thing) \"Written in a crash\" humanitarian key=\(key)"
    case .report: "indicator report TOTAL reports 1 note=\(thing) submit=yes key=\(key)"
    case .registration:
      "registration create crash regular \(thing)@example.org \(thing) key=\(key)"
    }
  }

  /// What must be there before: the indicator reported on, and the conference registered for.
  static let preparations = [
    "initiative create TOTAL \"What the writers report on\" humanitarian",
    "indicator create TOTAL reports \"Reports\" pieces target=1000000 starts=2020-01-01 "
      + "ends=2099-12-31",
    "community create town \"A Town\" US",
    "conference create crash \"A conference\" town starts=2030-07-01 ends=2030-07-03 "
      + "timezone=UTC",
    "ticket-type create crash regular \"Regular\" free",
    "quota create crash hall 1000000 ticket-types=regular",
    "conference open crash",
  ]
}

/// What a client remembers of its writes.
struct Ledger {
  /// Every write that was acknowledged.
  var acknowledged: Set<KeyedWrite> = []
  /// Writes whose answer did not come, or said that the outcome is unknown.
  var unknown = 0
  /// Answers that said that nothing has happened.
  var refused = 0
  /// Writes whose first request was answered from what an earlier attempt had stored: the server
  /// had lost the database's answer to the commit, and found it out by the key.
  var resolvedByServer = 0
  /// Writes of unknown outcome that turned out to have happened.
  var committed = 0
  /// Writes of unknown outcome that turned out not to have happened, and did when sent again.
  var fresh = 0
  /// What no answer should have been.
  var surprises: [String] = []

  static func + (left: Ledger, right: Ledger) -> Ledger {
    var sum = left
    sum.acknowledged.formUnion(right.acknowledged)
    sum.unknown += right.unknown
    sum.refused += right.refused
    sum.resolvedByServer += right.resolvedByServer
    sum.committed += right.committed
    sum.fresh += right.fresh
    sum.surprises += right.surprises
    return sum
  }

  /// What a kill can do to a write that a client sees: the more of it, the more was hit.
  var disturbed: Int { unknown + refused + resolvedByServer }

  /// Whether each write of unknown outcome has turned out to have happened or not.
  var isResolved: Bool { unknown == committed + fresh }

  /// The numbers, for the record of a test run.
  var numbers: String {
    "acknowledged \(acknowledged.count), refused \(refused), unknown \(unknown), "
      + "resolved by the server \(resolvedByServer), "
      + "resolved as committed \(committed), resolved as fresh \(fresh)"
  }
}
