import Access
import CommandLanguage
import Foundations
import Postgres

/// A partnership as an answer to a write names it.
struct PartnershipChange: Sendable {
  let number: String
  let state: String

  var pairs: [Reply.Pair] { [.init("number", number), .init("state", state)] }
}

/// What was said of a partnership's recognition or activity.
struct FactChange: Sendable {
  let number: String
  let fact: String
  let value: String

  var pairs: [Reply.Pair] { [.init("number", number), .init("fact", fact), .init("value", value)] }
}

/// A partnership as typed: its number, `PS-12`, or its two communities, `chicago:accra`.
struct PartnershipReference: ParameterValue, PostgresEncodable {
  static let typeName = "partnership"
  static let accepts = "a partnership's number, as PS-12, or its two communities, as chicago:accra"
  static var postgresType: PostgresType { .text }
  let postgresText: String?

  init(argument: String) throws(InvalidValue) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count),
      parts.allSatisfy({ (try? Code(argument: String($0))) != nil })
    else { throw InvalidValue(Self.accepts) }
    postgresText = argument
  }
}

/// A first day as typed: a date, or a year, which stands for its first day.
struct FirstDay: ParameterValue, PostgresEncodable {
  static let typeName = "first-day"
  static let accepts = "a date, as 1973-11-09, or a year, as 1973, which stands for its first day"
  static var postgresType: PostgresType { .date }
  let date: CalendarDate
  var postgresText: String? { date.postgresText }

  init(argument: String) throws(InvalidValue) {
    let iso = argument.utf8.count == 4 ? "\(argument)-01-01" : argument
    guard let date = CalendarDate(iso: iso) else { throw InvalidValue(Self.accepts) }
    self.date = date
  }
}

/// What the two communities call it.
enum PartnershipKind: String, CaseIterable, ParameterValue, PostgresEncodable, PostgresDecodable {
  case sister, friendship, charter

  static let typeName = "kind"
}

/// What may turn out not to be known of a partnership.
enum PartnershipDetail: String, CaseIterable, ParameterValue, PostgresEncodable,
  PostgresArrayElement
{
  case themes, starts

  static let typeName = "detail"
  static var postgresArrayType: PostgresType { .textArray }
}

/// What somebody says of a partnership.
enum Stance: String, CaseIterable, ParameterValue, PostgresEncodable {
  case exists, ended, never

  static let typeName = "stance"
}

/// What two communities do together.
enum EventKind: String, CaseIterable, ParameterValue, PostgresEncodable {
  case contact, visit, exchange, project, anniversary

  static let typeName = "kind"
}

/// What holds of a partnership in some days, beside that it exists.
enum PartnershipFact: String, CaseIterable, ParameterValue, PostgresEncodable {
  case recognition, activity

  static let typeName = "fact"
}

/// Every value of a fact, and `none`.
enum FactValue: String, CaseIterable, ParameterValue, PostgresEncodable {
  case recognised, suspended, emeritus, withdrawn, active, dormant, none

  static let typeName = "value"
  var postgresText: String? { self == .none ? nil : rawValue }
}

/// A theme of a partnership: a word of lower case.
struct Theme: ParameterValue, PostgresEncodable, PostgresArrayElement {
  static let typeName = "theme"
  static let accepts = "a theme in lower case, for example water or youth-orchestra"
  static var postgresType: PostgresType { .text }
  static var postgresArrayType: PostgresType { .textArray }
  let postgresText: String?

  init(argument: String) throws(InvalidValue) {
    let bytes = Array(argument.utf8)
    guard let first = bytes.first, (0x61...0x7A).contains(first), bytes.count <= 32,
      bytes.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D })
    else { throw InvalidValue(Self.accepts) }
    postgresText = argument
  }
}
