import CommandLanguage
import Postgres

/// A grant's number, `G-YYYY-NNNN`: the year it starts in, and its place among that year's.
struct GrantNumber: ParameterValue, Hashable, CustomStringConvertible {
  static let typeName = "grant"
  static let accepts = "a grant's number, G-YYYY-NNNN, for example G-2012-0001"
  /// `G-2012-0001`: with zeros to four digits, and more digits where four do not suffice.
  let description: String

  init(argument: String) throws(InvalidValue) {
    guard let parts = NumberText.parts(argument, count: 2) else {
      throw InvalidValue(Self.accepts)
    }
    description = "G-\(NumberText.padded(parts[0], 4))-\(NumberText.padded(parts[1], 4))"
    // One spelling per number: that is what the database looks up.
    guard description == argument else {
      throw InvalidValue(Self.accepts, suggestion: description)
    }
  }
}

/// A payment's number: its grant's, and its place among the grant's payments, `G-2012-0001-02`.
struct PaymentNumber: ParameterValue, Hashable, CustomStringConvertible {
  static let typeName = "payment"
  static let accepts = "a payment's number, G-YYYY-NNNN-NN, for example G-2012-0001-02"
  let description: String

  init(argument: String) throws(InvalidValue) {
    guard let parts = NumberText.parts(argument, count: 3) else {
      throw InvalidValue(Self.accepts)
    }
    let padded = zip(parts, [4, 4, 2]).map { NumberText.padded($0, $1) }
    description = "G-" + padded.joined(separator: "-")
    guard description == argument else {
      throw InvalidValue(Self.accepts, suggestion: description)
    }
  }
}

/// What numbers of grants and of payments have in common.
private enum NumberText {
  /// The numbers of `G-2012-1`, each at least 1; nil for any other text. Leading zeros and the
  /// letter's case are free: whoever asks compares with the one good spelling.
  static func parts(_ text: String, count: Int) -> [Int]? {
    var fields = text.split(separator: "-", omittingEmptySubsequences: false)[...]
    guard fields.count == count + 1, ["G", "g"].contains(fields.removeFirst()) else { return nil }
    let numbers = fields.compactMap { field -> Int? in
      guard field.utf8.count <= 9, field.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
        let number = Int(field), number > 0
      else { return nil }
      return number
    }
    guard numbers.count == count, numbers[0] <= 9999 else { return nil }
    return numbers
  }

  static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

extension GrantNumber: PostgresEncodable, PostgresDecodable {
  static var postgresType: PostgresType { .text }
  var postgresText: String? { description }
  init?(cell: Cell) {
    guard let text = cell.text else { return nil }
    description = text
  }
}

extension PaymentNumber: PostgresEncodable, PostgresDecodable {
  static var postgresType: PostgresType { .text }
  var postgresText: String? { description }
  init?(cell: Cell) {
    guard let text = cell.text, let number = try? PaymentNumber(argument: text) else {
      return nil
    }
    self = number
  }
}
