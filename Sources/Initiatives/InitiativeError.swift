import Access
import CommandLanguage

extension ErrorCode {
  static let missingPartner = ErrorCode(
    .missing, "partner", "The community is no partner of the initiative.")
  static let missingFunder = ErrorCode(
    .missing, "funder", "The initiative has no funder of this name.")
  static let missingIndicator = ErrorCode(
    .missing, "indicator", "The initiative has no indicator of this code.")
  static let missingPeriod = ErrorCode(
    .missing, "period", "The indicator has no period that the day lies in.")
  static let missingDimension = ErrorCode(
    .missing, "dimension", "The indicator has no dimension or category of this name.")
  static let missingActual = ErrorCode(
    .missing, "actual", "There is no actual of this number.")
  static let pilotRoles = ErrorCode(
    .data, "pilot-roles", "A tri-lateral initiative's pilot lacks a partner in one of its roles.")
  static let notLinked = ErrorCode(
    .data, "not-linked", "None of the three communities is a sister of both others.")
  static let measure = ErrorCode(
    .data, "measure", "A percentage was given as one number, or something else as two.")
  static let breakdown = ErrorCode(
    .data, "breakdown", "The parts by a dimension do not add up to the actual.")
  static let circle = ErrorCode(
    .conflict, "circle", "It would stand on itself, by way of others.")
  static let formulaConflict = ErrorCode(
    .conflict, "formula",
    "The indicator is computed, so that nothing is reported on it; or it cannot be, from that.")
  static let dimensionInUse = ErrorCode(
    .conflict, "dimension", "Something was reported by the dimension already.")
  static let periodApproved = ErrorCode(
    .conflict, "period-approved", "The period is approved: nothing of it changes.")
  static let ownSubmission = ErrorCode(
    .conflict, "own-submission", "Nobody approves what they have handed in themselves.")
}

extension [ErrorCode] {
  static let initiatives: [ErrorCode] = [
    .missingPartner, .missingFunder, .missingIndicator, .missingPeriod, .missingDimension,
    .missingActual, .pilotRoles, .notLinked, .measure, .breakdown, .circle, .formulaConflict,
    .dimensionInUse, .periodApproved, .ownSubmission,
  ]
}

extension [ConstraintRule] {
  /// The constraints of the schema `initiatives`.
  static let initiatives: [ConstraintRule] =
    initiative + partnersAndFunders + indicators + periods + actuals

  private static let initiative: [ConstraintRule] = [
    ConstraintRule(
      "initiative_code_key", .duplicate, "there is an initiative of this code already"),
    ConstraintRule(
      "initiative_code_format", .invalid,
      "an initiative's code is letters, digits, dots, hyphens and underscores"),
    ConstraintRule(
      "initiative_area_known", .invalid,
      "an initiative's area is one of \(ProgramArea.choices.joined(separator: ", "))"),
    ConstraintRule(
      "initiative_state_known", .invalid,
      "an initiative is one of \(InitiativeState.choices.joined(separator: ", "))"),
    ConstraintRule(
      "initiative_cancelled_reasoned", .invalid, "reason= says why an initiative is given up"),
    ConstraintRule(
      "initiative_countries_format", .invalid,
      "a country is two capital letters (ISO 3166-1)"),
    ConstraintRule("initiative_period_order", .invalid, "ends= is before starts="),
    ConstraintRule(
      "initiative_not_own_parent", .circle, "an initiative cannot be its own pilot"),
    ConstraintRule(
      "initiative_required_roles_count", .invalid,
      "trilateral= takes exactly three roles, for example us,african,chinese"),
  ]

  private static let partnersAndFunders: [ConstraintRule] = [
    ConstraintRule(
      "partner_pkey", .duplicate, "a community takes part in an initiative once, in one role"),
    ConstraintRule(
      "partner_role_format", .invalid,
      "a partner's role is lower case: letters, digits and hyphens"),
    ConstraintRule("funder_name_present", .invalid, "a funder's name is not empty"),
    ConstraintRule(
      "funder_name_key", .duplicate,
      "the initiative has this funder already; initiative change-funder changes its pledge"),
    ConstraintRule("funder_pledged_positive", .invalid, "pledge= is more than nothing"),
    ConstraintRule(
      "funder_pledged_whole", .invalid, "a pledge is an amount and its currency, or none"),
    ConstraintRule(
      "funder_currency_format", .invalid, "a currency is three capital letters (ISO 4217)"),
  ]

  private static let indicators: [ConstraintRule] = [
    ConstraintRule(
      "indicator_code_key", .duplicate, "the initiative has an indicator of this code already"),
    ConstraintRule(
      "indicator_code_format", .invalid,
      "an indicator's code is lower case: letters, digits, dots, hyphens and underscores"),
    ConstraintRule(
      "indicator_result_known", .invalid,
      "result= is one of \(IndicatorResult.choices.joined(separator: ", "))"),
    ConstraintRule(
      "indicator_measure_known", .invalid,
      "measure= is one of \(IndicatorMeasure.choices.joined(separator: ", "))"),
    ConstraintRule(
      "indicator_aggregation_known", .invalid,
      "aggregation= is one of \(IndicatorAggregation.choices.joined(separator: ", "))"),
    ConstraintRule(
      "indicator_direction_known", .invalid,
      "direction= is one of \(IndicatorDirection.choices.joined(separator: ", "))"),
    ConstraintRule(
      "indicator_baseline_positive", .invalid, "baseline= is a number that is not below nothing"),
    ConstraintRule(
      "indicator_baseline_whole", .invalid,
      "baseline= and baseline-on= go together, and baseline-note= with them"),
    ConstraintRule(
      "indicator_descends_from", .invalid,
      "what is to become less starts from somewhere: give baseline= and baseline-on="),
    ConstraintRule("term_pkey", .duplicate, "a formula has each of its indicators once"),
    ConstraintRule(
      "term_not_of_itself", .circle, "an indicator cannot be computed from itself"),
    ConstraintRule(
      "term_factor_not_zero", .invalid, "a factor is a number, and not nothing"),
    ConstraintRule(
      "category_pkey", .duplicate, "the indicator has this category of the dimension already"),
    ConstraintRule(
      "category_dimension_format", .invalid,
      "a dimension's name is lower case: letters, digits and hyphens"),
    ConstraintRule(
      "category_category_format", .invalid,
      "a category's name is letters, digits, dots, hyphens and underscores"),
  ]

  private static let periods: [ConstraintRule] = [
    ConstraintRule("period_order", .invalid, "ends= is before starts="),
    ConstraintRule(
      "period_target_positive", .invalid, "a target is a number that is not below nothing"),
    ConstraintRule("period_state_known", .invalid, "a period is open or approved"),
    ConstraintRule(
      "period_reopening_whole", .invalid, "reason= says why a period is opened again"),
    ConstraintRule(
      "period_no_overlap", .duplicate,
      "another period of the indicator has some of these days; indicator show lists them"),
  ]

  private static let actuals: [ConstraintRule] = [
    ConstraintRule("actual_amount_positive", .invalid, "an actual is not below nothing"),
    ConstraintRule(
      "actual_denominator_positive", .invalid, "a percentage is of more than nothing"),
    ConstraintRule(
      "actual_one_contributor", .invalid, "an actual is a community's or contributor='s: not both"),
    ConstraintRule("actual_contributor_present", .invalid, "contributor= is not empty"),
    ConstraintRule(
      "actual_state_known", .invalid,
      "an actual is one of \(ActualState.choices.joined(separator: ", "))"),
    ConstraintRule(
      "actual_approver_differs", .ownSubmission,
      "you have handed it in yourself; somebody else approves it"),
    ConstraintRule(
      "actual_return_whole", .invalid, "reason= says what is to be corrected"),
    ConstraintRule("part_pkey", .duplicate, "parts= has each category once"),
    ConstraintRule("part_amount_positive", .invalid, "a part is not below nothing"),
    ConstraintRule("part_denominator_positive", .invalid, "a part is not of less than nothing"),
    ConstraintRule(
      "part_category_fkey", .dimensionInUse, "something was reported by this dimension already"),
  ]
}
