import Postgres

extension Area {
  /// Users, tokens, authentication, and the audit.
  package static let access = Area(
    "access",
    commands: AccessCommands.all + TransactionCommands.all + SavedRequests.all + ImportCommands.all
      + AuditCommands.all + ServerCommands.all,
    statements: [
      AccessStatements.setContext.description, AccessStatements.beginCommand.description,
      AccessStatements.storeReply.description, AccessStatements.storedRequest.description,
      AccessStatements.checkDeferred.description, AccessStatements.currentChanges.description,
      AccessStatements.findToken.description, AccessStatements.findUnixUser.description,
      AccessStatements.findPrincipal.description, AccessStatements.findPassword.description,
      AccessStatements.findVerifier.description, AccessStatements.recordRefusals.description,
      AccessStatements.forgetRequests.description,
      UserStatements.setLimits.description, UserStatements.setPassword.description,
      UserStatements.setOwnPassword.description,
      UserStatements.create.description, UserStatements.update.description,
      UserStatements.setDisabled.description, UserStatements.list.description,
      UserStatements.createToken.description, UserStatements.listTokens.description,
      UserStatements.revokeToken.description, AuditStatements.list.description,
      AuditStatements.refusals.description,
      AuditStatements.show.description, AuditStatements.changes.description,
    ] + SavedRequests.statements + SealStatements.all + StatusStatements.all + ChangeStatements.all
      + DurabilityStatements.all
      + CopyStatements.all,
    errorCodes: .access, constraintRules: .access,
    watched: [
      WatchedNoun("user", "access.principal", needs: .accessManage),
      WatchedNoun("user", "access.password", needs: .accessManage),
      WatchedNoun("saved", "access.saved_request", needs: .accessManage),
      WatchedNoun("token", "access.token", needs: .accessManage),
    ])
}
