/// What a server keeps of a password: enough to check a proof of it and to prove itself, and too
/// little to log in with anywhere.
package struct ScramVerifier: Sendable, Equatable {
  /// RFC 7677, section 4, asks for no fewer; as many as the upper bound take seconds.
  package static let iterationRange = 4_096...10_000_000
  package static let saltLengths = 8...64
  /// Length of a salt of our own, a mock's included, in bytes.
  package static let usualSaltLength = 16

  private static let mechanism = "SCRAM-SHA-256"

  /// Rounds of PBKDF2 that each guess at the password costs.
  package let iterations: Int
  package let salt: [UInt8]
  /// SHA-256 of the client's key, 32 bytes.
  package let storedKey: [UInt8]
  /// The key by which the server proves itself, 32 bytes.
  package let serverKey: [UInt8]
  /// Whether it stands for a user who is not there, and passes nobody.
  let isMock: Bool

  /// The verifier of a password. Slow, in proportion to `iterations`: for clients, and not for the
  /// thread of an event loop.
  ///
  /// The password's UTF-8 bytes are used as they are, which for ASCII is what SASLprep (RFC 4013)
  /// makes of them; for other text, whoever asks for a password brings it into one normal form.
  /// Throws `malformed` if the password is empty or has control characters, or if the salt or the
  /// iterations are out of range.
  package init(password: String, salt: [UInt8], iterations: Int) throws(ScramError) {
    let password = try ScramMessage.checked(password, "password")
    guard Self.saltLengths.contains(salt.count) else {
      throw .malformed("the salt has \(salt.count) bytes")
    }
    guard Self.iterationRange.contains(iterations) else {
      throw .malformed("\(iterations) iterations are out of range")
    }
    let keys = ScramKeys(password: password, salt: salt, iterations: iterations)
    self.init(iterations, salt, keys.storedKey, keys.serverKey)
  }

  private init(
    _ iterations: Int, _ salt: [UInt8], _ storedKey: [UInt8], _ serverKey: [UInt8],
    isMock: Bool = false
  ) {
    self.iterations = iterations
    self.salt = salt
    self.storedKey = storedKey
    self.serverKey = serverKey
    self.isMock = isMock
  }

  /// Random bytes for the salt of a new password.
  package static func freshSalt() -> [UInt8] { ScramCryptography.randomBytes(usualSaltLength) }

  /// A verifier for a user who is not there: it takes the same way, and no proof is ever right. Its
  /// salt is the same for a name whenever it is asked for, and cannot be told from a real one
  /// without `secret`; so `secret` outlives the process, and `iterations` are those of most users.
  package static func mock(
    userName: String, secret: [UInt8], iterations: Int
  ) -> ScramVerifier {
    precondition(iterationRange.contains(iterations))
    func derived(_ what: String) -> [UInt8] {
      ScramCryptography.authenticate(Array("\(what) \(userName)".utf8), key: secret)
    }
    return ScramVerifier(
      iterations, Array(derived("salt").prefix(usualSaltLength)), derived("stored"),
      derived("server"), isMock: true)
  }

  /// The verifier that `text` holds; nil unless it is exactly what the property `text` writes, and
  /// within the ranges.
  package init?(text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].elementsEqual(Self.mechanism.utf8) else { return nil }
    let cost = parts[1].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    let keys = parts[2].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard cost.count == 2, keys.count == 2,
      let iterations = Self.iterations(cost[0]), Self.iterationRange.contains(iterations),
      let salt = Base64.decode(cost[1]), Self.saltLengths.contains(salt.count),
      let storedKey = Base64.decode(keys[0]), let serverKey = Base64.decode(keys[1]),
      storedKey.count == ScramCryptography.digestBytes,
      serverKey.count == ScramCryptography.digestBytes
    else { return nil }
    self.init(iterations, salt, storedKey, serverKey)
  }

  /// `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`, as RFC 5803 has it and PostgreSQL
  /// writes it, with the bytes in Base64.
  package var text: String {
    "\(Self.mechanism)$\(iterations):\(Base64.encode(salt))"
      + "$\(Base64.encode(storedKey)):\(Base64.encode(serverKey))"
  }

  /// A count of iterations, in or out of the range: digits that do not start with 0, eight at most.
  static func iterations(_ digits: some Collection<UInt8>) -> Int? {
    let zero = UInt8(ascii: "0")
    guard (1...8).contains(digits.count), digits.first != zero,
      digits.allSatisfy({ (zero...zero + 9).contains($0) })
    else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1 - zero) }
  }
}
