/// The answer to one request, before any format.
package enum Reply: Sendable, Equatable {
  /// One thing, whole: shown field by field.
  case record(Table)
  /// Things of a kind, with where the next page starts when there are more.
  case list(Table, next: String?)
  /// All things of a kind, however many, as they are read.
  case stream(RowStream)
  /// What happens from now on, line by line, until it is cancelled.
  case pushes(PushStream)
  /// What a write did, as pairs of the status line: `number=G-2012-0001 state=active`.
  case done([Pair])
  /// What became of many things: rows about some, pairs about all, and an error if it came to nothing.
  case outcome(Table, [Pair], DomainError?)
  /// A step of a login: what the client's side of it needs, and what the answer says.
  case step(String, [Pair])
  /// Text to read, line by line.
  case page([String])
  /// The answer of another request, which runs in this one's place.
  case instead(Request)
  /// The session ends after this answer.
  case goodbye

  /// Whatever a write has to say: a name and its value.
  package struct Pair: Sendable, Equatable {
    package let name: String
    package let value: String
    /// Shown once and kept nowhere: not in the answer stored for a key.
    package let isSecret: Bool

    /// `name=value`.
    package init(
      _ name: String, _ value: some CustomStringConvertible, isSecret: Bool = false
    ) {
      self.name = name
      self.value = value.description
      self.isSecret = isSecret
    }
  }
}
