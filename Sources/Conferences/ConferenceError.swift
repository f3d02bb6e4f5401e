import Access
import CommandLanguage

extension ErrorCode {
  static let missingConference = ErrorCode(
    .missing, "conference", "There is no conference of this code.")
  static let missingTicketType = ErrorCode(
    .missing, "ticket-type", "The conference has no ticket type of this code.")
  static let missingQuota = ErrorCode(
    .missing, "quota", "The conference has no quota of this code, or the ticket type has none.")
  static let missingRegistration = ErrorCode(
    .missing, "registration", "There is no registration of this number.")
  static let notOpen = ErrorCode(
    .conflict, "not-open", "The conference takes no registrations at present.")
  static let notAMember = ErrorCode(
    .data, "not-a-member", "The ticket is for people of member communities in standing.")
  static let soldOut = ErrorCode(
    .conflict, "sold-out", "A quota of the ticket type has no seat left.")
  static let seatsTaken = ErrorCode(
    .conflict, "taken", "More seats of the quota are taken than the new capacity has.")
}

extension [ConstraintRule] {
  /// The constraints of the schema `conferences`.
  static let conferences: [ConstraintRule] = [
    ConstraintRule(
      "conference_code_key", .duplicate, "there is a conference of this code already"),
    ConstraintRule(
      "conference_code_format", .invalid,
      "a conference's code is letters, digits, dots, hyphens and underscores"),
    ConstraintRule("conference_period_order", .invalid, "ends= is before starts="),
    ConstraintRule("conference_state_known", .invalid, "a conference is planned, open or closed"),
    ConstraintRule(
      "conference_currency_format", .invalid, "a currency is three capital letters (ISO 4217)"),
    ConstraintRule(
      "ticket_type_code_key", .duplicate,
      "the conference has a ticket type of this code already"),
    ConstraintRule(
      "ticket_type_code_format", .invalid,
      "a ticket type's code is letters, digits, dots, hyphens and underscores"),
    ConstraintRule(
      "ticket_type_price_positive", .invalid, "a ticket's price is not below nothing"),
    ConstraintRule(
      "ticket_type_currency_fkey", .invalid,
      "a ticket's price is in its conference's currency; name it, for example \"450 EUR\""),
    ConstraintRule(
      "quota_code_key", .duplicate, "the conference has a quota of this code already"),
    ConstraintRule(
      "quota_code_format", .invalid,
      "a quota's code is letters, digits, dots, hyphens and underscores"),
    ConstraintRule(
      "quota_capacity_range", .invalid, "a quota's capacity is from 0 to 1000000 seats"),
    ConstraintRule(
      "ticket_type_eligible_known", .invalid, "a ticket is for anyone or for members"),
    ConstraintRule(
      "quota_not_oversold", .soldOut, "a quota of the ticket type has no seat left"),
    ConstraintRule(
      "quota_counters_positive", .invalid, "a quota's counters are not below nothing"),
    ConstraintRule(
      "quota_ticket_type_pkey", .duplicate, "the quota counts this ticket type already"),
    ConstraintRule(
      "registration_person_key", .duplicate,
      "this person has a live registration for the conference already"),
    ConstraintRule(
      "registration_email_format", .invalid, "an e-mail address has one @ and no spaces"),
    ConstraintRule(
      "registration_state_known", .invalid, "a registration is confirmed or cancelled"),
  ]
}
