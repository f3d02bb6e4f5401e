import Access
import CommandLanguage

extension ErrorCode {
  static let missingFund = ErrorCode(.missing, "fund", "There is no fund of this code.")
  static let missingGrant = ErrorCode(.missing, "grant", "There is no grant of this number.")
  static let missingPayment = ErrorCode(
    .missing, "payment", "There is no payment of this number.")
  static let missingEntry = ErrorCode(.missing, "entry", "The ledger has no entry of this number.")
  static let overAward = ErrorCode(
    .conflict, "over-award", "The fund has less available than was asked for.")
  static let overDisbursed = ErrorCode(
    .conflict, "over-disbursed", "The grant has less left to pay than was asked for.")
  static let openPayments = ErrorCode(
    .conflict, "open-payments", "The grant has payments that are still scheduled.")
  static let restricted = ErrorCode(
    .conflict, "restriction", "The fund's money is restricted to something else.")
  static let appendOnly = ErrorCode(
    .conflict, "append-only", "The ledger is only ever added to.")
  static let currencyMismatch = ErrorCode(
    .data, "currency", "The amount is not in the currency of the fund or grant.")
  static let unbalanced = ErrorCode(
    .data, "unbalanced", "An entry's debits and credits are not equal.")
  static let fourEyesOfGrant = ErrorCode(
    .denied, "four-eyes", "The signatory is named like the user who offered the grant.")
}

extension [ErrorCode] {
  static let grants: [ErrorCode] = [
    .missingFund, .missingGrant, .missingPayment, .missingEntry, .overAward, .overDisbursed,
    .openPayments, .restricted, .appendOnly, .currencyMismatch, .unbalanced, .fourEyesOfGrant,
  ]
}

extension [ConstraintRule] {
  /// The constraints of the schema `grants`.
  static let grants: [ConstraintRule] = ofFunds + ofGrants + ofPayments + ofLedger

  private static let ofFunds: [ConstraintRule] = [
    ConstraintRule("fund_code_key", .duplicate, "there is a fund of this code already"),
    ConstraintRule(
      "fund_code_format", .invalid,
      "a fund's code is 1 to 32 letters, digits, dots, hyphens or underscores"),
    ConstraintRule(
      "fund_currency_format", .invalid, "a currency is three capital letters (ISO 4217)"),
    ConstraintRule(
      "fund_countries_format", .invalid, "a country is two capital letters (ISO 3166-1)"),
    ConstraintRule("fund_area_known", .invalid, "a fund's area is one of the four program areas"),
    ConstraintRule("fund_period_order", .invalid, "ends= is before starts="),
    ConstraintRule(
      "fund_balance_not_over_awarded", .overAward,
      "the fund has less available than that; fund show says how much"),
    ConstraintRule(
      "fund_balance_not_negative", .overAward,
      "the fund has less in that account than was to be taken from it; fund show says how much"),
  ]

  private static let ofGrants: [ConstraintRule] = [
    ConstraintRule("grant_number_key", .duplicate, "there is a grant of this number already"),
    ConstraintRule("grant_number_format", .invalid, "a grant's number is G-YYYY-NNNN"),
    ConstraintRule(
      "grant_state_known", .invalid,
      "a grant is offered, declined, active, closing or closed"),
    ConstraintRule("grant_period_order", .invalid, "ends= is before starts="),
    ConstraintRule(
      "grant_in_kind_match_positive", .invalid, "an in-kind match is more than nothing"),
    ConstraintRule(
      "grant_days_order", .invalid,
      "on= is before the step it follows: offered, activated, closing, closed; grant show has "
        + "the days"),
    ConstraintRule(
      "grant_countersigned", .invalid, "an active grant has a signatory and an activation day"),
    ConstraintRule(
      "grant_signatory_not_officer", .fourEyesOfGrant,
      "the signatory signs for the recipient: not with the name of the user who offered the grant"),
    ConstraintRule(
      "grant_declined_with_reason", .invalid, "a declined grant has a day and a reason"),
    ConstraintRule(
      "grant_currency_of_fund_fkey", .currencyMismatch, "a grant is in its fund's currency"),
    ConstraintRule(
      "grant_balance_not_over_disbursed", .overDisbursed,
      "more would be disbursed than was awarded; grant show says what is left"),
    ConstraintRule(
      "grant_balance_not_over_scheduled", .overDisbursed,
      "more would be scheduled and disbursed than was awarded; grant show says what is left"),
    ConstraintRule(
      "grant_balance_not_negative", .overDisbursed,
      "the grant has less than was to be taken from it; grant show says how much"),
  ]

  private static let ofPayments: [ConstraintRule] = [
    ConstraintRule(
      "grant_payment_number_key", .duplicate, "there is a payment of this number already"),
    ConstraintRule(
      "grant_payment_number_format", .invalid, "a payment's number is G-YYYY-NNNN-NN"),
    ConstraintRule(
      "grant_payment_state_known", .invalid, "a payment is scheduled, paid or cancelled"),
    ConstraintRule(
      "grant_payment_amount_positive", .invalid, "a payment is more than nothing"),
    ConstraintRule(
      "grant_payment_paid_with_day", .invalid, "a payment has a day when it is paid, and only then"),
    ConstraintRule(
      "grant_payment_currency_of_grant_fkey", .currencyMismatch,
      "a payment is in its grant's currency"),
  ]

  private static let ofLedger: [ConstraintRule] = [
    ConstraintRule(
      "ledger_entry_reverses_key", .stateConflict, "the entry is reversed already"),
    ConstraintRule("ledger_entry_kind_known", .invalid, "the ledger knows no such kind of entry"),
    ConstraintRule(
      "ledger_entry_reverses_whole", .invalid,
      "voids and reversals name the entry that they reverse, and only they do"),
    ConstraintRule(
      "ledger_entry_reverses_earlier", .invalid, "an entry reverses an earlier one"),
    ConstraintRule("ledger_posting_line_key", .duplicate, "the fund's ledger has this line"),
    ConstraintRule("ledger_posting_account_known", .invalid, "a fund has no such account"),
    ConstraintRule(
      "ledger_posting_amount_not_zero", .invalid, "a posting of nothing says nothing"),
    ConstraintRule(
      "ledger_posting_currency_of_fund_fkey", .currencyMismatch,
      "a posting is in its fund's currency"),
  ]
}
