/// An ISO 4217 currency: its three-letter code and how many decimal digits its minor unit has.
package struct Currency: Sendable, Hashable {
  /// The ISO 4217 alphabetic code, for example `USD`.
  package let code: String

  /// United States dollar: what an amount without a currency means.
  package static let usd = Currency(unchecked: "USD")

  private init(unchecked code: String) { self.code = code }

  /// The currency of this code (upper case, ISO 4217), or nil where there is none.
  package init?(code: String) {
    guard Self.codes.contains(code) else { return nil }
    self.code = code
  }

  /// Decimal digits of the minor unit: 2 for USD (cents), 0 for JPY, 3 for KWD.
  package var minorDigits: Int {
    if Self.withoutMinorUnit.contains(code) { return 0 }
    return Self.withThreeDigits.contains(code) ? 3 : 2
  }

  private static let withoutMinorUnit: Set<String> = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND",
    "VUV", "XAF", "XOF", "XPF",
  ]
  private static let withThreeDigits: Set<String> = [
    "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND",
  ]
  /// The active national currencies of ISO 4217.
  private static let codes: Set<String> = Set(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP \
    BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP \
    GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR \
    KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK \
    MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR \
    SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS \
    UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
    """.split(separator: " ").map(String.init))
}

/// A sum of money: a whole number of minor units of one currency, never a floating-point number.
package struct Money: Sendable, Hashable, CustomStringConvertible {
  /// The amount in minor units (cents for USD); negative for a reversal.
  package let amountMinor: Int64
  /// The currency the amount is in.
  package let currency: Currency

  /// A sum of `amountMinor` minor units of `currency`.
  package init(amountMinor: Int64, currency: Currency) {
    self.amountMinor = amountMinor
    self.currency = currency
  }

  /// As people read and type it: `7500.00 USD`.
  package var description: String {
    let digits = currency.minorDigits
    let sign = amountMinor < 0 ? "-" : ""
    var units = String(amountMinor.magnitude)
    guard digits > 0 else { return "\(sign)\(units) \(currency.code)" }
    while units.utf8.count <= digits { units = "0" + units }
    let split = units.index(units.endIndex, offsetBy: -digits)
    return "\(sign)\(units[..<split]).\(units[split...]) \(currency.code)"
  }

  /// Why a text is no sum of money.
  package enum ParseError: Error, Equatable {
    /// Not digits with at most one decimal point.
    case notANumber
    /// Three letters that are no ISO 4217 code.
    case unknownCurrency(String)
    /// More decimals than the currency's minor unit has.
    case tooManyDecimals(Currency)
    /// Zero or less.
    case notPositive
    /// Larger than fits 64 bits of minor units.
    case tooLarge
  }

  /// A positive sum as typed: `9500`, `9500.50`, `9500.50 USD`, `9500.50USD`, `USD9500.50`.
  ///
  /// Without a currency it is US dollars. Signs, thousands separators and exponents are refused:
  /// each means different things to different people.
  package init(parsing text: String) throws(ParseError) {
    var number = Substring(text)
    var currency = Currency.usd
    let code: Substring
    if let first = number.first, first.isLetter {
      code = number.prefix { $0.isLetter }
      number = number.dropFirst(code.count)
      while number.first == " " { number.removeFirst() }
    } else {
      code = Substring(number.reversed().prefix { $0.isLetter }.reversed())
      number = number.dropLast(code.count)
      while number.last == " " { number.removeLast() }
    }
    if !code.isEmpty {
      guard let known = Currency(code: String(code)) else {
        throw .unknownCurrency(String(code))
      }
      currency = known
    }
    let amountMinor = try Self.minorUnits(number, currency)
    guard amountMinor > 0 else { throw .notPositive }
    self.init(amountMinor: amountMinor, currency: currency)
  }

  private static func minorUnits(
    _ number: Substring, _ currency: Currency
  ) throws(ParseError) -> Int64 {
    let parts = number.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let fraction = parts.count == 2 ? parts[1] : ""
    let isDigits = { (part: Substring) in part.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }
    guard let whole = parts.first, !whole.isEmpty, isDigits(whole), isDigits(fraction),
      parts.count == 1 || !fraction.isEmpty
    else {
      if number.first == "-" { throw .notPositive }
      throw .notANumber
    }
    guard fraction.count <= currency.minorDigits else { throw .tooManyDecimals(currency) }
    let padding = String(repeating: "0", count: currency.minorDigits - fraction.count)
    guard let minor = Int64(whole + fraction + padding) else { throw .tooLarge }
    return minor
  }
}
