import Access
import CommandLanguage

extension [ConstraintRule] {
  /// The constraints of the schema `grants`.
  static let grants: [ConstraintRule] =
    ofFunds + ofLedger + ofGrants + ofPayments + ofConditions + ofReports + ofCostShare

  private static let ofFunds: [ConstraintRule] = [
    ConstraintRule("fund_code_key", .duplicate, "there is a fund of this code already"),
    ConstraintRule(
      "fund_code_format", .invalid,
      "a fund's code is 1 to 32 letters, digits, dots, hyphens or underscores"),
    ConstraintRule(
      "fund_currency_format", .invalid, "a currency is three capital letters (ISO 4217)"),
    ConstraintRule(
      "fund_balance_currency_format", .invalid, "a currency is three capital letters (ISO 4217)"),
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

  private static let ofLedger: [ConstraintRule] = [
    ConstraintRule(
      "ledger_entry_reverses_key", .stateConflict, "the entry is reversed already"),
    ConstraintRule("ledger_entry_kind_known", .invalid, "the ledger knows no such kind of entry"),
    ConstraintRule(
      "ledger_entry_reverses_whole", .invalid,
      "voids and reversals name the entry that they reverse, and only they do"),
    ConstraintRule(
      "ledger_entry_reverses_earlier", .invalid, "an entry reverses an earlier one"),
    ConstraintRule(
      "ledger_entry_payment_fkey", .invalid, "an entry's payment is one of its grant's"),
    ConstraintRule("ledger_posting_line_key", .duplicate, "the fund's ledger has this line"),
    ConstraintRule("ledger_posting_account_known", .invalid, "a fund has no such account"),
    ConstraintRule(
      "ledger_posting_amount_not_zero", .invalid, "a posting of nothing says nothing"),
    ConstraintRule(
      "ledger_posting_currency_of_fund_fkey", .currencyMismatch,
      "a posting is in a currency that its fund holds"),
  ]

  private static let ofGrants: [ConstraintRule] = [
    ConstraintRule("grant_number_key", .duplicate, "there is a grant of this number already"),
    ConstraintRule("grant_number_format", .invalid, "a grant's number is G-YYYY-NNNN"),
    ConstraintRule(
      "grant_state_known", .invalid,
      "a grant is offered, declined, lapsed, active, suspended, terminated, closing, closed or "
        + "reopened"),
    ConstraintRule("grant_period_order", .invalid, "ends= is before starts="),
    ConstraintRule(
      "grant_respond_by_order", .invalid, "respond-by= is before the day of the offer"),
    ConstraintRule("grant_match_positive", .invalid, "a match is more than nothing"),
    ConstraintRule("grant_risk_known", .invalid, "a risk is low, moderate or high"),
    ConstraintRule("grant_risk_whole", .invalid, "a rating has a reason and somebody who rated"),
    ConstraintRule(
      "grant_countersigned", .invalid,
      "an active grant has a signatory, an activation day and a rating of its risk"),
    ConstraintRule(
      "grant_signatory_not_officer", .fourEyes,
      "the signatory signs for the recipient: not with the name of the user who offered the grant"),
    ConstraintRule(
      "grant_match_waiver_whole", .invalid, "a waiver has a reason and somebody who waived"),
    ConstraintRule(
      "grant_closed_by_two", .fourEyes,
      "a grant is settled by finance and closed by somebody else: who settled it does not close it"),
    ConstraintRule(
      "grant_reopened_by_two", .fourEyes,
      "one asks that a grant be reopened, and another one reopens it"),
    ConstraintRule(
      "grant_balance_not_over_disbursed", .overDisbursed,
      "more would be disbursed than was awarded; grant show says what is left"),
    ConstraintRule(
      "grant_balance_not_over_scheduled", .overDisbursed,
      "more would be scheduled and disbursed than was awarded; grant show says what is left"),
    ConstraintRule(
      "grant_balance_not_negative", .overDisbursed,
      "the grant has less than was to be taken from it; grant show says how much"),
    ConstraintRule(
      "split_place_key", .invalid, "two funds cannot have the same place in a grant"),
    ConstraintRule(
      "split_not_over_disbursed", .overDisbursed,
      "more would be disbursed from a fund than it gives to the grant"),
    ConstraintRule(
      "split_not_negative", .overDisbursed,
      "a fund gives less to the grant than was to be taken from it"),
    ConstraintRule(
      "split_currency_of_grant_fkey", .currencyMismatch, "a fund gives in its grant's currency"),
    ConstraintRule(
      "split_currency_of_fund_fkey", .currencyMismatch,
      "a fund gives in a currency that it holds; fund exchange changes some"),
  ]

  private static let ofPayments: [ConstraintRule] = [
    ConstraintRule(
      "grant_payment_number_key", .duplicate, "there is a payment of this number already"),
    ConstraintRule(
      "grant_payment_number_format", .invalid, "a payment's number is G-YYYY-NNNN-PNN"),
    ConstraintRule(
      "grant_payment_state_known", .invalid,
      "a payment is scheduled, requested, program-approved, finance-approved, paid, failed, "
        + "cancelled or refunded"),
    ConstraintRule(
      "grant_payment_amount_positive", .invalid, "a payment is more than nothing"),
    ConstraintRule(
      "grant_payment_refund_within", .overRefunded, "more would come back than was paid"),
    ConstraintRule(
      "grant_payment_refund_whole", .invalid,
      "what is paid is refunded, and what is refunded came back whole"),
    ConstraintRule(
      "grant_payment_paid_with_day", .invalid, "a payment has a day when it is paid, and only then"),
    ConstraintRule(
      "grant_payment_steps_signed", .invalid, "each step of a payment has somebody who took it"),
    ConstraintRule(
      "grant_payment_three_people", .fourEyes,
      "a payment takes three people: one requests it, one approves it for the program, one for "
        + "finance"),
    ConstraintRule(
      "grant_payment_currency_of_grant_fkey", .currencyMismatch,
      "a payment is in its grant's currency"),
  ]

  private static let ofConditions: [ConstraintRule] = [
    ConstraintRule("condition_number_key", .duplicate, "there is a condition of this number"),
    ConstraintRule(
      "condition_number_format", .invalid, "a condition's number is G-YYYY-NNNN-CNN"),
    ConstraintRule(
      "condition_kind_known", .invalid, "a condition's kind is precedent, payment or special"),
    ConstraintRule(
      "condition_of_payment", .invalid,
      "a condition of the kind payment names one with payment=, and no other does"),
    ConstraintRule("condition_state_known", .invalid, "a condition is open, met or waived"),
    ConstraintRule(
      "condition_ended_whole", .invalid,
      "a condition that is met or waived has a day and a name, and a waiver has a reason"),
    ConstraintRule(
      "condition_payment_fkey", .invalid, "payment= names a payment of another grant"),
  ]

  private static let ofReports: [ConstraintRule] = [
    ConstraintRule("report_number_key", .duplicate, "there is a report of this number"),
    ConstraintRule("report_number_format", .invalid, "a report's number is G-YYYY-NNNN-RNN"),
    ConstraintRule("report_kind_known", .invalid, "a report is narrative or financial"),
    ConstraintRule(
      "report_period_order", .invalid,
      "a report's time begins before it ends, and the report is due after that"),
    ConstraintRule(
      "report_state_known", .invalid,
      "a report is scheduled, draft, submitted, returned, accepted or waived"),
    ConstraintRule("report_lines_not_negative", .invalid, "a line of a report is not negative"),
    ConstraintRule(
      "report_lines_of_financial", .invalid, "only financial reports have lines"),
    ConstraintRule(
      "report_whole", .reportIncomplete,
      "a narrative report has a narrative; a financial one the lines 10a, 10b, 10e and 10f"),
    ConstraintRule(
      "report_decided_whole", .invalid, "who accepts, returns or waives a report says so and why"),
    ConstraintRule(
      "report_accepted_by_another", .fourEyes,
      "who submitted a report does not accept it: somebody else does"),
  ]

  private static let ofCostShare: [ConstraintRule] = [
    ConstraintRule(
      "contribution_number_key", .duplicate, "there is a contribution of this number"),
    ConstraintRule(
      "contribution_number_format", .invalid, "a contribution's number is G-YYYY-NNNN-MNN"),
    ConstraintRule("contribution_kind_known", .invalid, "a contribution is cash or in-kind"),
    ConstraintRule("contribution_amount_positive", .invalid, "a contribution is more than nothing"),
    ConstraintRule(
      "contribution_struck_whole", .invalid, "what is struck has a reason and a name"),
    ConstraintRule(
      "contribution_currency_of_grant_fkey", .currencyMismatch,
      "a contribution is in its grant's currency"),
  ]
}
