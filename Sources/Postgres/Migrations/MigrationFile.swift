import COpenSSL

/// One SQL file of the schema: a migration, or a routine file that may run again.
package struct MigrationFile: Sendable, Equatable {
  /// The file's name without its ending, such as `0001_access`.
  package let name: String
  /// The file's text, in UTF-8.
  package let sql: String

  /// Makes a file from its name without ending and its text.
  package init(name: String, sql: String) {
    self.name = name
    self.sql = sql
  }

  /// The SHA-256 of the text, in hexadecimal.
  package var checksum: String {
    var digest = [UInt8](repeating: 0, count: 32)
    let bytes = Array(sql.utf8)
    let done = EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil)
    // The only failure is a libcrypto without SHA-256; such a checksum equals no real one.
    guard done == 1 else { return "unavailable" }
    let digits = Array("0123456789abcdef")
    return String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }

  /// The number that a migration's name begins with: four digits and an underscore.
  var number: Int? {
    let digits = name.prefix { $0.isASCII && $0.isNumber }
    guard digits.count == 4, name.dropFirst(4).hasPrefix("_"), name.count > 5 else { return nil }
    return Int(digits)
  }
}
