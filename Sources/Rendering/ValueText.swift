import CommandLanguage
import Foundations

/// Values as text, byte by byte: the answers of the line protocol are made here by the ten
/// thousand, so nothing goes through string interpolation.
enum ValueText {
  /// Appends the value as its reader would type it. Null is nothing; text is not escaped.
  static func append(_ value: Value, to output: inout [UInt8]) {
    switch value {
    case .null: break
    case .text(let text), .number(let text): output.append(contentsOf: text.utf8)
    case .integer(let number): appendInteger(number, to: &output)
    case .boolean(let flag): output.append(contentsOf: (flag ? "yes" : "no").utf8)
    case .money(let money): appendMoney(money, to: &output)
    case .date(let date): output.append(contentsOf: date.description.utf8)
    case .timestamp(let moment): output.append(contentsOf: moment.description.utf8)
    case .table(let table): JSONLines.append(table, to: &output)
    }
  }

  /// The value as its reader would type it.
  static func string(_ value: Value) -> String {
    if case .text(let text) = value { return text }
    var bytes: [UInt8] = []
    append(value, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends decimal digits, with a minus sign where it is negative.
  static func appendInteger(_ value: Int64, to output: inout [UInt8]) {
    if value < 0 { output.append(UInt8(ascii: "-")) }
    appendDigits(value.magnitude, atLeast: 1, to: &output)
  }

  /// Appends what `Money.description` says: `7500.00 USD`.
  static func appendMoney(_ money: Money, to output: inout [UInt8]) {
    // Every other currency costs set look-ups.
    let digits = money.currency == .usd ? 2 : money.currency.minorDigits
    var scale: UInt64 = 1
    for _ in 0..<digits { scale *= 10 }
    let magnitude = money.amountMinor.magnitude
    if money.amountMinor < 0 { output.append(UInt8(ascii: "-")) }
    appendDigits(magnitude / scale, atLeast: 1, to: &output)
    if digits > 0 {
      output.append(UInt8(ascii: "."))
      appendDigits(magnitude % scale, atLeast: digits, to: &output)
    }
    output.append(0x20)
    output.append(contentsOf: money.currency.code.utf8)
  }

  private static func appendDigits(
    _ number: UInt64, atLeast count: Int, to output: inout [UInt8]
  ) {
    var divisor: UInt64 = 1
    var digits = 1
    while digits < count || number / divisor >= 10 {
      divisor *= 10
      digits += 1
    }
    while divisor > 0 {
      output.append(0x30 + UInt8(number / divisor % 10))
      divisor /= 10
    }
  }
}
