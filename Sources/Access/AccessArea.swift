import Postgres

extension Area {
  /// Users, tokens and authentication.
  package static let access = Area(
    "access", commands: AccessCommands.all,
    statements: [
      AccessStatements.setContext.description, AccessStatements.beginCommand.description,
      AccessStatements.storeReply.description, AccessStatements.storedRequest.description,
      AccessStatements.checkDeferred.description, AccessStatements.currentChanges.description,
      AccessStatements.findToken.description, AccessStatements.findUnixUser.description,
      UserStatements.create.description, UserStatements.list.description,
      UserStatements.createToken.description, UserStatements.listTokens.description,
      UserStatements.revokeToken.description,
    ] + DurabilityStatements.all,
    errorCodes: .access, constraintRules: .access)
}
