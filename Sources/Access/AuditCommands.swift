import CommandLanguage
import Foundations

/// Commands that read the audit.
enum AuditCommands {
  static let all = [list, show, verify, refusals]

  static let list = Command<CommandContext>(
    "audit list", "List what changed something, the latest first, as far as you may see it.",
    needs: .capability(.auditRead), effect: .read, returns: .list(AuditStatements.list.columns),
    example: "audit list principal=pat command~grant at>=2026-07-01",
    Parameter<Filter<Code>?>(filter: "principal", "who did it"),
    Parameter<Filter<String>?>(filter: "command", "the command, without its arguments"),
    Parameter<Filter<CalendarDate>?>(filter: "at", "the day it was done, in UTC")
  ) { (context, options, principal, command, day) async throws(DomainError) in
    try await context.readPage(
      AuditStatements.list,
      (
        principal, command, day, try options.after(as: Int64.self), Int64(options.limit + 1)
      ))
  }

  static let refusals = Command<CommandContext>(
    "audit refusals", "List logins, commands and connections that were refused, the latest first.",
    needs: .capability(.auditRead), effect: .read,
    returns: .list(AuditStatements.refusals.columns),
    example: "audit refusals code~auth minute>=2026-07-01",
    Parameter<Filter<String>?>(filter: "source", "from where: an address, or unix"),
    Parameter<Filter<String>?>(filter: "principal", "who it was, or said to be"),
    Parameter<Filter<String>?>(filter: "code", "the error's code"),
    Parameter<Filter<CalendarDate>?>(filter: "minute", "the day, in UTC")
  ) { (context, options, source, principal, code, day) async throws(DomainError) in
    try await context.readPage(
      AuditStatements.refusals,
      (
        source, principal, code, day, try options.after(as: Int64.self), Int64(options.limit + 1)
      ))
  }

  static let show = Command<CommandContext>(
    "audit show", "Show one entry of the audit with everything it changed.",
    needs: .capability(.auditRead), effect: .read,
    returns: .record(AuditStatements.show.columns + [.table("changed")]),
    errors: [.missingAuditEntry],
    example: "audit show 12",
    Parameter<Int64>("entry", "the entry's number, from audit list")
  ) { (context, _, number) async throws(DomainError) in
    try await context.showAuditEntry(number)
  }
}

extension CommandContext {
  /// An entry of the audit with what it changed, as far as whoever asks may see it.
  func showAuditEntry(_ number: Int64) async throws(DomainError) -> Reply {
    let entry = try await readTable(AuditStatements.show, number)
    guard !entry.rows.isEmpty else {
      throw DomainError(
        .missingAuditEntry, "the audit has no entry \(number) that you may see",
        suggestion: "audit list")
    }
    let changes = try await readTable(AuditStatements.changes, (number, Int64(Limits.rows)))
    return .record(entry.with("changed", changes))
  }
}

extension RequestOptions {
  /// Where a list goes on, of a list whose keys are of some type.
  package func after<Key: ParameterValue>(as type: Key.Type) throws(DomainError) -> Key? {
    guard let after else { return nil }
    do throws(InvalidValue) {
      return try Key(argument: after)
    } catch {
      throw DomainError(.badValue, "after is \(error.accepted)", argument: "after")
    }
  }
}
