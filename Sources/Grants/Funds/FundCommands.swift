import Access
import CommandLanguage
import Foundations

enum FundCommands {
  static let all = [create, receive, exchange, show, list]

  private static let code = Parameter<Code>("code", "the fund's code")

  static let create = Command<CommandContext>(
    "fund create", "Open a fund, with what its funder restricts it to.",
    needs: .capability(.fundsManage), effect: .write, returns: .done(["fund", "currency"]),
    errors: [.missingInitiative],
    example: "fund create PUR-2009 \"Children's safe drinking water\" \"Procter & Gamble\" "
      + "area=humanitarian countries=ET,NG",
    Parameter<Code>("code", "a short name for it"),
    Parameter<String>("title", "its full name"),
    Parameter<String>("funder", "who gives the money"),
    Parameter<Currency>(
      "currency", "what the funder gives", default: .usd, shown: "USD"),
    Parameter<String?>(optional: "purpose", "what the money is for, in the funder's words"),
    Parameter<Code?>(optional: "initiative", "it is for this initiative and its pilots"),
    Parameter<[CountryCode]>(list: "countries", "its initiatives work in one of these"),
    Parameter<ProgramArea?>(optional: "area", "its initiatives are of this program area"),
    Parameter<CalendarDate?>(optional: "starts", "the first day of what it pays for"),
    Parameter<CalendarDate?>(optional: "ends", "the last day of what it pays for")
  ) {
    (context, _, code, title, funder, currency, purpose, initiative, countries, area, starts, ends)
      async throws(DomainError) in
    try await context.write(
      FundStatements.create,
      (code, title, funder, currency, purpose, initiative, countries, area, starts, ends)
    ) { [.init("fund", $0.code), .init("currency", $0.currency.code)] }
  }

  static let receive = Command<CommandContext>(
    "fund receive", "Record money that a fund received.",
    needs: .capability(.fundsManage), effect: .write,
    returns: .done(["fund", "received", "available"]), errors: [.missingFund, .currencyMismatch],
    example: "fund receive PUR-2008 30000 on=2008-07-15 note=\"second instalment\"", code,
    Parameter<Money>("amount", "how much, in the fund's currency"),
    Parameter<CalendarDate?>(optional: "on", "the day it arrived; today unless said"),
    Parameter<String?>(optional: "note", "where the books have more")
  ) { (context, _, code, amount, day, note) async throws(DomainError) in
    try await context.write(
      FundStatements.receive, (code, amount.amountMinor, amount.currency, day, note)
    ) { $0.pairs }
  }

  static let exchange = Command<CommandContext>(
    "fund exchange", "Record that a fund's money was changed into another currency.",
    needs: .capability(.fundsManage), effect: .write,
    returns: .done(["fund", "received", "available"]),
    errors: [.missingFund, .currencyMismatch, .overAward],
    example: "fund exchange PUR-2008 \"1500 USD\" \"1000 EUR\" on=2008-03-03 note=\"bank note 17\"",
    code, Parameter<Money>("sold", "what was given, in a currency that the fund holds"),
    Parameter<Money>("bought", "what the bank gave for it: both sums are the rate of that day"),
    Parameter<CalendarDate?>(optional: "on", "the day of the rate; today unless said"),
    Parameter<String?>(optional: "note", "where the books have more")
  ) { (context, _, code, sold, bought, day, note) async throws(DomainError) in
    try await context.write(
      FundStatements.exchange,
      (
        code, sold.amountMinor, sold.currency, bought.amountMinor, bought.currency, day, note
      )
    ) { $0.pairs }
  }

  static let show = Command<CommandContext>(
    "fund show", "Show a fund and where its money is; report run fund-balance has all currencies.",
    needs: .capability(.fundsRead), effect: .read, returns: .record(FundStatements.show.columns),
    errors: [.missingFund], example: "fund show PUR-2008", code
  ) { (context, _, code) async throws(DomainError) in
    .record(
      try await context.readOne(
        FundStatements.show, code, orRefuse: FundStatements.find, code))
  }

  static let list = Command<CommandContext>(
    "fund list", "List funds and where their money is.",
    needs: .capability(.fundsRead), effect: .read, returns: .list(FundStatements.list.columns),
    example: "fund list funder~gamble available>=5000",
    Parameter<Filter<String>?>(filter: "title", "its full name"),
    Parameter<Filter<String>?>(filter: "funder", "who gives the money"),
    Parameter<Filter<Currency>?>(filter: "currency", "what it is kept in"),
    Parameter<Filter<ProgramArea>?>(filter: "area", "what it is restricted to"),
    Parameter<Filter<Money>?>(filter: "available", "what is left, in funds of that currency")
  ) { (context, options, title, funder, currency, area, available) async throws(DomainError) in
    try await context.readPage(
      FundStatements.list,
      (
        title, funder, currency, area, available.map(MoneyFilter.init), options.after,
        Int64(options.limit + 1)
      ))
  }
}
