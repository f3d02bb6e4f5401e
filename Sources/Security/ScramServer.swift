/// The server's side of one exchange of SCRAM-SHA-256, or of SCRAM-SHA-256-PLUS where the client
/// binds it to the connection (RFC 5802, 7677 and 9266): `clientFirst`, `challenge`, `finish`.
package struct ScramServer: Sendable {
  /// What the client was asked, and has not answered yet.
  private struct Challenge {
    let verifier: ScramVerifier
    /// The nonces of both.
    let nonce: [UInt8]
    let message: [UInt8]
  }

  /// Who the client says it is.
  package let userName: String
  /// Whether the client binds the exchange to the connection: whether it uses the mechanism whose
  /// name ends in PLUS.
  package let isBound: Bool
  /// What the client must repeat in the end: the header of its first message, and the secret of
  /// the connection.
  private let bindingInput: [UInt8]
  private let firstBare: [UInt8]
  private let clientNonce: [UInt8]
  private var outstanding: Challenge?

  /// Takes a client's first message, on a connection that has `binding`.
  ///
  /// Throws `malformed`; `unsupportedExtension`, also for a client that wants to act as somebody
  /// else; `bindingStripped` if the client thinks that this server cannot bind, and it can;
  /// `bindingMismatch` if the client binds in a way that there is not.
  package static func clientFirst(
    _ message: String, binding: Binding
  ) throws(ScramError) -> ScramServer {
    let bytes = try ScramMessage.bytes(message)
    let parts = bytes.split(
      separator: UInt8(ascii: ","), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { throw .malformed("it has no header") }
    let isBound = try readFlag(parts[0], binding)
    guard parts[1].isEmpty else {
      guard parts[1].starts(with: "a=".utf8) else { throw .malformed("its header is wrong") }
      throw ScramError(
        .unsupportedExtension, "A user cannot act as another: leave the authorization name out.")
    }
    let values = try ScramMessage.attributes(parts[2], "n", "r")
    let userName = try ScramMessage.unescape(values[0])
    guard ScramMessage.isNonce(values[1]) else { throw .malformed("its nonce is wrong") }
    return ScramServer(
      userName: userName, isBound: isBound,
      bindingInput: bytes[..<parts[2].startIndex] + (isBound ? binding.data : []),
      firstBare: Array(parts[2]), clientNonce: Array(values[1]))
  }

  /// Whether a client binds the exchange, by the flag in front of its first message (RFC 5802,
  /// section 6).
  private static func readFlag(
    _ flag: ArraySlice<UInt8>, _ binding: Binding
  ) throws(ScramError) -> Bool {
    if flag.elementsEqual("n".utf8) { return false }
    if flag.elementsEqual("y".utf8) {
      guard case .none = binding else {
        throw ScramError(
          .bindingStripped,
          "The client did not see that this server offers SCRAM-SHA-256-PLUS: somebody may be "
            + "between the two.")
      }
      return false
    }
    guard flag.starts(with: "p=".utf8) else { throw .malformed("its header is wrong") }
    guard case .exporter = binding else {
      throw ScramError(.bindingMismatch, "This connection has no TLS that could be bound to.")
    }
    guard flag.dropFirst(2).elementsEqual(Binding.exporterName.utf8) else {
      throw ScramError(.bindingMismatch, "The only channel binding here is tls-exporter.")
    }
    return true
  }

  /// The server's first message, for the client that `verifier` is of, or for a mock
  /// (`ScramVerifier.mock`). `nonce` is the server's part, of printable ASCII without commas.
  package mutating func challenge(
    _ verifier: ScramVerifier, nonce: String = ScramServer.freshNonce()
  ) -> String {
    precondition(ScramMessage.isNonce(nonce.utf8))
    let nonce = clientNonce + nonce.utf8
    let message =
      "r=\(String(decoding: nonce, as: UTF8.self)),s=\(Base64.encode(verifier.salt))"
      + ",i=\(verifier.iterations)"
    outstanding = Challenge(verifier: verifier, nonce: nonce, message: Array(message.utf8))
    return message
  }

  /// A nonce for `challenge`: 18 bytes of the operating system's randomness, in Base64.
  package static func freshNonce() -> String { ScramMessage.freshNonce() }

  /// Takes the client's last message, and answers the server's: with that the client is who it says
  /// it is. Each challenge can be tried to be answered once.
  ///
  /// Throws `malformed`, also if no challenge is outstanding; `unsupportedExtension`;
  /// `nonceMismatch`; `bindingMismatch`; `wrongProof`, alike for an unknown user.
  package mutating func finish(_ clientFinal: String) throws(ScramError) -> String {
    guard let challenge = outstanding else { throw .malformed("no challenge is outstanding") }
    outstanding = nil
    let bytes = try ScramMessage.bytes(clientFinal)
    // The proof is the last attribute, and of everything in front of it.
    guard let end = bytes.lastIndex(of: UInt8(ascii: ",")),
      case let proven = bytes[..<end],
      let proof = Base64.decode(try ScramMessage.attributes(bytes[(end + 1)...], "p")[0]),
      proof.count == ScramCryptography.digestBytes
    else { throw .malformed("it does not end with a proof") }
    let values = try ScramMessage.attributes(proven, "c", "r")
    guard values[1].elementsEqual(challenge.nonce) else {
      throw ScramError(.nonceMismatch, "The client answers another challenge.")
    }
    guard let binding = Base64.decode(values[0]) else { throw .malformed("c= is not in Base64") }
    guard ScramCryptography.areEqual(binding, bindingInput) else {
      throw ScramError(
        .bindingMismatch, "The client has bound its login to another connection than this one.")
    }
    let text = firstBare + [0x2C] + challenge.message + [0x2C] + proven
    let signature = ScramCryptography.authenticate(text, key: challenge.verifier.storedKey)
    let clientKey = ScramCryptography.difference(proof, signature)
    let isRight = ScramCryptography.areEqual(
      ScramCryptography.hash(clientKey), challenge.verifier.storedKey)
    guard isRight, !challenge.verifier.isMock else {
      throw ScramError(.wrongProof, "The user's name or the password is wrong.")
    }
    let answer = ScramCryptography.authenticate(text, key: challenge.verifier.serverKey)
    return "v=" + Base64.encode(answer)
  }
}
