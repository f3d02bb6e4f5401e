import Access
import CommandLanguage
import Postgres

/// What a change of an actual answers.
struct ActualChange: Sendable {
  let number: String
  let indicator: String
  let amount: String
  let state: String

  static let names = ["number", "indicator", "amount", "state"]

  var pairs: [Reply.Pair] {
    [
      .init("number", number), .init("indicator", indicator), .init("amount", amount),
      .init("state", state),
    ]
  }
}

/// An actual's number: `A-12`.
struct ActualNumber: ParameterValue, PostgresEncodable {
  static let typeName = "actual"
  static let accepts = "an actual's number, for example A-12"
  static var postgresType: PostgresType { .text }
  let postgresText: String?

  init(argument: String) throws(InvalidValue) {
    let digits = argument.dropFirst(2)
    guard argument.uppercased().hasPrefix("A-"), let number = Int64(digits), number > 0,
      digits.utf8.count <= 15
    else { throw InvalidValue(Self.accepts) }
    postgresText = "A-\(number)"
  }
}

/// What was achieved, as typed: `85000`, or of a percentage `340/500`.
struct ReportedAmount: ParameterValue, PostgresEncodable {
  static let typeName = "amount"
  static let accepts = "a number such as 85000; of a percentage how many of how many, as 340/500"
  static var postgresType: PostgresType { .text }
  /// The amount as the database takes it: the numbers as they were typed.
  let postgresText: String?

  init(argument: String) throws(InvalidValue) {
    let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count),
      parts.allSatisfy({ !$0.hasPrefix("-") && (try? Decimal(argument: String($0))) != nil })
    else { throw InvalidValue(Self.accepts) }
    postgresText = argument
  }
}

/// A part of an actual, as typed: `country:ET:60000`.
struct PartArgument: ParameterValue, PostgresArrayElement {
  static let typeName = "dimension:category:amount"
  static let accepts = "dimension:category:amount, for example country:ET:60000"
  static var postgresType: PostgresType { .text }
  static var postgresArrayType: PostgresType { .textArray }
  let postgresText: String?

  init(argument: String) throws(InvalidValue) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, (try? Code(argument: parts[0])) != nil,
      (try? Code(argument: parts[1])) != nil,
      (try? ReportedAmount(argument: parts[2])) != nil
    else { throw InvalidValue(Self.accepts) }
    postgresText = argument
  }
}
