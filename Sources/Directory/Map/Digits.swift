/// Numbers as pictures and maps write them.
enum Digits {
  /// A number with so many digits behind the point at most, and none that are zero at its end.
  static func text(_ value: Double, _ digits: Int) -> String {
    let factor = (0..<digits).reduce(1) { product, _ in product * 10 }
    let scaled = Int((value * Double(factor)).rounded())
    let (whole, rest) = abs(scaled).quotientAndRemainder(dividingBy: factor)
    let sign = scaled < 0 ? "-" : ""
    guard rest > 0 else { return "\(sign)\(whole)" }
    let behind = String(String(factor + rest).dropFirst())
    return "\(sign)\(whole)."
      + behind.prefix(
        (behind.lastIndex { $0 != "0" }).map {
          behind.distance(from: behind.startIndex, to: $0) + 1
        } ?? 0)
  }
}
