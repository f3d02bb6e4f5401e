import COpenSSL

/// What SCRAM-SHA-256 computes with (RFC 5802, section 2.2; RFC 7677), by OpenSSL. None of it fails
/// but for want of memory, and nothing may go on with a digest that was not computed.
enum ScramCryptography {
  /// Length of every key, signature and proof, in bytes.
  static let digestBytes = 32

  /// H: SHA-256.
  static func hash(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: digestBytes)
    let result = EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil)
    precondition(result == 1)
    return digest
  }

  /// HMAC with SHA-256.
  static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: digestBytes)
    let result = HMAC(
      EVP_sha256(), key, Int32(key.count), message, message.count, &code, nil)
    precondition(result != nil)
    return code
  }

  /// Hi: PBKDF2 with HMAC and SHA-256. Takes time, `iterations` of it.
  static func stretch(_ password: String, salt: [UInt8], iterations: Int) -> [UInt8] {
    var key = [UInt8](repeating: 0, count: digestBytes)
    let result = PKCS5_PBKDF2_HMAC(
      password, Int32(password.utf8.count), salt, Int32(salt.count), Int32(iterations),
      EVP_sha256(), Int32(digestBytes), &key)
    precondition(result == 1)
    return key
  }

  /// Whether both are the same, in a time that tells nothing of where they differ.
  static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
  }

  /// The bits in which two texts of equal length differ.
  static func difference(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
    zip(left, right).map { $0 ^ $1 }
  }

  /// Bytes from the operating system's randomness.
  static func randomBytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }
}

/// The keys that a password stretches to (RFC 5802, section 3).
struct ScramKeys {
  /// What a client proves that it has.
  let clientKey: [UInt8]
  /// What a server checks that proof with: the hash of the client's key.
  let storedKey: [UInt8]
  /// What a server proves that it has.
  let serverKey: [UInt8]

  init(password: String, salt: [UInt8], iterations: Int) {
    let salted = ScramCryptography.stretch(password, salt: salt, iterations: iterations)
    clientKey = ScramCryptography.authenticate(Array("Client Key".utf8), key: salted)
    storedKey = ScramCryptography.hash(clientKey)
    serverKey = ScramCryptography.authenticate(Array("Server Key".utf8), key: salted)
  }
}
