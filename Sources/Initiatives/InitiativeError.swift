import Access
import CommandLanguage

extension ErrorCode {
  static let missingIndicator = ErrorCode(
    .missing, "indicator", "The initiative has no indicator of this code.")
  static let pilotRoles = ErrorCode(
    .data, "pilot-roles", "A tri-lateral initiative's pilot lacks a partner in one of its roles.")
  static let notLinked = ErrorCode(
    .data, "not-linked", "None of the three communities is a sister of both others.")
  static let formulaConflict = ErrorCode(
    .conflict, "formula", "A formula indicator is computed: nothing is reported on it.")
}

extension [ConstraintRule] {
  /// The constraints of the schema `initiatives`.
  static let initiatives: [ConstraintRule] = [
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
      "initiative_countries_format", .invalid,
      "a country is two capital letters (ISO 3166-1)"),
    ConstraintRule("initiative_period_order", .invalid, "ends= is before starts="),
    ConstraintRule(
      "initiative_not_own_parent", .invalid, "an initiative cannot be its own pilot"),
    ConstraintRule(
      "initiative_required_roles_count", .invalid,
      "trilateral= takes exactly three roles, for example us,african,chinese"),
    ConstraintRule(
      "partner_pkey", .duplicate, "a community takes part in an initiative once, in one role"),
    ConstraintRule(
      "partner_role_format", .invalid,
      "a partner's role is lower case: letters, digits and hyphens"),
    ConstraintRule(
      "indicator_code_key", .duplicate, "the initiative has an indicator of this code already"),
    ConstraintRule(
      "indicator_code_format", .invalid,
      "an indicator's code is lower case: letters, digits, dots, hyphens and underscores"),
    ConstraintRule(
      "indicator_target_positive", .invalid, "an indicator's target is not below nothing"),
    ConstraintRule(
      "indicator_not_of_itself", .formulaConflict,
      "an indicator cannot be computed from itself"),
    ConstraintRule(
      "indicator_formula_whole", .invalid, "formula-of= and factor= go together"),
    ConstraintRule("actual_amount_not_zero", .invalid, "a report of nothing says nothing"),
  ]
}
