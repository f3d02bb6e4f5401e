import CommandLanguage
import Foundations
import Postgres

/// What a person asks for.
struct NewRegistration: Sendable {
  let conference: Code
  let ticketType: Code
  let email: EmailAddress
  let name: String
  let community: Code?
}

/// A registration's number: `R-000123`. The database keeps the number without its ornament.
struct RegistrationNumber: ParameterValue, PostgresEncodable, PostgresDecodable,
  CustomStringConvertible
{
  static let typeName = "registration"
  static let accepts = "a registration's number such as R-000123"
  static let postgresType = PostgresType.bigint
  let id: Int64

  init(argument: String) throws(InvalidValue) {
    guard argument.hasPrefix("R-") || argument.hasPrefix("r-"), argument.utf8.count <= 20,
      argument.utf8.dropFirst(2).allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
      let id = Int64(argument.dropFirst(2)), id > 0
    else { throw InvalidValue(Self.accepts) }
    self.id = id
  }

  init?(cell: Cell) {
    guard let id = Int64(cell: cell) else { return nil }
    self.id = id
  }

  var postgresText: String? { id.postgresText }
  var description: String {
    let digits = String(id)
    return "R-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }
}

/// An e-mail address, as far as it can be told by looking at it.
struct EmailAddress: ParameterValue {
  static let typeName = "email"
  static let accepts = "an e-mail address such as maria@example.org"
  /// Longest address, in bytes (RFC 5321).
  private static let longestBytes = 254
  let text: String

  init(argument: String) throws(InvalidValue) {
    let parts = argument.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }),
      argument.utf8.count <= Self.longestBytes,
      argument.unicodeScalars.allSatisfy({
        // What is ASCII need not be looked up, and most of it is.
        $0.isASCII
          ? (0x21...0x7E).contains($0.value)
          : !$0.properties.isWhitespace && $0.properties.generalCategory != .control
      })
    else { throw InvalidValue(Self.accepts) }
    text = argument
  }
}
