import CommandLanguage
import Postgres

/// A participant's number, `P-000123`: what people call them by where a name would say too much.
struct ParticipantNumber: ParameterValue, Hashable, CustomStringConvertible, PostgresEncodable {
  static let typeName = "participant"
  static let accepts = "a participant's number, for example P-000123"
  static let postgresType = PostgresType.text
  /// The number as the database writes it.
  let description: String
  var postgresText: String? { description }

  init(argument: String) throws(InvalidValue) {
    let text = argument.uppercased()
    let digits = text.utf8.dropFirst(2)
    guard text.hasPrefix("P-"), (6...18).contains(digits.count),
      digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
    else { throw InvalidValue(Self.accepts) }
    description = text
  }
}
