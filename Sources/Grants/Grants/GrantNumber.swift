import CommandLanguage
import Postgres

/// A grant's number, `G-YYYY-NNNN`: the year it starts in, and its place among that year's.
struct GrantNumber: ParameterValue, Hashable, CustomStringConvertible {
  static let typeName = "grant"
  static let accepts = "a grant's number, G-YYYY-NNNN, for example G-2012-0001"
  /// `G-2012-0001`: with zeros to four digits, and more digits where four do not suffice.
  let description: String

  init(argument: String) throws(InvalidValue) {
    guard let spelling = NumberText.spelling(argument, letter: nil) else {
      throw InvalidValue(Self.accepts)
    }
    // One spelling per number: that is what the database looks up.
    guard spelling == argument else { throw InvalidValue(Self.accepts, suggestion: spelling) }
    description = spelling
  }
}

/// What belongs to a grant, and is numbered within it.
protocol GrantPart: Sendable {
  /// What it is called.
  static var noun: String { get }
  /// What its numbers have before their last digits.
  static var letter: Character { get }
}

/// The number of a part: its grant's, a letter, and its place among the grant's parts of this kind,
/// `G-2012-0001-P02`.
struct PartNumber<Part: GrantPart>: ParameterValue, Hashable, CustomStringConvertible {
  static var typeName: String { Part.noun }
  static var accepts: String {
    "a \(Part.noun)'s number, G-YYYY-NNNN-\(Part.letter)NN, for example G-2012-0001-\(Part.letter)02"
  }
  let description: String

  init(argument: String) throws(InvalidValue) {
    guard let spelling = NumberText.spelling(argument, letter: Part.letter) else {
      throw InvalidValue(Self.accepts)
    }
    guard spelling == argument else { throw InvalidValue(Self.accepts, suggestion: spelling) }
    description = spelling
  }
}

/// What numbers of grants and of their parts have in common.
private enum NumberText {
  /// The one good spelling of `g-2012-1` or `G-2012-1-p2`; nil for any other text. Leading zeros
  /// and the case of letters are free.
  static func spelling(_ text: String, letter: Character?) -> String? {
    var fields = text.split(separator: "-", omittingEmptySubsequences: false)[...]
    guard fields.count == (letter == nil ? 3 : 4), ["G", "g"].contains(fields.removeFirst()) else {
      return nil
    }
    if let letter {
      let last = fields.removeLast()
      guard let first = last.first, String(first).uppercased() == String(letter) else {
        return nil
      }
      fields.append(last.dropFirst())
    }
    let numbers = fields.compactMap { field -> Int? in
      guard field.utf8.count <= 9, field.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
        let number = Int(field), number > 0
      else { return nil }
      return number
    }
    guard numbers.count == fields.count, numbers[0] <= 9999 else { return nil }
    let spelling = "G-\(padded(numbers[0], 4))-\(padded(numbers[1], 4))"
    guard let letter else { return spelling }
    return "\(spelling)-\(letter)\(padded(numbers[2], 2))"
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
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

extension PartNumber: PostgresEncodable, PostgresDecodable {
  static var postgresType: PostgresType { .text }
  var postgresText: String? { description }
  init?(cell: Cell) {
    guard let text = cell.text else { return nil }
    description = text
  }
}
