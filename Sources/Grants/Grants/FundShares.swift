import CommandLanguage
import Foundations

/// The funds that a grant is paid from: one, or several with what each gives, in the order in which
/// payments draw on them.
struct FundShares: ParameterValue {
  static let typeName = "funds"
  static let accepts =
    "a fund's code, or several, each with its part of the amount: PUR-2008:6000,SAI-2012:3500"

  /// A fund, and what it gives; nil where it gives everything.
  private struct Share {
    let fund: Code
    let amount: Substring?
  }

  private let shares: [Share]

  init(argument: String) throws(InvalidValue) {
    var shares: [Share] = []
    for text in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count <= 2, let fund = try? Code(argument: String(parts[0])) else {
        throw InvalidValue(Self.accepts)
      }
      shares.append(Share(fund: fund, amount: parts.count == 2 ? parts[1] : nil))
    }
    guard shares.count == 1 || shares.allSatisfy({ $0.amount != nil }) else {
      throw InvalidValue(Self.accepts, because: "each of several funds has its part of the amount")
    }
    guard Set(shares.map(\.fund.description)).count == shares.count else {
      throw InvalidValue(Self.accepts, because: "a fund is named twice")
    }
    self.shares = shares
  }

  /// The funds' codes.
  var funds: [String] { shares.map(\.fund.description) }

  /// What each gives of `total`, in minor units: together that is all of it.
  func amounts(of total: Money) throws(DomainError) -> [Int64] {
    var amounts: [Int64] = []
    var sum: Int64 = 0
    for share in shares {
      guard let text = share.amount else { return [total.amountMinor] }
      guard let money = try? Money(parsing: "\(text) \(total.currency.code)") else {
        throw DomainError(
          .badValue,
          "\(share.fund) gives \(text.prefix(40)), which is no sum of "
            + "\(total.currency.code); accepted: \(Self.accepts)", argument: "funds")
      }
      amounts.append(money.amountMinor)
      let (added, overflow) = sum.addingReportingOverflow(money.amountMinor)
      sum = overflow ? .max : added
    }
    guard sum == total.amountMinor else {
      throw DomainError(
        .badValue,
        "the funds give \(Money(amountMinor: sum, currency: total.currency)) together, and "
          + "\(total) are offered", argument: "funds")
    }
    return amounts
  }
}
