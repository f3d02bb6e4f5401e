import Foundations

/// Why a text is not a value of its parameter's type: what is accepted instead.
package struct InvalidValue: Error {
  package let accepted: String
  /// What in particular is wrong with the text, where that can be told: `XQX is no currency`.
  package let reason: String?
  package let suggestion: String?
  /// The argument it is about, where the parameter was given several.
  var argument: Argument?

  /// The parameter accepts `accepted`; perhaps `suggestion` was meant.
  package init(_ accepted: String, because reason: String? = nil, suggestion: String? = nil) {
    self.accepted = accepted
    self.reason = reason
    self.suggestion = suggestion
  }
}

/// A type that arguments can have.
package protocol ParameterValue: Sendable {
  /// The type's name in help: `date`.
  static var typeName: String { get }
  /// What may be typed, in words: `a date, YYYY-MM-DD`.
  static var accepts: String { get }
  /// Every possible value, where they are few: for completion and help.
  static var choices: [String] { get }
  /// The value that `argument` stands for.
  init(argument: String) throws(InvalidValue)
}

extension ParameterValue {
  package static var choices: [String] { [] }
}

extension String: ParameterValue {
  package static var typeName: String { "text" }
  package static var accepts: String {
    "text of at most \(Limits.textCharacters) characters, in double quotes if it has spaces"
  }
  package init(argument: String) throws(InvalidValue) {
    guard argument.utf8.contains(where: { $0 != 0x20 }),
      // Characters are counted as PostgreSQL counts them: code points.
      argument.utf8.count <= Limits.textCharacters
        || argument.unicodeScalars.count <= Limits.textCharacters
    else { throw InvalidValue(Self.accepts) }
    self = argument
  }
}

extension Int64: ParameterValue {
  package static var typeName: String { "integer" }
  package static var accepts: String { "a whole number" }
  package init(argument: String) throws(InvalidValue) {
    guard let value = Int64(argument) else { throw InvalidValue(Self.accepts) }
    self = value
  }
}

extension Bool: ParameterValue {
  package static var typeName: String { "yes|no" }
  package static var accepts: String { "yes or no" }
  package static var choices: [String] { ["yes", "no"] }
  package init(argument: String) throws(InvalidValue) {
    switch argument {
    case "yes": self = true
    case "no": self = false
    default: throw InvalidValue(Self.accepts)
    }
  }
}

extension CalendarDate: ParameterValue {
  package static var typeName: String { "date" }
  package static var accepts: String { "a date that the calendar has, as YYYY-MM-DD" }
  package init(argument: String) throws(InvalidValue) {
    guard let date = CalendarDate(iso: argument) else { throw InvalidValue(Self.accepts) }
    self = date
  }
}

extension Money: ParameterValue {
  package static var typeName: String { "money" }
  package static var accepts: String {
    "a positive amount such as 9500 or \"9500.50 EUR\" (US dollars unless a currency is given)"
  }
  package init(argument: String) throws(InvalidValue) {
    do throws(ParseError) {
      try self.init(parsing: argument)
    } catch {
      throw InvalidValue(Self.accepts, because: Self.reason(error, argument))
    }
  }

  /// What to do otherwise: each of these was somebody's honest way to write an amount.
  private static func reason(_ error: ParseError, _ text: String) -> String? {
    switch error {
    case .unknownCurrency(let code): "\(code.prefix(40)) is no ISO 4217 currency"
    case .tooManyDecimals(let currency) where currency.minorDigits == 0:
      "\(currency.code) has no decimals"
    case .tooManyDecimals(let currency):
      "\(currency.code) has \(currency.minorDigits) decimals"
    case .tooLarge: "this is too large"
    case .notPositive where text.contains("-"), .notANumber where text.contains("+"):
      "an amount has no sign"
    case .notPositive: "an amount is more than zero"
    case .notANumber where text.contains(","):
      "write it without thousands separators, and decimals after a point"
    case .notANumber
    where text.unicodeScalars.contains { $0.properties.generalCategory == .currencySymbol }:
      "the currency is its ISO 4217 code, not a symbol"
    case .notANumber where text.contains { "eE".contains($0) } && text.contains(where: \.isNumber):
      "write all digits, without an exponent"
    case .notANumber: nil
    }
  }
}

extension Currency: ParameterValue {
  package static var typeName: String { "currency" }
  package static var accepts: String { "an ISO 4217 currency's three capital letters, as USD" }
  package init(argument: String) throws(InvalidValue) {
    guard let currency = Currency(code: argument) else {
      let upper = Currency(code: argument.uppercased())
      throw InvalidValue(Self.accepts, suggestion: upper?.code)
    }
    self = currency
  }
}

/// A decimal number, kept as the digits that were typed.
package struct Decimal: ParameterValue, Equatable {
  package static var typeName: String { "number" }
  package static var accepts: String { "a number such as 250000 or 12.5" }
  package let digits: String

  /// A number whose digits are known to be good.
  package init(digits: String) { self.digits = digits }

  package init(argument: String) throws(InvalidValue) {
    let unsigned = argument.hasPrefix("-") ? argument.dropFirst() : Substring(argument)
    let parts = unsigned.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), unsigned.utf8.count <= 30,
      parts.allSatisfy({ part in
        !part.isEmpty && part.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
      })
    else { throw InvalidValue(Self.accepts) }
    digits = argument
  }
}

/// A short name that people choose and type: `SDWI`, `houston-2019`.
package struct Code: ParameterValue, Hashable, CustomStringConvertible {
  package static var typeName: String { "code" }
  package static var accepts: String {
    "a code such as SDWI (at most 32 letters, digits, hyphens, dots, underscores)"
  }
  /// The code as it was typed.
  package let description: String

  package init(argument: String) throws(InvalidValue) {
    let isWord = { (byte: UInt8) in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
      default: false
      }
    }
    guard let first = argument.utf8.first, isWord(first), argument.utf8.count <= 32,
      argument.utf8.allSatisfy({ isWord($0) || [0x2D, 0x2E, 0x5F].contains($0) })
    else { throw InvalidValue(Self.accepts) }
    description = argument
  }
}

extension ParameterValue where Self: RawRepresentable & CaseIterable, RawValue == String {
  package static var choices: [String] { allCases.map(\.rawValue) }
  package static var accepts: String { "one of " + choices.joined(separator: ", ") }
  package init(argument: String) throws(InvalidValue) {
    guard let value = Self(rawValue: argument) else {
      throw InvalidValue(
        Self.accepts,
        suggestion: EditDistance.nearest(to: argument, among: Self.choices))
    }
    self = value
  }
}

extension OutputFormat: ParameterValue {
  package static var typeName: String { "format" }
}

/// Comparisons with values of some type, all of which must hold: `amount>=5000 amount<=10000`.
package struct Filter<Operand: ParameterValue>: Sendable {
  /// One comparison.
  package struct Condition: Sendable {
    package let comparison: Comparison
    package let operand: Operand
    /// The operand as typed.
    package let text: String

    init(_ argument: Argument) throws(InvalidValue) {
      comparison = argument.comparison
      text = argument.value
      do throws(InvalidValue) {
        operand = try Operand(argument: argument.value)
      } catch {
        var error = error
        error.argument = argument
        throw error
      }
    }
  }

  /// At least one, at most `Limits.filterConditions`.
  package let conditions: [Condition]
}
