/// A moment in UTC, kept as RFC 3339 writes it: `2026-07-01T09:30:00Z`.
package struct Timestamp: Sendable, Hashable, CustomStringConvertible {
  /// The moment as text, always with `Z`.
  package let description: String

  /// A moment as PostgreSQL prints it in a session whose time zone is UTC,
  /// `2026-07-01 09:30:00.25+00`; nil for anything else.
  package init?(postgresUTC text: String) {
    guard text.utf8.count >= 22, text.hasSuffix("+00") else { return nil }
    var bytes = Array(text.utf8.dropLast(3))
    guard bytes[10] == 0x20 else { return nil }
    bytes[10] = 0x54
    description = String(decoding: bytes, as: UTF8.self) + "Z"
  }
}
