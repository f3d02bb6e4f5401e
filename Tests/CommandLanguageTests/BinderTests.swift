import CommandLanguage
import Foundations
import Testing

@Suite("Arguments become values, and one answer names all that is wrong")
struct BinderTests {
  @Test("Required parameters go by position or by name, in any mixture")
  func positions() async throws {
    let lines = [
      "grant offer WATER 500", "grant offer fund=WATER amount=500", "grant offer amount=500 WATER",
      "grant offer 500 fund=WATER", #""grant" "offer" "WATER" "500""#,
    ]
    for line in lines {
      let pairs = try await run(line)
      #expect(pairs["fund"] == "WATER")
      #expect(pairs["amount"] == "500.00 USD")
    }
  }

  @Test("What is left out is its default; lists are split at commas")
  func defaults() async throws {
    let without = try await run("grant offer WATER 500")
    #expect(without["start"] == "none")
    #expect(without["countries"] == "")
    #expect(without["months"] == "12")
    #expect(without["preview"] == "false")
    let with = try await run(
      "grant offer WATER 500 start=2026-01-02 countries=US,CN,,ET months=6 key=K.1 preview=yes")
    #expect(with["start"] == "2026-01-02")
    #expect(with["countries"] == "US+CN+ET")
    #expect(with["months"] == "6")
    #expect(with["key"] == "K.1")
    #expect(with["preview"] == "true")
  }

  @Test("All that is missing is named at once, with an example")
  func missing() throws {
    let error = try #require(refusal("grant offer"))
    #expect(error.code == .required)
    #expect(
      error.message == "missing: fund (the fund), amount (how much); example: grant offer WATER 500"
    )
    #expect(error.argument == "fund")
    #expect(refusal("grant offer WATER")?.argument == "amount")
  }

  @Test("Bad values and missing ones are told together, the first with its column")
  func together() throws {
    let error = try #require(refusal("grant offer fund=/ start=soon countries=US,usa months=x"))
    #expect(error.code == .badValue)
    #expect(error.argument == "fund")
    #expect(error.column == 13)
    for part in [
      "fund is a code", "not \"/\"", "start is a date", "countries is", "months is",
      "missing: amount",
    ] {
      #expect(error.message.contains(part), "\(part)")
    }
  }

  @Test("An unknown parameter is told what there is, and what was meant")
  func unknown() throws {
    let error = try #require(refusal("grant offer WATER 500 mnths=5"))
    #expect(error.code == .unknownArgument)
    #expect(error.argument == "mnths")
    #expect(error.suggestion == "months=")
    #expect(error.column == 23)
    #expect(error.message.contains("fund, amount, start, countries, months, key, preview"))
    #expect(refusal("ping x=1")?.message.contains("no arguments") == true)
    #expect(refusal("grant list limt=5")?.suggestion == "limit=")
    let endless = String(repeating: "x", count: 50_000)
    #expect(try #require(refusal("ping \(endless)=1")).message.utf8.count < 500)
  }

  @Test("A parameter given twice, or one value too many, is refused")
  func twice() throws {
    #expect(refusal("grant offer WATER 500 months=1 months=2")?.message == "months is given twice")
    let error = try #require(refusal("grant offer WATER 500 700"))
    #expect(error.code == .unknownArgument)
    #expect(error.column == 23)
    #expect(error.message.contains(#""700" is one value too many"#))
    #expect(refusal("ping 5")?.message.contains("ping takes no arguments") == true)
  }

  @Test("Filters take every comparison; nothing else does")
  func filters() async throws {
    for comparison in Comparison.allCases {
      let pairs = try await run("grant list amount\(comparison.rawValue)5")
      #expect(pairs["amount"] == "\(comparison.rawValue)5.00 USD")
    }
    #expect(try await run("grant list")["amount"] == "any")
    #expect(refusal("grant list amount>=much")?.argument == "amount")
    #expect(refusal("grant list shape=tvs")?.suggestion == "tsv")
    #expect(refusal("grant offer WATER amount>500")?.message == "amount takes = only, not >")
    #expect(refusal("grant list limit>5")?.code == .badValue)
  }

  @Test("A filter given more than once is a range: every condition holds, up to a number")
  func ranges() async throws {
    let pairs = try await run("grant list amount>=5000 shape!=csv amount<=10000 shape!=tsv")
    #expect(pairs["amount"] == ">=5000.00 USD and <=10000.00 USD")
    #expect(pairs["shape"] == "!=csv and !=tsv")
    let error = try #require(refusal("grant list amount>=5000 amount<=x"))
    #expect(error.column == 25)
    #expect(error.argument == "amount")
    let most = String(repeating: " amount>5", count: Limits.filterConditions)
    #expect(refusal("grant list" + most) == nil)
    let tooMany = try #require(refusal("grant list" + most + " amount>6"))
    #expect(tooMany.code == .unknownArgument)
    #expect(tooMany.column == 12 + 9 * Limits.filterConditions)
    #expect(tooMany.message == "amount is given more than 8 times")
  }

  @Test(
    "A bad amount is told in one sentence, and why",
    arguments: [
      ("x", "x is no ISO 4217 currency"),
      ("1,000", "write it without thousands separators, and decimals after a point"),
      ("$5", "the currency is its ISO 4217 code, not a symbol"),
      ("-5", "an amount has no sign"), ("+5", "an amount has no sign"),
      ("1e9", "write all digits, without an exponent"), ("0", "an amount is more than zero"),
      ("5.5 JPY", "JPY has no decimals"),
    ])
  func amounts(given: String, reason: String) throws {
    let quoted = JSON.string(given)
    #expect(
      try #require(refusal("grant offer WATER \(quoted)")).message
        == "amount is \(Money.accepts), not \(quoted): \(reason)")
  }

  @Test("limit= is refused in one sentence", arguments: ["abc", "0", "-1", "10001", "All"])
  func limits(given: String) throws {
    #expect(
      try #require(refusal("grant list limit=\(given)")).message
        == "limit is a whole number from 1 to 10000, or all, not \"\(given)\"")
  }

  @Test("Options belong to their kind of command, and limit= has a limit")
  func options() async throws {
    let pairs = try await run("grant list limit=7 after=G-1 format=csv")
    #expect(pairs["limit"] == "7")
    #expect(pairs["after"] == "G-1")
    #expect(pairs["format"] == "csv")
    #expect(try await run("grant list limit=\(Limits.rows)")["limit"] == "\(Limits.rows)")
    for limit in ["0", "-1", "\(Limits.rows + 1)", "x", "99999999999999999999"] {
      #expect(refusal("grant list limit=\(limit)")?.argument == "limit", "\(limit)")
    }
    #expect(refusal("grant list key=a")?.code == .unknownArgument)
    #expect(refusal("grant offer WATER 5 format=csv")?.code == .unknownArgument)
    #expect(refusal("fund show WATER limit=5")?.code == .unknownArgument)
    #expect(refusal("fund show WATER format=json") == nil)
    for key in ["", "a b", "é", String(repeating: "k", count: Limits.keyBytes + 1)] {
      #expect(refusal("grant offer WATER 5 key=\(JSON.string(key))")?.argument == "key")
    }
  }

  @Test("A rest parameter takes everything that follows, respelled so that it parses the same")
  func rest() async throws {
    let reply = try await bound(#"help grant offer amount>=5 "a \"b\"""#).run(NoContext())
    #expect(reply == .page([#""grant" "offer" amount>="5" "a \"b\"""#]))
    #expect(try await bound("help").run(NoContext()) == .page([""]))
    #expect(
      try await bound("help help=1 help=2").run(NoContext()) == .page([#"help="1" help="2""#]))
  }

  @Test("A write's canonical text is one spelling, without its key and preview")
  func canonical() throws {
    let text = try bound(#"grant offer WATER 500 months=6 key=a"#).options.canonicalText
    #expect(text == #"grant offer "WATER" "500" months="6""#)
    #expect(
      try bound(#"grant  offer "WATER" 500 preview=yes months="6""#).options.canonicalText == text)
    #expect(try bound("grant list amount>5").options.canonicalText == "grant list")
  }
}
