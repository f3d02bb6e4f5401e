/// A property that does not hold for an input.
package struct Violation: Error, Sendable, Equatable {
  package let message: String

  init(_ message: String) { self.message = message }
}

func demand(_ condition: Bool, _ message: @autoclosure () -> String) throws(Violation) {
  if !condition { throw Violation(message()) }
}

/// Code that reads what strangers send, and what must hold of it for any bytes.
///
/// A trap is a find too. Nothing here reads the clock, random numbers or the environment: an input
/// does the same whenever it is tried.
package struct FuzzTarget: Sendable {
  package let name: String
  private let property: @Sendable ([UInt8]) throws(Violation) -> Void

  /// Tries one input.
  package func check(_ bytes: [UInt8]) throws(Violation) { try property(bytes) }

  /// Everything that is searched. Each has a folder of `Seeds`.
  package static let all = [
    FuzzTarget(name: "framer", property: FramerTarget.check),
    FuzzTarget(name: "parser", property: ParserTarget.check),
    FuzzTarget(name: "proxy", property: ProxyTarget.check),
    FuzzTarget(name: "rows", property: RowsTarget.check),
    FuzzTarget(name: "sasl", property: ScramTarget.check),
  ]

  /// Has a fault that is to be found: who does not find it cannot be believed about the others.
  package static let control = FuzzTarget(name: "control", property: ControlTarget.check)
}
