import Access

extension Area {
  /// Communities.
  package static let directory = Area(
    "directory", commands: CommunityCommands.all, statements: CommunityStatements.all,
    errorCodes: [], constraintRules: .directory,
    watched: [WatchedNoun("community", "directory.community", needs: .communitiesRead)])
}
