import Foundations
import Testing

@testable import CommandLanguage
@testable import Grants

@Suite("Numbers, shares and sums, without a database")
struct GrantNumberTests {
  @Test("a grant's number has one spelling", arguments: ["G-2012-0001", "G-2008-12345"])
  func oneSpelling(_ text: String) throws {
    #expect(try GrantNumber(argument: text).description == text)
  }

  @Test(
    "other spellings are refused, with the good one where it can be known",
    arguments: [
      ("g-2012-0001", "G-2012-0001"), ("G-2012-1", "G-2012-0001"),
      ("G-2012-012345", "G-2012-12345"), ("G-2012", nil), ("2012-0001", nil),
      ("G-2012-0000", nil), ("G-2012-0001-P01", nil), ("G-2012-00x1", nil), ("", nil),
      ("G-20120-0001", nil), ("G--0001", nil), ("G-2012-+001", nil),
    ])
  func otherSpellings(_ text: String, _ suggestion: String?) {
    let error = #expect(throws: InvalidValue.self) { try GrantNumber(argument: text) }
    #expect(error?.suggestion == suggestion)
  }

  @Test("a payment's number is its grant's with its own")
  func paymentNumber() throws {
    #expect(try PaymentNumber(argument: "G-2012-0001-P02").description == "G-2012-0001-P02")
    let error = #expect(throws: InvalidValue.self) { try PaymentNumber(argument: "g-2012-1-p2") }
    #expect(error?.suggestion == "G-2012-0001-P02")
  }

  @Test("a filter of money travels in minor units with its currency")
  func moneyFilter() throws {
    let filter = Filter<Money>(conditions: [
      try .init(Argument(comparison: .greaterOrEqual, value: "5000.50 EUR")),
      try .init(Argument(comparison: .less, value: "7000")),
    ])
    #expect(MoneyFilter(filter).postgresText == #"{">=","500050","EUR","<","700000","USD"}"#)
  }

  @Test(
    "a part's number has its letter", arguments: ["G-2012-0001-02", "G-2012-0001-R02", "G-1-1-"])
  func otherParts(_ text: String) {
    #expect(throws: InvalidValue.self) { try PaymentNumber(argument: text) }
  }

  @Test("shares are all of the amount, to the last minor unit")
  func shares() throws {
    let total = Money(amountMinor: 950_000, currency: .usd)
    let one = try FundShares(argument: "A")
    #expect(one.funds == ["A"])
    #expect(try one.amounts(of: total) == [950_000])
    let two = try FundShares(argument: "A:6000,B:3500.00")
    #expect(two.funds == ["A", "B"])
    #expect(try two.amounts(of: total) == [600_000, 350_000])
    for text in ["A:6000,B:3500.01", "A:6000,B:3499", "A:9500.001", "A:1e3,B:9", "A:-1,B:9501"] {
      let shares = try FundShares(argument: text)
      #expect(throws: DomainError.self, "\(text)") { try shares.amounts(of: total) }
    }
  }

  @Test(
    "shares that cannot be told are refused", arguments: ["A,B", "A:1,A:2", "", "A:1:2", "A:1,B"])
  func noShares(_ text: String) {
    #expect(throws: InvalidValue.self) { try FundShares(argument: text) }
  }
}
