import Access
import CommandLanguage

extension [ConstraintRule] {
  /// The constraints of the schema `directory`.
  static let directory: [ConstraintRule] = [
    ConstraintRule(
      "community_code_key", .duplicate, "there is a community of this code already"),
    ConstraintRule(
      "community_name_key", .duplicate,
      "there is a community of this name in this country and region already"),
    ConstraintRule(
      "community_code_format", .invalid,
      "a community's code is lower case: letters, digits, dots, hyphens and underscores"),
    ConstraintRule(
      "community_country_format", .invalid, "a country is two capital letters (ISO 3166-1)"),
  ]
}
