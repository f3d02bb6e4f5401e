import COpenSSL
import Security

/// A server's side of SCRAM, and the verifiers it keeps.
///
/// The input: a byte of choices; the client's first message; a line feed; its last. With one choice
/// the proof is computed here and put behind the last message, so that what is searched lies
/// behind the check of the proof too; with another the input is a verifier's text.
enum ScramTarget {
  private static let serverNonce = "server"
  private static let exported = [UInt8](repeating: 0x6B, count: 32)

  /// A user whose keys are known.
  private struct User: Sendable {
    let verifier: ScramVerifier
    let clientKey: [UInt8]
  }

  private static let user: User? = {
    let salt = Array("sixteen bytes of".utf8)
    let verifier = try? ScramVerifier(password: "pencil", salt: salt, iterations: 4_096)
    var salted = [UInt8](repeating: 0, count: 32)
    let result = PKCS5_PBKDF2_HMAC(
      "pencil", 6, salt, Int32(salt.count), 4_096, EVP_sha256(), 32, &salted)
    guard result == 1, let verifier else { return nil }
    return User(verifier: verifier, clientKey: authenticate("Client Key".utf8, salted))
  }()

  static func check(_ input: [UInt8]) throws(Violation) {
    guard let choices = input.first else { return }
    if choices & 0x80 != 0 { return try checkVerifier(input.dropFirst()) }
    let isTLS = choices & 1 != 0
    let parts = input.dropFirst().split(
      separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
    let first = String(decoding: parts[0], as: UTF8.self)
    let binding = isTLS ? Binding.exporter(exported) : .none
    guard var server = try? ScramServer.clientFirst(first, binding: binding) else { return }
    try demand(!server.isBound || isTLS, "bound to no TLS")
    try demand(!server.userName.isEmpty, "a user without a name")
    guard let user else { throw Violation("no verifier is made") }
    let challenge = server.challenge(user.verifier, nonce: serverNonce)
    let exchange = try Exchange(first, server, challenge)
    let text = parts.count > 1 ? Array(parts[1]) : Array(exchange.expected.utf8)
    let final = choices & 2 == 0 ? text : text + exchange.proof(text, user)
    try checkEnd(exchange, user, String(decoding: final, as: UTF8.self), &server)
  }

  /// The last message is believed if, and only if, it is that of a client who knows the key.
  private static func checkEnd(
    _ exchange: Exchange, _ user: User, _ final: String, _ server: inout ScramServer
  ) throws(Violation) {
    let answer = try? server.finish(final)
    try demand((try? server.finish(final)) == nil, "a challenge is answered twice")
    let end = final.utf8.lastIndex(of: UInt8(ascii: ",")) ?? final.startIndex
    let proven = Array(final.utf8[..<end])
    let isProven = final.utf8[end...].elementsEqual(exchange.proof(proven, user))
    if isProven, proven.elementsEqual(exchange.expected.utf8) {
      try demand(answer != nil, "the right proof is refused")
    }
    guard let answer else { return }
    try demand(isProven, "a wrong proof is believed")
    let isExpected =
      proven.elementsEqual(exchange.expected.utf8)
      || proven.starts(with: exchange.expected.utf8)
        && proven[exchange.expected.utf8.count] == UInt8(ascii: ",")
    try demand(isExpected, "a proof of something else is believed")
    let signature = authenticate(exchange.text(proven), user.verifier.serverKey)
    try demand(answer == "v=" + base64(signature), "the server's proof is wrong")
  }

  private static func checkVerifier(_ bytes: ArraySlice<UInt8>) throws(Violation) {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let verifier = ScramVerifier(text: text) else { return }
    try demand(verifier.text.utf8.elementsEqual(text.utf8), "a verifier of two texts")
    try demand(
      ScramVerifier.iterationRange.contains(verifier.iterations)
        && ScramVerifier.saltLengths.contains(verifier.salt.count)
        && verifier.storedKey.count == 32 && verifier.serverKey.count == 32,
      "a verifier out of range")
  }

  /// What both sides have said up to the challenge.
  private struct Exchange {
    let firstBare: Substring.UTF8View
    let challenge: String
    /// The last message of an honest client, without its proof.
    let expected: String

    init(_ first: String, _ server: ScramServer, _ challenge: String) throws(Violation) {
      let header = server.isBound ? "p=tls-exporter,," : first.hasPrefix("y") ? "y,," : "n,,"
      let name = server.userName.utf8.reduce(into: [UInt8]()) {
        switch $1 {
        case 0x2C: $0 += Array("=2C".utf8)
        case 0x3D: $0 += Array("=3D".utf8)
        default: $0.append($1)
        }
      }
      guard challenge.hasPrefix("r="),
        let end = challenge.utf8.firstIndex(of: UInt8(ascii: ",")),
        challenge.utf8[..<end].reversed().starts(with: serverNonce.utf8.reversed())
      else { throw Violation("a challenge without nonce") }
      let nonce = challenge.utf8[..<end].dropFirst(2)
      let start =
        Array(header.utf8) + Array("n=".utf8) + name + Array(",r=".utf8)
        + Array(nonce.dropLast(serverNonce.utf8.count))
      try demand(first.utf8.starts(with: start), "the name is not the one that was said")
      firstBare = first.utf8.dropFirst(header.utf8.count)
      self.challenge = challenge
      let bound = Array(header.utf8) + (server.isBound ? exported : [])
      expected = "c=\(base64(bound)),r=\(Substring(nonce))"
    }

    func text(_ proven: [UInt8]) -> [UInt8] {
      Array(firstBare) + [0x2C] + Array(challenge.utf8) + [0x2C] + proven
    }

    /// `,p=` and the proof that belongs behind `proven`.
    func proof(_ proven: [UInt8], _ user: User) -> [UInt8] {
      let signature = authenticate(text(proven), user.verifier.storedKey)
      return Array((",p=" + base64(zip(user.clientKey, signature).map { $0 ^ $1 })).utf8)
    }
  }

  private static func authenticate(_ text: some Collection<UInt8>, _ key: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: 32)
    let text = Array(text)
    HMAC(EVP_sha256(), key, Int32(key.count), text, text.count, &code, nil)
    return code
  }

  private static func base64(_ bytes: [UInt8]) -> String {
    var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
    let count = EVP_EncodeBlock(&text, bytes, Int32(bytes.count))
    return String(decoding: text[..<Int(count)], as: UTF8.self)
  }
}
