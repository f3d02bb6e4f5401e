import Access
import CommandLanguage

extension Area {
  /// Communities, their partnerships, and the network that they make.
  package static let directory = Area(
    "directory",
    commands: CommunityCommands.all + CommunitySearch.all + PartnershipCommands.all
      + AgreementCommands.all + FactCommands.all + SourceCommands.all + MembershipCommands.all
      + DuesCommands.all + InvoiceCommands.all + NetworkCommands.all + [
        MapCommand.map, GeoJSONCommand.geoJSON,
      ]
      + SeekingCommands.all + DirectoryReports.all + PartnershipReports.all
      + ImportCommands.all,
    statements: CommunityStatements.all + CommunitySearch.statements + PartnershipStatements.all
      + AgreementStatements.all + SourceCommands.statements + MembershipStatements.all
      + DuesStatements.all + NetworkCommands.statements + MapCommand.statements
      + GeoJSONCommand.statements
      + SeekingCommands.statements + DirectoryReports.statements
      + PartnershipReports.statements
      + TrilateralCommand.statements + ImportStatements.all,
    errorCodes: [
      .parentConflict, .missingName, .missingNumber, .noCoordinates, .missingPartnership,
      .missingSource, .missingAgreement, .notOfThePair, .signatures, .resolution,
      .standing, .missingMembership, .missingTier, .missingInvoice, .noTier, .overpaid,
      .tooManyFeatures, .notSeeking,
    ],
    constraintRules: .directory,
    lifecycles: [
      ("partnership", PartnershipState.lifecycle.pairs),
      ("recognition", Recognition.lifecycle.pairs),
      ("activity", Activity.lifecycle.pairs),
    ],
    watched: [
      WatchedNoun("community", "directory.community", needs: .communitiesRead),
      WatchedNoun("community", "directory.community_name", needs: .communitiesRead),
      WatchedNoun("community", "directory.external_id", needs: .communitiesRead),
      WatchedNoun("community", "directory.seeking", needs: .communitiesRead),
      WatchedNoun("community", "directory.merge", needs: .communitiesRead),
      WatchedNoun("partnership", "directory.partnership", needs: .communitiesRead),
      WatchedNoun("partnership", "directory.agreement", needs: .communitiesRead),
      WatchedNoun("partnership", "directory.signature", needs: .communitiesRead),
      WatchedNoun("partnership", "directory.partnership_fact", needs: .communitiesRead),
      WatchedNoun("partnership", "directory.partnership_event", needs: .communitiesRead),
      WatchedNoun("partnership", "directory.assertion", needs: .communitiesRead),
      WatchedNoun("membership", "directory.membership", needs: .communitiesRead),
      WatchedNoun("membership", "directory.dues_invoice", needs: .communitiesRead),
      WatchedNoun("membership", "directory.dues_payment", needs: .communitiesRead),
      WatchedNoun("dues", "directory.dues_tier", needs: .communitiesRead),
      WatchedNoun("source", "directory.source", needs: .communitiesRead),
    ])
}
