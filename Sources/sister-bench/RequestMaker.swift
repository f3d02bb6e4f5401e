import Glibc

/// Makes requests from a template: %R is a random number of a range, %N counts up, from one run to
/// the next too, and %T is one of some terms.
struct RequestMaker {
  private let parts: [String]
  private let range: ClosedRange<Int>
  private let terms: [String]
  private let run = Int.random(in: 0..<1_000_000_000)
  private var counter = 0

  /// `template` is one request, without its end of line.
  init(_ template: String, range: ClosedRange<Int>, terms: [String] = []) {
    self.terms = terms
    parts = template.split(separator: "%", omittingEmptySubsequences: false).map(String.init)
    self.range = range
  }

  /// The next request. Its parts were cut before, so that it is cheap.
  mutating func next() -> String {
    var text = parts[0]
    counter += 1
    for part in parts.dropFirst() {
      switch part.first {
      case "R": text += "\(Int.random(in: range))" + part.dropFirst()
      case "N": text += "\(run)-\(counter)" + part.dropFirst()
      case "T": text += (terms.randomElement() ?? "") + part.dropFirst()
      default: text += "%" + part
      }
    }
    return text + "\n"
  }
}
