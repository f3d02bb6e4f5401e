import Foundations
import Testing

@testable import CommandLanguage
@testable import Grants

@Suite("Numbers and states, without a database")
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
      ("G-2012-0000", nil), ("G-2012-0001-01", nil), ("G-2012-00x1", nil), ("", nil),
      ("G-20120-0001", nil), ("G--0001", nil), ("G-2012-+001", nil),
    ])
  func otherSpellings(_ text: String, _ suggestion: String?) {
    let error = #expect(throws: InvalidValue.self) { try GrantNumber(argument: text) }
    #expect(error?.suggestion == suggestion)
  }

  @Test("a payment's number is its grant's with its own")
  func paymentNumber() throws {
    #expect(try PaymentNumber(argument: "G-2012-0001-02").description == "G-2012-0001-02")
    let error = #expect(throws: InvalidValue.self) { try PaymentNumber(argument: "g-2012-1-2") }
    #expect(error?.suggestion == "G-2012-0001-02")
  }

  @Test("a filter of money travels in minor units with its currency")
  func moneyFilter() throws {
    let filter = Filter<Money>(conditions: [
      try .init(Argument(comparison: .greaterOrEqual, value: "5000.50 EUR")),
      try .init(Argument(comparison: .less, value: "7000")),
    ])
    #expect(MoneyFilter(filter).postgresText == #"{">=","500050","EUR","<","700000","USD"}"#)
  }

  @Test("the lifecycles permit these changes and no others")
  func lifecycles() {
    #expect(
      GrantState.lifecycle.pairs == [
        "active>closing", "closing>closed", "offered>active", "offered>declined",
      ])
    #expect(PaymentState.lifecycle.pairs == ["scheduled>cancelled", "scheduled>paid"])
  }
}
