/// A country, by its ISO 3166-1 alpha-2 code.
package struct CountryCode: ParameterValue, Hashable, CustomStringConvertible {
  package static let typeName = "country"
  package static let accepts = "a country's two capital letters (ISO 3166-1), for example US"
  /// The two letters.
  package let description: String

  package static let unitedStates = CountryCode("US")
  package static let china = CountryCode("CN")

  private init(_ letters: String) { description = letters }

  package init(argument: String) throws(InvalidValue) {
    guard argument.utf8.count == 2, argument.utf8.allSatisfy({ $0 >= 0x41 && $0 <= 0x5A }) else {
      let upper = argument.uppercased()
      throw InvalidValue(Self.accepts, suggestion: upper.utf8.count == 2 ? upper : nil)
    }
    description = argument
  }
}
