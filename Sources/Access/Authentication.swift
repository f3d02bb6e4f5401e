import CommandLanguage
import EventLoop
import Foundations

extension CommandContext {
  /// Makes the session that of the token's user. Every failure looks alike and is slow.
  func authenticate(_ token: String) async throws(DomainError) -> Reply {
    let hash = AccessToken.hash(token)
    guard let principal = try await service.principal(tokenHash: hash) else {
      session.authenticationFailed()
      Log.info("authentication failed", [("failures", String(session.failedLogins))])
      await EventLoop.sleep(milliseconds: Limits.failedLoginDelayMilliseconds)
      throw DomainError(.authenticationFailed, "this token is not valid here", argument: "token")
    }
    session.authenticated(principal, tokenHash: hash)
    return .done([
      .init("user", principal.name),
      .init("roles", principal.roles.map(\.rawValue).joined(separator: ",")),
    ])
  }

  /// Who the session is.
  func describeSelf() -> Reply {
    let names = principal.capabilities.map(\.description).sorted()
    return .record(
      Table(
        columns: AccessCommands.whoamiColumns,
        rows: [
          [
            .text(principal.name),
            .text(principal.roles.map(\.rawValue).joined(separator: ",")),
            .text(names.joined(separator: " ")),
          ]
        ]))
  }
}
