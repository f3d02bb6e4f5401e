import Access
import CommandLanguage

extension ErrorCode {
  static let missingFund = ErrorCode(.missing, "fund", "There is no fund of this code.")
  static let missingGrant = ErrorCode(.missing, "grant", "There is no grant of this number.")
  static let missingPayment = ErrorCode(
    .missing, "payment", "There is no payment of this number.")
  static let missingCondition = ErrorCode(
    .missing, "condition", "There is no condition of this number.")
  static let missingReport = ErrorCode(
    .missing, "grantee-report", "There is no recipient's report of this number.")
  static let missingContribution = ErrorCode(
    .missing, "contribution", "There is no contribution of this number.")
  static let missingEntry = ErrorCode(.missing, "entry", "The ledger has no entry of this number.")
  static let overAward = ErrorCode(
    .conflict, "over-award", "The fund has less available than was asked for.")
  static let overDisbursed = ErrorCode(
    .conflict, "over-disbursed", "The grant has less left to pay than was asked for.")
  static let overRefunded = ErrorCode(
    .conflict, "over-refunded", "More would come back of a payment than was paid.")
  static let openPayments = ErrorCode(
    .conflict, "open-payments", "The grant has payments that are yet to be made.")
  static let conditionOpen = ErrorCode(
    .conflict, "condition-open", "A condition that must be met first is open.")
  static let reportOverdue = ErrorCode(
    .conflict, "report-overdue", "The recipient owes a report whose day has passed.")
  static let reportIncomplete = ErrorCode(
    .data, "incomplete", "The report lacks something that it must say.")
  static let riskUnrated = ErrorCode(
    .conflict, "risk-unrated", "The grant's risk must be rated first.")
  static let unsettled = ErrorCode(
    .conflict, "unsettled", "Something is left to settle before the grant can be closed.")
  static let restricted = ErrorCode(
    .conflict, "restriction", "The fund's money is restricted to something else.")
  static let appendOnly = ErrorCode(
    .conflict, "append-only", "The ledger is only ever added to.")
  static let currencyMismatch = ErrorCode(
    .data, "currency", "The amount is not in the currency of the fund or grant.")
  static let unbalanced = ErrorCode(
    .data, "unbalanced", "An entry's debits and credits are not equal.")
  static let fourEyes = ErrorCode(
    .denied, "four-eyes", "Two steps that take two people would be one person's.")
}

extension [ErrorCode] {
  static let grants: [ErrorCode] = [
    .missingFund, .missingGrant, .missingPayment, .missingCondition, .missingReport,
    .missingContribution, .missingEntry, .overAward, .overDisbursed, .overRefunded, .openPayments,
    .conditionOpen, .reportOverdue, .reportIncomplete, .riskUnrated, .unsettled, .restricted,
    .appendOnly, .currencyMismatch, .unbalanced, .fourEyes,
  ]
}
