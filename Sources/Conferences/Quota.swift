import CommandLanguage

/// Seats that ticket types share, and what has become of them.
struct Quota: Sendable {
  let conference: String
  let code: String
  let ticketTypes: [String]
  let capacity: Int64
  let held: Int64
  let confirmed: Int64
  let blocked: Int64

  /// Seats that can still be taken.
  var free: Int64 { capacity - held - confirmed - blocked }

  static let shape = TableShape<Quota>(
    (Column("conference", .text), { .text($0.conference) }),
    (Column("code", .text), { .text($0.code) }),
    (Column("ticket-types", .text), { .text($0.ticketTypes.joined(separator: ",")) }),
    (Column("capacity", .integer), { .integer($0.capacity) }),
    (Column("held", .integer), { .integer($0.held) }),
    (Column("confirmed", .integer), { .integer($0.confirmed) }),
    (Column("blocked", .integer), { .integer($0.blocked) }),
    (Column("free", .integer), { .integer($0.free) }))
}

/// What changed: enough for an answer to a write.
struct QuotaChange: Sendable {
  let code: String
  let capacity: Int64
  let free: Int64

  var pairs: [Reply.Pair] {
    [.init("quota", code), .init("capacity", capacity), .init("free", free)]
  }
}
