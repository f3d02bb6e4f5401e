import Access
import CommandLanguage

extension ErrorCode {
  static let parentConflict = ErrorCode(
    .conflict, "parent", "A community would lie in itself.")
  static let missingName = ErrorCode(
    .missing, "name", "The community has no other name like this.")
  static let missingNumber = ErrorCode(
    .missing, "number", "No community has this number of that list.")
  static let noCoordinates = ErrorCode(
    .data, "no-coordinates", "It is not known where the community is.")
  static let missingPartnership = ErrorCode(
    .missing, "partnership", "There is no such partnership, or the two communities have none.")
  static let missingSource = ErrorCode(.missing, "source", "There is no source of this code.")
  static let missingAgreement = ErrorCode(
    .missing, "agreement", "The partnership has no agreement yet.")
  static let notOfThePair = ErrorCode(
    .data, "not-of-the-pair", "The community is neither of the partnership's two.")
  static let signatures = ErrorCode(
    .data, "signatures", "The agreement lacks a signature that it needs to be in force.")
  static let resolution = ErrorCode(
    .data, "resolution", "The council's resolution is not known, and recognition needs it.")
  static let standing = ErrorCode(
    .data, "standing", "Recognition needs a member whose dues are paid or in grace.")
  static let missingMembership = ErrorCode(
    .missing, "membership", "The community never was a member.")
  static let missingTier = ErrorCode(
    .missing, "tier", "The dues schedule has no tier of this code.")
  static let missingInvoice = ErrorCode(.missing, "invoice", "There is no invoice of this number.")
  static let noTier = ErrorCode(
    .data, "no-tier", "The dues schedule says nothing of this population and day.")
  static let tooManyFeatures = ErrorCode(
    .usage, "too-many-features", "One file of geographic features does not hold so many.")
  static let notSeeking = ErrorCode(
    .missing, "seeking", "The community seeks no partner.")
  static let overpaid = ErrorCode(
    .conflict, "overpaid", "More would be paid than was asked for, or given back than came.")
}

extension [ConstraintRule] {
  /// The constraints of the schema `directory`.
  static let directory: [ConstraintRule] = communities + partnerships + memberships

  private static let communities: [ConstraintRule] = [
    ConstraintRule(
      "community_code_key", .duplicate, "there is a community of this code already"),
    ConstraintRule(
      "community_name_key", .duplicate,
      "there is a community of this name, kind and place in this country and region already"),
    ConstraintRule(
      "community_code_format", .invalid,
      "a community's code is lower case: letters, digits, dots, hyphens and underscores"),
    ConstraintRule(
      "community_key_not_empty", .invalid, "a community's name has a letter in it"),
    ConstraintRule(
      "community_name_length", .invalid,
      "a community's name has at most 200 characters, and its region 100"),
    ConstraintRule("community_name_name_length", .invalid, "a name has at most 200 characters"),
    ConstraintRule(
      "community_time_zone_format", .invalid, "a time zone is named as in America/Chicago, or UTC"),
    ConstraintRule(
      "community_country_fkey", .invalid, "there is no such country (ISO 3166-1 alpha-2)"),
    ConstraintRule(
      "community_subdivision_format", .invalid,
      "a subdivision is its country's code, a hyphen and its own (ISO 3166-2): US-IL"),
    ConstraintRule(
      "community_kind_known", .invalid,
      "a community is one of \(CommunityKind.choices.joined(separator: ", "))"),
    ConstraintRule(
      "community_name_kind_known", .invalid,
      "a name is one of \(NameKind.choices.joined(separator: ", "))"),
    ConstraintRule(
      "community_name_language_format", .invalid, "a language is as BCP 47 writes it: zh-Hans"),
    ConstraintRule(
      "external_id_scheme_known", .invalid,
      "a list is one of \(NumberScheme.choices.joined(separator: ", "))"),
    ConstraintRule(
      "community_coordinates_whole", .invalid, "latitude and longitude go together"),
    ConstraintRule("community_latitude_range", .invalid, "latitude is from -90 to 90 degrees"),
    ConstraintRule("community_longitude_range", .invalid, "longitude is from -180 to 180 degrees"),
    ConstraintRule(
      "community_population_positive", .invalid, "population= is of people, so at least 1"),
    ConstraintRule("community_not_own_parent", .invalid, "a community cannot lie in itself"),
    ConstraintRule(
      "community_name_name_key", .duplicate, "the community has this name already"),
    ConstraintRule(
      "community_name_key_not_empty", .invalid, "a name has a letter in it"),
    ConstraintRule(
      "external_id_pkey", .duplicate, "another community has this number of that list"),
    ConstraintRule(
      "external_id_value_format", .invalid,
      "that is no number of this list: geonames has 4887398, wikidata Q1297, un-locode USCHI"),
    ConstraintRule("source_code_key", .duplicate, "there is a source of this code already"),
    ConstraintRule(
      "source_code_format", .invalid,
      "a source's code is lower case: letters, digits, dots, hyphens and underscores"),
  ]

  private static let partnerships: [ConstraintRule] = [
    ConstraintRule(
      "partnership_one_current", .duplicate, "the two communities are partners already"),
    ConstraintRule(
      "partnership_one_proposal", .duplicate,
      "a partnership of the two communities is being prepared already"),
    ConstraintRule(
      "partnership_no_overlap", .duplicate,
      "in some of these days the two communities have another partnership"),
    ConstraintRule(
      "partnership_kind_known", .invalid,
      "a partnership is one of \(PartnershipKind.choices.joined(separator: ", "))"),
    ConstraintRule(
      "partnership_state_known", .invalid,
      "a partnership is one of \(PartnershipState.choices.joined(separator: ", "))"),
    ConstraintRule(
      "partnership_signed_has_start", .invalid, "what is signed has a first day: on="),
    ConstraintRule(
      "partnership_end_whole", .invalid, "what is terminated, and only that, has an end and why"),
    ConstraintRule(
      "partnership_themes_format", .invalid, "themes are words of lower case: themes=health,water"),
    ConstraintRule(
      "partnership_event_kind_known", .invalid,
      "an event is one of \(EventKind.choices.joined(separator: ", "))"),
    ConstraintRule(
      "partnership_fact_known", .invalid,
      "recognition is recognised, suspended, emeritus, withdrawn or none; activity is active, "
        + "dormant or none"),
    ConstraintRule(
      "agreement_resolution_whole", .invalid, "a resolution has the day that it was adopted on"),
    ConstraintRule(
      "assertion_stance_known", .invalid,
      "what is said is one of \(Stance.choices.joined(separator: ", "))"),
    ConstraintRule(
      "seeking_population_order", .invalid,
      "populations are above 0, and max-population= is at least min-population="),
    ConstraintRule(
      "seeking_continents_known", .invalid,
      "a continent is one of \(Continent.choices.joined(separator: ", "))"),
    ConstraintRule(
      "seeking_themes_format", .invalid, "themes are words of lower case: themes=health,water"),
    ConstraintRule("partnership_pair_order", .invalid, "a community is no partner of itself"),
    ConstraintRule(
      "partnership_period_order", .invalid, "a partnership ends after its first day"),
    ConstraintRule(
      "partnership_proposal_whole", .invalid,
      "a proposal has a profile, a sponsor, volunteers (at least 1) and a plan for the first year"),
    ConstraintRule(
      "agreement_languages_format", .invalid,
      "give the languages that the agreement is written in: languages=en,am"),
    ConstraintRule(
      "signature_pkey", .duplicate, "for this community the agreement is signed already"),
  ]

  private static let memberships: [ConstraintRule] = [
    ConstraintRule(
      "dues_tier_code_key", .duplicate, "the dues schedule has a tier of this code already"),
    ConstraintRule(
      "dues_tier_code_format", .invalid,
      "a tier's code is lower case: letters, digits, dots, hyphens and underscores"),
    ConstraintRule(
      "dues_tier_population_range", .invalid,
      "a tier is for at least one person, and max= is not below min="),
    ConstraintRule("dues_tier_valid_range", .invalid, "until= is a day after from="),
    ConstraintRule("dues_tier_amount_positive", .invalid, "dues are more than nothing"),
    ConstraintRule(
      "dues_tier_no_overlap", .duplicate,
      "in some of these days another tier is for some of these populations; dues list shows them, "
        + "dues end ends one"),
    ConstraintRule(
      "membership_no_overlap", .duplicate,
      "the community is a member already, in some of these days"),
    ConstraintRule(
      "membership_order", .invalid, "a membership ends after the day on which it began"),
    ConstraintRule(
      "dues_invoice_no_overlap", .duplicate,
      "for some of these days there is an invoice already; membership show names it"),
    ConstraintRule(
      "dues_payment_amount_not_zero", .invalid, "an amount is more than nothing"),
  ]
}
