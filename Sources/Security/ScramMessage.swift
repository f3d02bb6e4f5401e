/// The syntax that all messages of SCRAM share (RFC 5802, sections 5.1 and 7), over UTF-8 bytes:
/// strings would count different texts as equal.
enum ScramMessage {
  /// Longest message, in bytes.
  static let maximumBytes = 2_048
  /// Longest nonce of one side, in bytes: what answers with it stays within a message.
  static let maximumNonceBytes = 512

  /// One `letter=value`.
  struct Attribute {
    let name: Character
    let value: ArraySlice<UInt8>
  }

  /// The bytes of `message`, if they are not too many.
  static func bytes(_ message: String) throws(ScramError) -> [UInt8] {
    guard message.utf8.count <= maximumBytes else {
      throw .malformed("it has more than \(maximumBytes) bytes")
    }
    return Array(message.utf8)
  }

  /// The attributes of `bytes`: `mandatory` first and in this order, then others, which may be
  /// there and are passed over. One that must be understood (`m=`) is not.
  static func attributes(
    _ bytes: ArraySlice<UInt8>, _ mandatory: Character...
  ) throws(ScramError) -> [ArraySlice<UInt8>] {
    var attributes: [Attribute] = []
    for part in bytes.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      attributes.append(try attribute(part))
    }
    guard !attributes.contains(where: { $0.name == "m" }) else {
      throw ScramError(.unsupportedExtension, "The message demands an extension of SCRAM.")
    }
    let names = attributes.prefix(mandatory.count).map(\.name)
    guard names == mandatory else {
      let expected = mandatory.map { "\($0)=" }.joined(separator: ", ")
      throw .malformed("it does not have the attributes \(expected)")
    }
    return attributes.prefix(mandatory.count).map(\.value)
  }

  private static func attribute(_ part: ArraySlice<UInt8>) throws(ScramError) -> Attribute {
    guard part.count >= 3, let letter = part.first, !part.contains(0),
      part[part.startIndex + 1] == UInt8(ascii: "=")
    else { throw .malformed("an attribute is not a letter, = and a value") }
    let name = Character(Unicode.Scalar(letter))
    guard name.isASCII && name.isLetter else { throw .malformed("an attribute has no letter") }
    return Attribute(name: name, value: part.dropFirst(2))
  }

  /// A user's name as messages carry it: `,` is `=2C`, and `=` is `=3D`.
  static func escape(_ name: String) -> [UInt8] {
    name.utf8.flatMap { byte -> [UInt8] in
      switch byte {
      case UInt8(ascii: ","): Array("=2C".utf8)
      case UInt8(ascii: "="): Array("=3D".utf8)
      default: [byte]
      }
    }
  }

  /// The name that `escape` has written as `bytes`.
  static func unescape(_ bytes: ArraySlice<UInt8>) throws(ScramError) -> String {
    var name: [UInt8] = []
    var rest = bytes
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "=") else {
        name.append(byte)
        continue
      }
      if rest.starts(with: "2C".utf8) {
        name.append(UInt8(ascii: ","))
      } else if rest.starts(with: "3D".utf8) {
        name.append(UInt8(ascii: "="))
      } else {
        throw .malformed("a = in the user's name is not written =3D")
      }
      rest = rest.dropFirst(2)
    }
    return try checked(String(decoding: name, as: UTF8.self), "user's name")
  }

  /// `text`, if it is not empty and has no control characters: SASLprep (RFC 4013) prohibits them.
  static func checked(_ text: String, _ what: String) throws(ScramError) -> String {
    guard !text.isEmpty else { throw .malformed("the \(what) is empty") }
    guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else { throw .malformed("the \(what) has control characters") }
    return text
  }

  /// Whether `bytes` can be a nonce of `maximum` bytes: printable ASCII but for the comma.
  static func isNonce(
    _ bytes: some Collection<UInt8>, maximum: Int = maximumNonceBytes
  ) -> Bool {
    !bytes.isEmpty && bytes.count <= maximum
      && bytes.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ",") }
  }

  /// A nonce that was never there before: 18 random bytes, in Base64.
  static func freshNonce() -> String { Base64.encode(ScramCryptography.randomBytes(18)) }
}
