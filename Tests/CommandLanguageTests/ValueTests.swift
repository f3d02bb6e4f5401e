import CommandLanguage
import Foundations
import Testing

@Suite("Values as people type them")
struct ValueTests {
  private func invalid<Value: ParameterValue>(_ type: Value.Type, _ text: String) -> InvalidValue? {
    do throws(InvalidValue) {
      _ = try Value(argument: text)
      return nil
    } catch {
      return error
    }
  }

  private func money(_ text: String) -> Result<Money, Money.ParseError> {
    Result { () throws(Money.ParseError) in try Money(parsing: text) }
  }

  @Test(
    "Money is taken with its currency before or after it, and shown in one way",
    arguments: [
      ("9500", "9500.00 USD"), ("9500.5", "9500.50 USD"), ("9500.50 EUR", "9500.50 EUR"),
      ("9500.50EUR", "9500.50 EUR"), ("EUR9500", "9500.00 EUR"), ("EUR 9500", "9500.00 EUR"),
      ("0.01", "0.01 USD"), ("007", "7.00 USD"), ("500 JPY", "500 JPY"), ("1.234 KWD", "1.234 KWD"),
      ("92233720368547758.07", "92233720368547758.07 USD"),
      ("9223372036854775807 JPY", "9223372036854775807 JPY"),
    ])
  func goodMoney(text: String, shown: String) throws {
    #expect(try money(text).get().description == shown)
  }

  @Test(
    "Money that could be misread is refused",
    arguments: [
      ("1,000.5", .notANumber), ("1e9", .notANumber), ("1.000,50", .notANumber), ("", .notANumber),
      ("1.", .notANumber), (".5", .notANumber), ("1.2.3", .notANumber), ("+5", .notANumber),
      ("$5", .notANumber), ("5 000", .notANumber), ("٥", .notANumber), ("USD", .notANumber),
      (" 5", .notANumber), ("-5", .notPositive), ("USD-5", .notPositive), ("0", .notPositive),
      ("0.00", .notPositive), ("5 XXX", .unknownCurrency("XXX")), ("5usd", .unknownCurrency("usd")),
      ("abc", .unknownCurrency("abc")), ("1e", .unknownCurrency("e")),
      ("5.001", .tooManyDecimals(.usd)), ("92233720368547758.08", .tooLarge),
      ("99999999999999999999999999", .tooLarge),
    ] as [(String, Money.ParseError)])
  func badMoney(text: String, error: Money.ParseError) {
    #expect(money(text) == .failure(error))
    #expect(invalid(Money.self, text)?.accepted == Money.accepts)
  }

  @Test("A refusal of money says what is wrong with it")
  func moneyMessages() {
    #expect(invalid(Money.self, "5 XQX")?.reason == "XQX is no ISO 4217 currency")
    #expect(invalid(Money.self, "5.5 JPY")?.reason == "JPY has no decimals")
    #expect(invalid(Money.self, "5.12345 KWD")?.reason == "KWD has 3 decimals")
    #expect(invalid(Money.self, "99999999999999999999")?.reason == "this is too large")
  }

  @Test("Dates are days that the calendar has")
  func dates() throws {
    for text in ["2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31", "1970-01-01"] {
      #expect(try CalendarDate(argument: text).description == text)
    }
    for text in [
      "2023-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "2026-04-31",
      "2026-1-1",
      "26-01-01", "2026/01/01", "2026-01-01T00", "0000-01-01", "", "２０26-01-01", "-001-01-01",
    ] {
      #expect(invalid(CalendarDate.self, text) != nil, "\(text)")
    }
  }

  @Test("Days follow each other, over leap years and centuries")
  func calendar() throws {
    let first = try CalendarDate(argument: "1896-01-01").daysSinceEpoch
    var last = ""
    for day in first..<(first + 80_000) {
      let date = CalendarDate(daysSinceEpoch: day)
      #expect(CalendarDate(iso: date.description) == date)
      #expect(date.description > last)
      last = date.description
    }
  }

  @Test("Numbers are plain decimals")
  func decimals() throws {
    for text in ["0", "12.5", "-3", "250000", String(repeating: "9", count: 30)] {
      #expect(try Decimal(argument: text).digits == text)
    }
    for text in [
      "", "-", ".5", "5.", "1,5", "1e3", "+1", "--1", "0x1", " 1", "NaN", "1.2.3", "٥",
      String(repeating: "9", count: 31),
    ] {
      #expect(invalid(Decimal.self, text) != nil, "\(text)")
    }
  }

  @Test("Whole numbers fit 64 bits")
  func integers() throws {
    #expect(try Int64(argument: "-9223372036854775808") == .min)
    for text in ["", "1.0", "1e3", "9223372036854775808", " 1", "١"] {
      #expect(invalid(Int64.self, text) != nil, "\(text)")
    }
  }

  @Test("Codes are short words")
  func codes() throws {
    for text in [
      "SDWI", "houston-2019", "G-2026-0042", "a.b_c", "9", String(repeating: "a", count: 32),
    ] {
      #expect(try Code(argument: text).description == text)
    }
    for text in ["", "-a", ".a", "_a", "a b", "é", "a/b", "a'", String(repeating: "a", count: 33)] {
      #expect(invalid(Code.self, text) != nil, "\(text)")
    }
  }

  @Test("Text is neither empty nor longer than the limit, in code points")
  func text() throws {
    let longest = String(repeating: "友", count: Limits.textCharacters)
    #expect(try String(argument: longest) == longest)
    #expect(invalid(String.self, longest + "友") != nil)
    #expect(invalid(String.self, "e" + String(repeating: "\u{301}", count: 5_000)) != nil)
    #expect(invalid(String.self, "") != nil)
    #expect(invalid(String.self, "   ") != nil)
  }

  @Test("Countries, yes and no, and words of a few are case-exact and suggest what was meant")
  func choices() throws {
    #expect(try CountryCode(argument: "US").description == "US")
    #expect(invalid(CountryCode.self, "us")?.suggestion == "US")
    #expect(invalid(CountryCode.self, "USA")?.suggestion == nil)
    #expect(try Bool(argument: "yes"))
    #expect(try !Bool(argument: "no"))
    #expect(invalid(Bool.self, "true")?.accepted == "yes or no")
    #expect(try OutputFormat(argument: "json") == .json)
    #expect(invalid(OutputFormat.self, "jsno")?.suggestion == "json")
    #expect(invalid(OutputFormat.self, "xml")?.accepted.contains("tsv, csv, json") == true)
  }
}
