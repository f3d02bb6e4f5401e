import CommandLanguage

/// A fault that no random bytes meet: six letters, one behind the other, as the last value of a
/// request. Only who keeps an input for one branch more, and goes on from there, gets to it.
enum ControlTarget {
  static func check(_ input: [UInt8]) throws(Violation) {
    guard let equals = input.lastIndex(of: UInt8(ascii: "=")) else { return }
    var letters = input[(equals + 1)...].makeIterator()
    guard letters.next() == UInt8(ascii: "h") else { return }
    guard letters.next() == UInt8(ascii: "i") else { return }
    guard letters.next() == UInt8(ascii: "d") else { return }
    guard letters.next() == UInt8(ascii: "d") else { return }
    guard letters.next() == UInt8(ascii: "e") else { return }
    guard letters.next() == UInt8(ascii: "n") else { return }
    // Here, so that the many branches of this do not distract the search on its way.
    guard let request = try? RequestParser.parse(input), request.arguments.count > 1 else { return }
    try demand(request.arguments.last?.value != "hidden", "the planted fault is met")
  }
}
