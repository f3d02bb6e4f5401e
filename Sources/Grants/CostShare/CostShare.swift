import CommandLanguage
import Foundations
import Postgres

/// A contribution of a recipient's, by whose number it is known.
enum ContributionPart: GrantPart {
  static let noun = "contribution"
  static let letter: Character = "M"
}

/// A contribution's number, `G-2012-0001-M01`.
typealias ContributionNumber = PartNumber<ContributionPart>

/// What a recipient adds: money, or things and work.
enum ContributionKind: String, CaseIterable, ParameterValue, PostgresEncodable {
  case cash
  case inKind = "in-kind"

  static let typeName = "contribution-kind"
}

/// What a change of the cost share answers.
struct ContributionChange: Sendable {
  let number: ContributionNumber
  let currency: Currency
  /// Of this kind, in all.
  let given: Int64
  let promised: Int64?

  static let names = ["number", "given", "promised"]

  var pairs: [Reply.Pair] {
    let promised = promised.map { Money(amountMinor: $0, currency: currency).description }
    return [
      .init("number", number), .init("given", Money(amountMinor: given, currency: currency)),
      .init("promised", promised ?? "nothing"),
    ]
  }
}
