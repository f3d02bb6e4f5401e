/// The kind of an error: what a script decides on. Each has its own exit status.
package enum ErrorClass: String, Sendable, CaseIterable {
  case usage, data, missing, conflict, auth, denied, busy, cancelled, proto, fault

  /// The process exit status of an error of this class (BSD sysexits where one fits).
  package var exitStatus: Int32 {
    switch self {
    case .usage: 64
    case .data: 65
    case .missing: 66
    case .conflict: 3
    case .auth, .denied: 77
    case .busy: 75
    case .cancelled: 4
    case .proto: 76
    case .fault: 70
    }
  }
}

/// A stable, documented error code, `class.reason`. Codes are only ever added.
package struct ErrorCode: Sendable, Hashable, CustomStringConvertible {
  /// What kind of error it is.
  package let errorClass: ErrorClass
  /// The reason within its class, for example `sold-out`.
  package let reason: String
  /// One sentence for the reference: when this error is answered.
  package let summary: String

  /// Declares a code; each must be listed in the registry of its area.
  package init(_ errorClass: ErrorClass, _ reason: String, _ summary: String) {
    self.errorClass = errorClass
    self.reason = reason
    self.summary = summary
  }

  /// The code as clients see it: `conflict.sold-out`.
  package var description: String { "\(errorClass.rawValue).\(reason)" }

  package static func == (left: Self, right: Self) -> Bool {
    left.errorClass == right.errorClass && left.reason == right.reason
  }
  package func hash(into hasher: inout Hasher) {
    hasher.combine(errorClass)
    hasher.combine(reason)
  }
}

/// The codes of the command language and of the service itself; areas declare their own.
extension ErrorCode {
  package static let unknownCommand = ErrorCode(
    .usage, "unknown-command", "No command has this name.")
  package static let unknownArgument = ErrorCode(
    .usage, "unknown-argument", "The command has no such parameter, or was given too many.")
  package static let badValue = ErrorCode(
    .usage, "bad-value", "A value is not of its parameter's type.")
  package static let syntax = ErrorCode(
    .usage, "syntax", "The line is not a request: a quote left open, a bad escape, a bad tag.")
  package static let lineTooLong = ErrorCode(
    .usage, "line-too-long", "The line is longer than the limit; it was discarded whole.")
  package static let required = ErrorCode(
    .data, "required", "Parameters are missing; the message names every one of them.")
  package static let invalid = ErrorCode(
    .data, "invalid", "The values are of the right types, and the database refuses them.")
  package static let stateConflict = ErrorCode(
    .conflict, "state", "The thing's present state does not allow this.")
  package static let duplicate = ErrorCode(
    .conflict, "duplicate", "There is one already.")
  package static let idempotency = ErrorCode(
    .conflict, "idempotency", "This key was used before, with another command.")
  package static let revisionConflict = ErrorCode(
    .conflict, "revision", "The thing is not at the revision that if-rev= gave: it was changed.")
  package static let authenticationRequired = ErrorCode(
    .auth, "required", "Say who you are first.")
  package static let authenticationFailed = ErrorCode(
    .auth, "failed", "The credentials are not valid.")
  package static let authenticationExpired = ErrorCode(
    .auth, "expired", "The token has expired or was revoked since this connection began.")
  package static let commandDenied = ErrorCode(
    .denied, "command", "None of your roles allows this command.")
  package static let rowDenied = ErrorCode(
    .denied, "row", "Your roles do not allow this on these rows.")
  package static let notDurable = ErrorCode(
    .denied, "not-durable", "The database could lose acknowledged writes, so none are made.")
  package static let databaseBusy = ErrorCode(
    .busy, "database", "The database cannot be reached or cannot take more work now.")
  package static let queueBusy = ErrorCode(
    .busy, "queue", "There was no room for the request in time: too much is under way.")
  package static let lockBusy = ErrorCode(
    .busy, "locked", "Somebody else was changing the same, and had not finished in time.")
  package static let connectionsBusy = ErrorCode(
    .busy, "connections", "The server holds as many connections as it may.")
  package static let draining = ErrorCode(
    .busy, "draining", "The server is stopping; connect again.")
  package static let slowClient = ErrorCode(
    .busy, "slow-client",
    "An answer was not read in time: the connection is closed unsaid, and the log has this code.")
  package static let diskFull = ErrorCode(
    .busy, "disk-full", "The database's disk is full; nothing was written.")
  package static let cancelledByClient = ErrorCode(
    .cancelled, "client", "Whoever asked for it has cancelled it.")
  package static let timeout = ErrorCode(
    .cancelled, "timeout", "It took longer than a statement may.")
  package static let outcomeUnknown = ErrorCode(
    .busy, "outcome-unknown",
    "The connection to the database broke while committing: it may or may not have happened.")
  package static let badUTF8 = ErrorCode(
    .proto, "bad-utf8", "The bytes are not UTF-8.")
  package static let badByte = ErrorCode(
    .proto, "bad-byte", "NUL or a carriage return inside a line.")
  package static let tlsRequired = ErrorCode(
    .proto, "tls-required", "This port speaks TLS 1.3 from the first byte.")
  package static let tlsFailed = ErrorCode(
    .proto, "tls-failed", "TLS could not be set up; the audit says why, the client its alert.")
  package static let noProxyHeader = ErrorCode(
    .proto, "proxy", "A load balancer's connection begins by no PROXY header that can be read.")
  package static let http = ErrorCode(
    .proto, "http", "This port does not speak HTTP.")
  package static let overflow = ErrorCode(
    .proto, "overflow", "A line or literal so long that framing is lost.")
  package static let truncated = ErrorCode(
    .proto, "truncated", "The input ended in the middle of a line or a literal.")
  package static let internalFault = ErrorCode(
    .fault, "internal", "A defect or an unforeseen failure; the log has it under the reference.")
  package static let databaseNewer = ErrorCode(
    .fault, "database-newer", "The database was migrated by a newer version of sister.")
  package static let unavailable = ErrorCode(
    .busy, "unavailable", "The service cannot start; the message says why.")

  /// Every code that is not an area's own.
  package static let general: [ErrorCode] = [
    .unknownCommand, .unknownArgument, .badValue, .syntax, .lineTooLong, .required, .invalid,
    .stateConflict, .duplicate, .idempotency, .revisionConflict, .authenticationRequired,
    .authenticationFailed, .authenticationExpired, .commandDenied, .rowDenied, .notDurable,
    .databaseBusy, .queueBusy, .lockBusy, .connectionsBusy, .draining, .slowClient, .diskFull,
    .cancelledByClient, .timeout, .outcomeUnknown, .badUTF8, .badByte, .tlsRequired, .tlsFailed,
    .noProxyHeader, .http, .overflow, .truncated, .internalFault,
    .databaseNewer, .unavailable,
  ]
}
