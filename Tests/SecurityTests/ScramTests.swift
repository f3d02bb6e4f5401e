import Testing

@testable import Security

/// The example of RFC 7677, section 3.
enum Example {
  static let clientNonce = "rOprNGfwEbeRWgbNEkqO"
  static let serverNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
  static let first = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
  static let challenge =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
  static let final =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
  static let answer = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

  static func verifier(_ password: String = "pencil") throws -> ScramVerifier {
    let salt = try #require(Base64.decode("W22ZaJ0SNY7soEsUEjb6gQ==".utf8))
    return try ScramVerifier(password: password, salt: salt, iterations: 4_096)
  }

  static func client(
    _ binding: Binding = .none, userName: String = "user", password: String = "pencil"
  ) throws -> ScramClient {
    try ScramClient(
      userName: userName, password: password, binding: binding, nonce: clientNonce)
  }
}

/// The reason that `body` throws.
func reason(_ body: () throws -> Void) -> ScramError.Reason? {
  do {
    try body()
    return nil
  } catch { return (error as? ScramError)?.reason }
}

@Suite("SCRAM-SHA-256 as the RFCs have it")
struct ScramTests {
  private let binding = Binding.exporter(Array(0..<32))

  @Test("The example of RFC 7677, on both sides")
  func example() throws {
    var client = try Example.client()
    #expect(client.first() == Example.first)
    var server = try ScramServer.clientFirst(Example.first, binding: .none)
    #expect(server.userName == "user" && !server.isBound)
    let verifier = try Example.verifier()
    #expect(server.challenge(verifier, nonce: Example.serverNonce) == Example.challenge)
    #expect(try client.final(Example.challenge) == Example.final)
    #expect(try server.finish(Example.final) == Example.answer)
    try client.verify(Example.answer)
    // Each message once.
    #expect(reason { _ = try server.finish(Example.final) } == .malformed)
    #expect(reason { try client.verify(Example.answer) } == .serverNotVerified)
  }

  @Test(
    "Bound to a connection, with fresh nonces and any name",
    arguments: ["user", "a=b,c", "王芳"])
  func bound(name: String) throws {
    var nonces: Set<String> = []
    for _ in 0..<3 {
      var client = try ScramClient(userName: name, password: "pencil", binding: binding)
      #expect(client.first().hasPrefix("p=tls-exporter,,n="))
      var server = try ScramServer.clientFirst(client.first(), binding: binding)
      #expect(server.userName == name && server.isBound)
      let challenge = server.challenge(try Example.verifier())
      nonces.insert(challenge)
      try client.verify(server.finish(client.final(challenge)))
    }
    #expect(nonces.count == 3)
    #expect(ScramServer.freshNonce().utf8.count == 24)
    #expect(try Example.client(userName: "a=b,c").first().contains("n=a=3Db=2Cc,"))
  }

  @Test("A client that knows no binding gets in under TLS, and one that sees none offered does not")
  func flags() throws {
    func flag(_ flag: String, _ binding: Binding) -> ScramError.Reason? {
      reason { _ = try ScramServer.clientFirst("\(flag),,n=user,r=abc", binding: binding) }
    }
    #expect(flag("n", binding) == nil)
    #expect(flag("y", binding) == .bindingStripped)
    #expect(flag("y", .none) == nil)
    #expect(flag("p=tls-exporter", binding) == nil)
    #expect(flag("p=tls-exporter", .none) == .bindingMismatch)
    #expect(flag("p=tls-unique", binding) == .bindingMismatch)
    var client = try Example.client()
    var server = try ScramServer.clientFirst(client.first(), binding: binding)
    try client.verify(server.finish(client.final(server.challenge(Example.verifier()))))
  }

  @Test(
    "First messages that are none",
    arguments: [
      "", "n", "n,", "n,,", "n,,n=user", "n,,r=abc,n=user", "n,,n=,r=abc", "n,,n=user,r=",
      "q,,n=user,r=abc", "nn,,n=user,r=abc", "n,x,n=user,r=abc", "n,,n=us=er,r=abc",
      "n,,n=us=2cer,r=abc", "n,,n=us=,r=abc", "n,,n=us\u{0}er,r=abc", "n,,n=us\ner,r=abc",
      "n,,n=us\u{85}er,r=abc", "n,,n=user,r=a c", "n,,n=user,r=ä", "n,,n=user,r=abc,",
      "n,,n=user,r=abc,x", "n,,n=user,r=abc,x=", "n,,n=user,r=abc,1=x", "n,,N=user,r=abc",
      "n,,n=\(String(repeating: "u", count: 2_048)),r=abc",
      "n,,n=user,r=\(String(repeating: "r", count: 513))",
    ])
  func malformed(message: String) {
    #expect(reason { _ = try ScramServer.clientFirst(message, binding: .none) } == .malformed)
  }

  @Test("Extensions: those that must be understood are refused, others are passed over")
  func extensions() throws {
    func first(_ message: String) -> ScramError.Reason? {
      reason { _ = try ScramServer.clientFirst(message, binding: .none) }
    }
    #expect(first("n,,m=ext,n=user,r=abc") == .unsupportedExtension)
    #expect(first("n,,n=user,r=abc,m=ext") == .unsupportedExtension)
    #expect(first("n,a=other,n=user,r=abc") == .unsupportedExtension)
    #expect(first("n,,n=user,r=abc,x=y=z") == nil)
    var client = try Example.client()
    #expect(reason { _ = try client.final("m=x," + Example.challenge) } == .unsupportedExtension)
    let final = try client.final(Example.challenge + ",x=y")
    #expect(final != Example.final)
  }

  @Test("Names and passwords that cannot be")
  func unusable() {
    func make(_ name: String, _ password: String) -> ScramError.Reason? {
      reason { _ = try ScramClient(userName: name, password: password, binding: .none) }
    }
    #expect(make("user", "pencil with spaces, = and 鉛筆") == nil)
    for bad in ["", "a\u{0}", "a\n", "a\u{7F}", "a\u{9F}"] {
      #expect(make(bad, "pencil") == .malformed)
      #expect(make("user", bad) == .malformed)
    }
    #expect(make(String(repeating: "u", count: 2_048), "pencil") == .malformed)
    #expect(make(String(repeating: ",", count: 700), "pencil") == .malformed)
  }

  @Test("A client looks at what it is asked for")
  func challenges() throws {
    func final(_ challenge: String) throws -> ScramError.Reason? {
      var client = try Example.client()
      return reason { _ = try client.final(challenge) }
    }
    let (nonce, salt) = (Example.clientNonce, "s=W22ZaJ0SNY7soEsUEjb6gQ==")
    #expect(try final("r=\(nonce)x,\(salt),i=4096") == nil)
    #expect(try final("r=\(nonce),\(salt),i=4096") == .nonceMismatch)
    #expect(try final("r=x\(nonce),\(salt),i=4096") == .nonceMismatch)
    #expect(try final("r=\(nonce)x,\(salt),i=4095") == .iterationsTooFew)
    #expect(try final("r=\(nonce)x,\(salt),i=1") == .iterationsTooFew)
    for iterations in ["0", "04096", "+4096", "4096 ", "-1", "10000001", "99999999999999999999"] {
      #expect(try final("r=\(nonce)x,\(salt),i=\(iterations)") == .malformed)
    }
    for salt in ["s=", "s=AAAA", "s=W22ZaJ0SNY7soEsUEjb6gQ", "s= W22ZaJ0SNY7soEsUEjb6gQ=="] {
      #expect(try final("r=\(nonce)x,\(salt),i=4096") == .malformed)
    }
    for message in [
      "", "e=other-error", "r=\(nonce)x,i=4096,\(salt)", "r=\(nonce)\u{7},\(salt),i=4096",
    ] {
      #expect(try final(message) == .malformed)
    }
  }
}
