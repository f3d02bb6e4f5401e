/// The client's side of one exchange of SCRAM-SHA-256, or of SCRAM-SHA-256-PLUS under TLS (RFC 5802,
/// 7677 and 9266): `first`, `final`, `verify`. It keeps nothing for another exchange.
package struct ScramClient: Sendable {
  private let password: String
  private let binding: Binding
  private let nonce: [UInt8]
  private let firstBare: [UInt8]
  /// The signature that proves the server: known after `final`.
  private var expected: [UInt8]?

  /// An exchange for a user, on a connection that has `binding`; the password is used as
  /// `ScramVerifier` says. `nonce` is printable ASCII without commas.
  ///
  /// Throws `malformed` if the name or the password is empty, has control characters, or is too long.
  package init(
    userName: String, password: String, binding: Binding,
    nonce: String = ScramServer.freshNonce()
  ) throws(ScramError) {
    precondition(ScramMessage.isNonce(nonce.utf8))
    self.password = try ScramMessage.checked(password, "password")
    let name = ScramMessage.escape(try ScramMessage.checked(userName, "user's name"))
    self.binding = binding
    self.nonce = Array(nonce.utf8)
    firstBare = Array("n=".utf8) + name + Array(",r=".utf8) + self.nonce
    guard binding.header.count + firstBare.count <= ScramMessage.maximumBytes else {
      throw .malformed("the user's name is too long")
    }
  }

  /// The client's first message.
  package func first() -> String {
    String(decoding: binding.header + firstBare, as: UTF8.self)
  }

  /// The client's last message: the proof that it knows the password. Slow, as many iterations as
  /// the server asks for.
  ///
  /// Throws `malformed`; `unsupportedExtension`; `nonceMismatch` if the server answers another
  /// client; `iterationsTooFew` below 4,096.
  package mutating func final(_ serverFirst: String) throws(ScramError) -> String {
    let bytes = try ScramMessage.bytes(serverFirst)
    let values = try ScramMessage.attributes(bytes[...], "r", "s", "i")
    guard values[0].starts(with: nonce), values[0].count > nonce.count else {
      throw ScramError(.nonceMismatch, "The server answers another client.")
    }
    guard ScramMessage.isNonce(values[0], maximum: 2 * ScramMessage.maximumNonceBytes) else {
      throw .malformed("its nonce is wrong")
    }
    guard let salt = Base64.decode(values[1]), ScramVerifier.saltLengths.contains(salt.count) else {
      throw .malformed("its salt is wrong")
    }
    let iterations = try checkedIterations(values[2])
    let keys = ScramKeys(password: password, salt: salt, iterations: iterations)
    let proven = "c=\(Base64.encode(binding.header + binding.data)),r=".utf8 + values[0]
    let text = firstBare + [0x2C] + bytes + [0x2C] + proven
    let signature = ScramCryptography.authenticate(text, key: keys.storedKey)
    let proof = ScramCryptography.difference(keys.clientKey, signature)
    expected = ScramCryptography.authenticate(text, key: keys.serverKey)
    return String(decoding: proven, as: UTF8.self) + ",p=" + Base64.encode(proof)
  }

  private func checkedIterations(_ digits: ArraySlice<UInt8>) throws(ScramError) -> Int {
    let range = ScramVerifier.iterationRange
    guard let iterations = ScramVerifier.iterations(digits), iterations <= range.upperBound else {
      throw .malformed("its count of iterations is wrong")
    }
    guard iterations >= range.lowerBound else {
      throw ScramError(
        .iterationsTooFew,
        "The server asks for \(iterations) iterations, fewer than \(range.lowerBound).")
    }
    return iterations
  }

  /// Takes the server's last message. Until it has, the server may be anybody.
  ///
  /// Throws `serverNotVerified` if it does not prove that the server knows the user, once and after
  /// `final`; `malformed`; `unsupportedExtension`.
  package mutating func verify(_ serverFinal: String) throws(ScramError) {
    guard let expected else {
      throw ScramError(.serverNotVerified, "The server's proof comes when none is due.")
    }
    self.expected = nil
    let bytes = try ScramMessage.bytes(serverFinal)
    if bytes.starts(with: "e=".utf8) {
      throw ScramError(.serverNotVerified, "The server has refused the login.")
    }
    let value = try ScramMessage.attributes(bytes[...], "v")[0]
    guard let signature = Base64.decode(value) else { throw .malformed("v= is not in Base64") }
    guard ScramCryptography.areEqual(signature, expected) else {
      throw ScramError(
        .serverNotVerified, "The server does not know this user: it is not the one that it says.")
    }
  }
}
