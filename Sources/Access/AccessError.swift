import CommandLanguage

/// The codes that access itself answers with, beside the general ones, and those that several
/// areas share: what they all refer to may be missing.
extension ErrorCode {
  package static let missingUser = ErrorCode(.missing, "user", "There is no user of this name.")
  package static let missingToken = ErrorCode(
    .missing, "token", "There is no token of this identifier.")
  package static let missingAuditEntry = ErrorCode(
    .missing, "audit-entry", "The audit has no entry of this number that you may see.")
  package static let auditTampered = ErrorCode(
    .conflict, "audit-tampered", "Something in the audit is not what was sealed.")
  package static let watchesBusy = ErrorCode(
    .busy, "watches", "The server, or this connection, has as many watches open as it may.")
  package static let missingCommunity = ErrorCode(
    .missing, "community", "There is no community of this code.")
  package static let missingInitiative = ErrorCode(
    .missing, "initiative", "There is no initiative of this code.")
}

extension [ErrorCode] {
  static let access: [ErrorCode] = [
    .transactionOpen, .transactionFailed, .noTransaction, .missingSaved, .unsaveable, .rowsRefused,
    .notImportable, .missingUser,
    .missingToken, .missingAuditEntry, .auditTampered, .watchesBusy, .missingCommunity,
    .missingInitiative,
  ]
}

/// What a violated constraint means to a person.
package struct ConstraintRule: Sendable {
  package let constraint: String
  package let code: ErrorCode
  package let message: String

  /// Where `constraint` is violated, the answer is `code` with `message`.
  package init(_ constraint: String, _ code: ErrorCode, _ message: String) {
    self.constraint = constraint
    self.code = code
    self.message = message
  }
}

extension [ConstraintRule] {
  /// The constraints of the schema `access`.
  static let access: [ConstraintRule] = [
    ConstraintRule("principal_name_key", .duplicate, "there is a user of this name already"),
    ConstraintRule(
      "principal_unix_user_key", .duplicate,
      "this operating system user is another user's already"),
    ConstraintRule(
      "principal_name_format", .invalid,
      "a user's name is 1 to 64 lower-case letters, digits, dots, hyphens or underscores, "
        + "starting with a letter"),
    ConstraintRule(
      "principal_name_not_reserved", .invalid,
      "owner and nobody are names that the service itself uses; give another"),
    ConstraintRule("principal_roles_present", .invalid, "a user has at least one role"),
  ]
}
