import Access
import CommandLanguage

extension Area {
  /// Conferences, their ticket types and quotas, and registrations.
  package static let conferences = Area(
    "conferences",
    commands: ConferenceCommands.all + TicketTypeCommands.all + QuotaCommands.all
      + RegistrationCommands.all + ConferenceReports.all,
    statements: ConferenceStatements.all + TicketTypeStatements.all + QuotaStatements.all
      + RegistrationStatements.all + ConferenceReports.statements,
    errorCodes: [
      .missingConference, .missingTicketType, .missingQuota, .missingRegistration,
      .notOpen, .soldOut, .seatsTaken, .notAMember,
    ],
    constraintRules: .conferences,
    lifecycles: [
      ("conference", ConferenceState.lifecycle.pairs),
      ("registration", RegistrationState.lifecycle.pairs),
    ],
    watched: [
      WatchedNoun("conference", "conferences.conference", needs: .conferencesRead),
      WatchedNoun("ticket-type", "conferences.ticket_type", needs: .conferencesRead),
      WatchedNoun("quota", "conferences.quota", needs: .conferencesRead),
      WatchedNoun("quota", "conferences.quota_ticket_type", needs: .conferencesRead),
      WatchedNoun("registration", "conferences.registration", needs: .registrationsRead),
    ])
}
