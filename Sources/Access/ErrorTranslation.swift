import CommandLanguage
import Foundations
import Postgres

/// Turns what the database says into what a person can act on.
package struct ErrorTranslation: Sendable {
  private let codes: [String: ErrorCode]
  private let rules: [String: ConstraintRule]

  /// The SQLSTATE of `service.refuse`: its message is meant for the person, and the constraint
  /// field holds the error's code.
  private static let refusal = "SI000"

  /// The refusals that are about a parameter which many commands take.
  private static let arguments: [ErrorCode: String] = [
    .idempotency: "key", .revisionConflict: "if-rev",
  ]

  /// A translation that knows these codes and constraints.
  package init(codes: [ErrorCode], rules: [ConstraintRule]) {
    self.codes = Dictionary(codes.map { ($0.description, $0) }) { first, _ in first }
    self.rules = Dictionary(rules.map { ($0.constraint, $0) }) { first, _ in first }
  }

  /// The error to answer with.
  package func domainError(_ error: PostgresError) -> DomainError {
    switch error {
    case .server(let error): return domainError(error)
    case .unreachable(let reason):
      Log.error("the database cannot be reached", [("reason", reason)])
      return DomainError(
        .databaseBusy, "the database cannot be reached; nothing was changed",
        retry: .seconds(1))
    case .diskFull(let reason):
      Log.error("the database's disk is full", [("reason", reason)])
      return .diskFull
    case .connectionLost(let committing):
      return committing
        ? .outcomeUnknown
        : DomainError(
          .databaseBusy, "the connection to the database broke; nothing was changed",
          retry: .seconds(1))
    case .overloaded:
      return DomainError(
        .queueBusy, "too many requests are waiting for the database", retry: .seconds(1))
    case .tookTooLong: return .tookTooLong
    case .cancelled: return .cancelledByClient
    case .notDurable(let settings):
      return DomainError(
        .notDurable,
        "the database runs with too weak a setting of \(settings.joined(separator: ", ")) and may "
          + "lose acknowledged writes: nothing is written until that is on again")
    case .withoutContext(let statement):
      return Self.fault("\(statement) was to run without a context")
    case .undecodable(let statement, let column, let type):
      return Self.fault("\(statement): column \(column) is no \(type)")
    }
  }

  /// A refusal of the database's own, meant for the person; nil where the code is unknown.
  func refusal(_ code: String, _ message: String, _ suggestion: String?) -> DomainError? {
    guard let code = codes[code] else { return nil }
    let suggestion = suggestion.flatMap { $0.isEmpty ? nil : $0 }
    return DomainError(
      code, message, argument: Self.arguments[code], suggestion: suggestion)
  }

  private func domainError(_ error: PostgresError.ServerError) -> DomainError {
    if error.sqlState == Self.refusal, let code = error.constraint,
      let refusal = refusal(code, error.message, error.hint)
    {
      return refusal
    }
    if let rule = error.constraint.flatMap({ rules[$0] }) {
      return DomainError(rule.code, rule.message)
    }
    switch error.sqlState {
    case "42501": return DomainError(.rowDenied, "your roles do not allow this on these rows")
    case "53100": return .diskFull
    case "57014":
      return .tookTooLong
    case "55P03":
      return DomainError(
        .lockBusy,
        "somebody else is changing the same, and has not finished within "
          + "\(Limits.lockMilliseconds / 1000) s; nothing was changed", retry: .seconds(5))
    case "25006":
      return DomainError(
        .databaseBusy, "the database is read-only at present", retry: .seconds(5))
    case let state where ["08", "53", "57", "40"].contains(state.prefix(2)):
      Log.error("the database refused work", [("sqlstate", state), ("message", error.message)])
      return DomainError(
        .databaseBusy, "the database cannot take this now; nothing was changed",
        retry: .seconds(1))
    case let state where state.hasPrefix("22"):
      // Its message quotes values, which may say something about a person.
      Log.info("the database refused a value", [("sqlstate", state)])
      return DomainError(
        .invalid,
        "a value is too large, too long or too far in time for what it is to be kept in; "
          + "nothing was changed")
    default:
      // Without its detail, which quotes whole rows.
      return Self.fault("\(error.sqlState) \(error.message) \(error.constraint ?? "")")
    }
  }

  /// An internal error: the log has the text, the client its reference.
  package static func fault(_ text: String) -> DomainError {
    let reference = String(UInt64.random(in: 0...(.max)), radix: 36)
    Log.error("fault", [("ref", reference), ("text", text)])
    return DomainError(
      .internalFault, "something unforeseen went wrong; the server's log has it as \(reference)",
      reference: reference)
  }
}

extension DomainError {
  /// The answer to what PostgreSQL was stopped at.
  static let tookTooLong = DomainError(
    .timeout,
    "it was stopped: the database may compute for \(Limits.statementMilliseconds / 1000) seconds; "
      + "ask for less at once (limit=, more filters)")

  /// The answer to what its client has cancelled.
  package static let cancelledByClient = DomainError(
    .cancelledByClient, "cancelled, as you asked; nothing was changed")

  /// The answer to a write that finds no room.
  static let diskFull = DomainError(
    .diskFull, "the database's disk is full; nothing was changed", retry: .seconds(60))

  /// The answer to a write whose connection broke while it was committing.
  static let outcomeUnknown = DomainError(
    .outcomeUnknown,
    "the connection to the database broke while committing; look whether it happened, "
      + "or use key= and send it again",
    retry: .seconds(1), effect: .unknown)

  /// This error as the answer to a write of which an earlier attempt may have happened. What the
  /// database refused, it has looked at: the earlier attempt did not happen. Anything else says
  /// nothing about it.
  var withUnknownOutcome: DomainError {
    switch code.errorClass {
    case .busy, .cancelled, .fault: .outcomeUnknown
    case .usage, .data, .missing, .conflict, .auth, .denied, .proto: self
    }
  }
}
