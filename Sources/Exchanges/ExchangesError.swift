import Access
import CommandLanguage

extension ErrorCode {
  static let missingProfile = ErrorCode(
    .missing, "profile", "There is no rule profile of this code.")
  static let missingProgram = ErrorCode(
    .missing, "program", "There is no exchange program of this code.")
  static let missingCohort = ErrorCode(.missing, "cohort", "There is no cohort of this code.")
  static let missingParticipant = ErrorCode(
    .missing, "participant", "There is no participant of this number.")
  static let missingGuardian = ErrorCode(
    .missing, "guardian", "The participant has no guardian.")
  static let ageImpossible = ErrorCode(
    .data, "age", "The date of birth cannot be that of somebody who travels with the cohort.")
  static let duration = ErrorCode(
    .data, "duration", "The cohort lasts longer or shorter than its program's rules take.")
  static let cohortFull = ErrorCode(.conflict, "full", "Every place of the cohort is taken.")
  static let acceptanceBlocked = ErrorCode(
    .conflict, "blocked",
    "Something stands between the participant and acceptance; the message says all of it.")
}

extension [ErrorCode] {
  static let exchanges: [ErrorCode] = [
    .missingProfile, .missingProgram, .missingCohort, .missingParticipant, .missingGuardian,
    .ageImpossible, .duration, .cohortFull, .acceptanceBlocked,
  ]
}

extension [ConstraintRule] {
  /// The constraints of the schema `exchanges`. No message says anything about a person.
  static let exchanges: [ConstraintRule] = profilesAndPrograms + cohorts + people

  private static let profilesAndPrograms: [ConstraintRule] = [
    ConstraintRule(
      "rule_profile_pkey", .duplicate, "there is this version of the rule profile already"),
    ConstraintRule(
      "rule_profile_code_format", .invalid,
      "a rule profile's code is letters, digits, dots, hyphens and underscores"),
    ConstraintRule(
      "rule_profile_version_counted", .invalid, "versions of a rule profile count from 1"),
    ConstraintRule(
      "rule_profile_ages_order", .invalid, "a rule profile's upper age is above its lower age"),
    ConstraintRule(
      "rule_profile_ages_whole", .invalid,
      "a rule profile says its ages in words and in months, or not at all"),
    ConstraintRule(
      "rule_profile_days_order", .invalid, "a rule profile's fewest days are not above its most"),
    ConstraintRule(
      "program_code_key", .duplicate, "there is an exchange program of this code already"),
    ConstraintRule(
      "program_code_format", .invalid,
      "a program's code is letters, digits, dots, hyphens and underscores"),
    ConstraintRule(
      "program_profile_fkey", .missingProfile, "there is no such version of the rule profile"),
  ]

  private static let cohorts: [ConstraintRule] = [
    ConstraintRule("cohort_code_key", .duplicate, "there is a cohort of this code already"),
    ConstraintRule(
      "cohort_code_format", .invalid,
      "a cohort's code is letters, digits, dots, hyphens and underscores"),
    ConstraintRule(
      "cohort_state_known", .invalid,
      "a cohort is one of \(CohortState.choices.joined(separator: ", "))"),
    ConstraintRule("cohort_dates_order", .invalid, "ends= is before starts="),
    ConstraintRule(
      "cohort_communities_differ", .invalid, "from= and to= are two different communities"),
    ConstraintRule("cohort_capacity_positive", .invalid, "capacity= is at least 1"),
    ConstraintRule(
      "cohort_capacity_kept", .cohortFull,
      "every place of the cohort is taken; participant waitlist keeps somebody in line"),
    ConstraintRule("cohort_program_fkey", .missingProgram, "there is no such program"),
    ConstraintRule("cohort_from_fkey", .missingCommunity, "from= is no community"),
    ConstraintRule("cohort_to_fkey", .missingCommunity, "to= is no community"),
    ConstraintRule(
      "cohort_partnership_fkey", .stateConflict, "the two communities are no partners"),
  ]

  private static let people: [ConstraintRule] = [
    ConstraintRule(
      "participant_number_key", .duplicate, "there is a participant of this number already"),
    ConstraintRule(
      "participant_number_format", .invalid, "a participant's number looks like P-000123"),
    ConstraintRule(
      "participant_person_key", .duplicate,
      "this person has an application to this cohort already; participant list finds it"),
    ConstraintRule(
      "participant_names_present", .invalid, "given= and family= are not empty"),
    ConstraintRule(
      "participant_state_known", .invalid,
      "a participant is one of \(ParticipantState.choices.joined(separator: ", "))"),
    ConstraintRule(
      "participant_withdrawal_reasoned", .invalid, "reason= says why somebody withdraws"),
    ConstraintRule("participant_cohort_fkey", .missingCohort, "there is no such cohort"),
    ConstraintRule("guardian_name_present", .invalid, "guardian= is not empty"),
    ConstraintRule(
      "guardian_email_format", .invalid, "guardian-email= looks like somebody@example.org"),
    ConstraintRule(
      "guardian_email_key", .duplicate,
      "the participant has a guardian of this e-mail address already"),
    ConstraintRule(
      "guardian_verified_known", .invalid,
      "how= is one of \(Verification.choices.joined(separator: ", "))"),
    ConstraintRule(
      "guardian_verified_whole", .invalid,
      "a verification says how, when and by whom, or is none"),
    ConstraintRule(
      "guardian_participant_fkey", .missingParticipant, "there is no such participant"),
  ]
}
