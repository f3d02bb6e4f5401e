import CommandLanguage
import Postgres

// The command language's own types, as the database takes and gives them.

extension Code: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
  package static var postgresType: PostgresType { .text }
  package static var postgresArrayType: PostgresType { .textArray }
  package var postgresText: String? { description }
  package init?(cell: Cell) {
    guard let text = cell.text, let code = try? Code(argument: text) else { return nil }
    self = code
  }
}

extension CountryCode: PostgresEncodable, PostgresArrayElement {
  package static var postgresType: PostgresType { .text }
  package static var postgresArrayType: PostgresType { .textArray }
  package var postgresText: String? { description }
}

extension Decimal: PostgresEncodable, PostgresDecodable {
  package static var postgresType: PostgresType { .numeric }
  package var postgresText: String? { digits }
  package init?(cell: Cell) {
    guard let text = cell.text else { return nil }
    self.init(digits: text)
  }
}

/// A filter travels as `{operator,operand,operator,operand,…}`, for `service.matches`.
extension Filter: PostgresEncodable {
  package static var postgresType: PostgresType { .textArray }
  package var postgresText: String? {
    PostgresArray.literal(conditions.flatMap { [$0.comparison.rawValue, $0.text] })
  }
}
