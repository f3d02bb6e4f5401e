import CommandLanguage
import Foundations
import Postgres

extension AuditCommands {
  static let verify = Command<CommandContext>(
    "audit verify", "Recompute the seals of the audit: nothing in it was changed since.",
    needs: .capability(.auditRead), effect: .read,
    returns: .done(["seals", "entries", "head", "unsealed"]), errors: [.auditTampered],
    example: "audit verify from=1",
    Parameter<Int64>("from", "the number of the first seal to look at", default: 1, shown: "1"),
    Parameter<SealHead?>(
      optional: "head", "what head= was then: finds out if seals were cut off or made anew")
  ) { (context, _, first, head) async throws(DomainError) in
    try await context.verifyAudit(from: first, head: head)
  }
}

/// A seal that was written down: its number and its hash.
struct SealHead: ParameterValue {
  static let typeName = "number:hash"
  static let accepts = "a seal's number, a colon and its hash, as head= of audit verify said"
  let number: Int64
  let hash: String

  init(argument: String) throws(InvalidValue) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let number = Int64(parts[0]), number > 0, parts[1].utf8.count == 64,
      parts[1].allSatisfy({ $0.isASCII && $0.isHexDigit })
    else { throw InvalidValue(Self.accepts) }
    self.number = number
    hash = parts[1].lowercased()
  }
}

extension CommandContext {
  /// Looks whether the seals from one on hold, up to the one that is the last when it begins, and
  /// whether one is still what it was when somebody wrote it down.
  func verifyAudit(from first: Int64, head: SealHead?) async throws(DomainError) -> Reply {
    if let head, try await read(SealStatements.hash, head.number).first != head.hash {
      throw Self.tampered("seal \(head.number) is not the one that head= says, or is gone")
    }
    let state = try await only(SealStatements.state, ())
    guard first >= 1, first <= max(1, state.number) else {
      throw DomainError(
        .badValue, "from is the number of a seal: there are \(state.number)", argument: "from")
    }
    var next = first
    var entries: Int64 = 0
    while next <= state.number {
      let count = min(Limits.sealsPerCheck, state.number - next + 1)
      let check = try await only(SealStatements.verify, (next, count))
      if let seal = check.brokenSeal { throw Self.tampered(seal, check) }
      guard check.seals == count else {
        throw Self.tampered("seal \(next + check.seals) was there a moment ago, and is gone")
      }
      next += check.seals
      entries += check.entries
    }
    return .done([
      .init("seals", next - first), .init("entries", entries),
      .init("head", state.number == 0 ? "none" : "\(state.number):\(state.hash)"),
      .init("unsealed", state.unsealed),
    ])
  }

  private func only<Input, Row>(
    _ statement: Statement<Input, Row>, _ input: Input
  ) async throws(DomainError) -> Row {
    if let row = try await read(statement, input).first { return row }
    throw ErrorTranslation.fault("\(statement.description.name) said nothing")
  }

  private static func tampered(_ seal: Int64, _ check: SealCheck) -> DomainError {
    var what = "seal \(seal) does not hold"
    if let first = check.brokenFirst {
      what += ", or what it seals: entries from \(first)"
      if let last = check.brokenLast { what += " to \(last)" }
    }
    return tampered(what)
  }

  private static func tampered(_ what: String) -> DomainError {
    Log.error("the audit was tampered with", [("what", what)])
    return DomainError(.auditTampered, "\(what); a backup may show what it was")
  }
}
