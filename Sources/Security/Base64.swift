import COpenSSL

/// Base64 with padding and without line breaks (RFC 4648, section 4).
enum Base64 {
  /// The text for `bytes`.
  static func encode(_ bytes: [UInt8]) -> String {
    // OpenSSL writes a NUL behind the text.
    var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
    let count = EVP_EncodeBlock(&text, bytes, Int32(bytes.count))
    return String(decoding: text[..<Int(count)], as: UTF8.self)
  }

  /// The bytes for `text`; nil unless it is exactly what `encode` writes for them, so that no two
  /// texts say the same.
  static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    guard text.count % 4 == 0 else { return nil }
    let text = Array(text)
    let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
    var bytes = [UInt8](repeating: 0, count: text.count / 4 * 3)
    // OpenSSL counts the padding as bytes, and passes over white space at both ends.
    let count = Int(EVP_DecodeBlock(&bytes, text, Int32(text.count)))
    guard count == bytes.count, padding <= count else { return nil }
    bytes.removeLast(padding)
    return encode(bytes).utf8.elementsEqual(text) ? bytes : nil
  }
}
