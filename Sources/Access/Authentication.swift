import CommandLanguage
import EventLoop
import Foundations
import Security

extension CommandContext {
  /// Makes the session that of the token's user.
  func authenticate(token: String) async throws(DomainError) -> Reply {
    session.scram = nil
    let hash = AccessToken.hash(token)
    let found = try await read(AccessStatements.findToken, hash).first
    guard let found, found.state == "valid" else {
      throw await failed("token", found.map { "\($0.state) token" } ?? "unknown token", found?.name)
    }
    return .done(begin(found.principal, by: .token(hash: hash)))
  }

  /// One step of SCRAM (RFC 5802): the first message of a client is answered with a challenge, the
  /// second with the server's own proof.
  func authenticate(scram message: String) async throws(DomainError) -> Reply {
    let login = session.scram
    session.scram = nil
    if message.hasPrefix("c=") { return try await finish(login, message) }
    var exchange: ScramServer
    do throws(ScramError) {
      exchange = try ScramServer.clientFirst(
        message, binding: session.channelBinding.map { .exporter($0) } ?? .none)
    } catch {
      throw await failed("scram", "\(error.reason)", nil)
    }
    let verifier = try await verifier(of: exchange.userName)
    let challenge = exchange.challenge(verifier)
    session.scram = ScramLogin(exchange: exchange, verifier: verifier.text)
    return .step(challenge, [])
  }

  private func finish(_ login: ScramLogin?, _ message: String) async throws(DomainError) -> Reply {
    guard var login else { throw await failed("scram", "no challenge", nil) }
    let user = login.exchange.userName
    let proof: String
    do throws(ScramError) {
      proof = try login.exchange.finish(message)
    } catch {
      throw await failed("scram", "\(error.reason)", user)
    }
    let credential = Credential.password(user: user, verifier: login.verifier)
    guard let principal = try await service.principal(credential) else {
      throw await failed("scram", "changed meanwhile", user)
    }
    return .step(proof, begin(principal, by: credential))
  }

  /// What there is to check a proof with. For a user who is not there, or has no password, it is one
  /// that nothing passes, and that looks like any other.
  private func verifier(of name: String) async throws(DomainError) -> ScramVerifier {
    let row = try await read(AccessStatements.findVerifier, name).first
    if let verifier = row?.verifier.flatMap(ScramVerifier.init(text:)) { return verifier }
    return .mock(
      userName: name, secret: Array((row?.secret ?? "").utf8),
      iterations: Limits.passwordIterations)
  }

  private func begin(_ principal: Principal, by credential: Credential) -> [Reply.Pair] {
    session.begin(as: principal, by: credential)
    return [
      .init("user", principal.name),
      .init("roles", principal.roles.map(\.rawValue).joined(separator: ",")),
    ]
  }

  /// The answer to a failed login, whatever was wrong: late, and later each time from one place.
  private func failed(_ means: String, _ reason: String, _ name: String?) async -> DomainError {
    session.authenticationFailed()
    service.refused(
      session, command: "auth \(means)", .authenticationFailed, reason, principal: name)
    await EventLoop.sleep(milliseconds: service.delayAfterFailure(session.source))
    return DomainError(.authenticationFailed, "these credentials are not valid here")
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
