/// An error as its reader needs it: what is wrong, what was given, what is accepted, what mends it.
package struct DomainError: Error, Sendable, Equatable {
  /// Whether trying again can help.
  package enum Retry: Sendable, Equatable {
    case no
    /// After so many seconds.
    case seconds(Int)
  }

  /// What became of a write that failed.
  package enum Effect: String, Sendable {
    case none, committed, unknown
  }

  package var code: ErrorCode
  /// Whole sentences for a person: what is wrong and what would be accepted.
  package var message: String
  /// 1-based column of the line, in characters, where the trouble starts.
  package var column: Int?
  /// The parameter concerned.
  package var argument: String?
  /// What to type instead: a word or a whole command.
  package var suggestion: String?
  package var retry: Retry
  package var effect: Effect
  /// Where the log has more, for faults.
  package var reference: String?

  /// An error; every part but the code and the message may be left out.
  package init(
    _ code: ErrorCode, _ message: String, column: Int? = nil, argument: String? = nil,
    suggestion: String? = nil, retry: Retry = .no, effect: Effect = .none,
    reference: String? = nil
  ) {
    self.code = code
    self.message = message
    self.column = column
    self.argument = argument
    self.suggestion = suggestion
    self.retry = retry
    self.effect = effect
    self.reference = reference
  }
}
