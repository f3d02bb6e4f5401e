import COpenSSL

/// A bearer token: shown once, kept as a hash.
package struct AccessToken: Sendable {
  /// What the client keeps secret and shows: `sister_` and 48 hexadecimal digits.
  package let secret: String
  /// What lists show and revoking takes.
  package let identifier: String

  /// A fresh token from the operating system's randomness.
  package static func generate() -> AccessToken {
    var generator = SystemRandomNumberGenerator()
    let words = (0..<3).map { _ in hexadecimal(generator.next() as UInt64, digits: 16) }
    let identifier = hexadecimal(generator.next() as UInt64, digits: 8)
    return AccessToken(secret: "sister_" + words.joined(), identifier: "t" + identifier)
  }

  /// SHA-256 of a token, in hexadecimal. Tokens are random, so that neither salt nor stretching
  /// is needed.
  package static func hash(_ secret: String) -> String {
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var length: UInt32 = 0
    let bytes = Array(secret.utf8)
    EVP_Digest(bytes, bytes.count, &digest, &length, EVP_sha256(), nil)
    return digest.prefix(Int(length)).map { hexadecimal(UInt64($0), digits: 2) }.joined()
  }

  private static func hexadecimal(_ value: UInt64, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text.suffix(digits)
  }
}
