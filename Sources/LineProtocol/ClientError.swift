import CommandLanguage

/// An error as a client holds it: answered by the server, or found out about its answer.
///
/// The code is text, because a newer server may know codes that this client does not.
package struct ClientError: Error, Sendable, Equatable {
  /// `class.reason`.
  package var code: String
  /// What is wrong and what would be accepted, for a person.
  package var message: String
  /// 1-based column of the request, in characters, where the trouble starts.
  package var column: Int?
  /// The parameter concerned.
  package var argument: String?
  /// What to type instead.
  package var suggestion: String?
  /// Whether and when trying again can help.
  package var retry: DomainError.Retry
  /// What became of a write; unknown is the worst case.
  package var effect: DomainError.Effect
  /// What to look for in the server's log.
  package var reference: String?
  /// Whether the server ends the connection after it.
  package var isFatal = false

  /// An error; every part but the code and the message may be left out.
  package init(
    _ code: String, _ message: String, column: Int? = nil, argument: String? = nil,
    suggestion: String? = nil, retry: DomainError.Retry = .no,
    effect: DomainError.Effect = .none, reference: String? = nil
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

  /// The error that an error line's code and pairs say.
  init(code: String, pairs: Pairs) {
    let seconds = pairs["retry"].flatMap { Int($0) }
    self.init(
      code, pairs["msg"] ?? "the server gave no message", column: pairs["at"].flatMap { Int($0) },
      argument: pairs["arg"], suggestion: pairs["try"],
      retry: seconds.map { .seconds($0) } ?? .no,
      effect: pairs["effect"].map { DomainError.Effect(rawValue: $0) ?? .unknown } ?? .none,
      reference: pairs["ref"])
    isFatal = pairs["fatal"] == "yes"
  }

  /// The class before the dot; nil for one that this client does not know.
  package var errorClass: ErrorClass? {
    ErrorClass(rawValue: String(code.prefix { $0 != "." }))
  }

  /// The exit status of a script that this error ends.
  package var exitStatus: Int32 { (errorClass ?? .fault).exitStatus }

  /// The connection ended before the answer did: whether a write happened cannot be told.
  package static func cut(_ what: String) -> ClientError {
    ClientError("busy.connection-lost", what, retry: .seconds(1), effect: .unknown)
  }

  /// The answer is not what its own status line says, or no answer at all.
  package static func damaged(_ what: String) -> ClientError {
    ClientError("proto.damaged", what, effect: .unknown)
  }
}
