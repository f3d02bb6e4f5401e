import Foundations

/// A comparison in an argument: `amount>=5000`.
package enum Comparison: String, Sendable, CaseIterable {
  case equal = "="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  /// Contains, whatever the case.
  case contains = "~"
}

/// One argument as written: `value`, or `name op value`.
package struct Argument: Sendable, Equatable {
  package var name: String?
  package var comparison: Comparison
  package var value: String
  /// Its value, where that comes piece by piece.
  package var stream: LiteralStream?
  /// 1-based column of the argument in its line, in characters.
  package var column: Int

  /// An argument at `column`.
  package init(
    name: String? = nil, comparison: Comparison = .equal, value: String, column: Int = 1
  ) {
    self.name = name
    self.comparison = comparison
    self.value = value
    self.column = column
  }
}

extension Argument {
  /// The argument in its one canonical spelling, which parses to the same argument.
  package var spelling: String {
    (name.map { $0 + comparison.rawValue } ?? "") + JSON.string(value)
  }
}

/// A line, taken apart: which command is not decided yet.
package struct Request: Sendable, Equatable {
  /// The client's mark for telling its answers apart.
  package var tag: String?
  /// Leading words and arguments, in order.
  package var arguments: [Argument]
  /// How many bytes of literal follow the line, as the value of the last argument.
  package var literalBytes: Int?

  /// A request of these parts.
  package init(tag: String? = nil, arguments: [Argument], literalBytes: Int? = nil) {
    self.tag = tag
    self.arguments = arguments
    self.literalBytes = literalBytes
  }
}

/// A line that is no request. It keeps the tag, so that the answer can carry it.
package struct RequestError: Error, Sendable, Equatable {
  package let tag: String?
  package let error: DomainError
}
