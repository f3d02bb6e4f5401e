import SeededInputs
import Testing

@testable import Security

@Suite("Verifiers and the Base64 in them")
struct ScramVerifierTests {
  private let text =
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
    + "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="

  @Test("The text is PostgreSQL's, and comes back as it was")
  func roundTrip() throws {
    let verifier = try Example.verifier()
    #expect(verifier.text == text)
    #expect(ScramVerifier(text: text) == verifier)
    #expect(verifier.iterations == 4_096 && verifier.salt.count == 16)
    #expect(verifier.storedKey.count == 32 && verifier.serverKey.count == 32)
  }

  @Test("A text that is not exactly one is none")
  func refusals() {
    for (old, new) in [
      ("SCRAM", "scram"), ("SCRAM-SHA-256", "SCRAM-SHA-1"), ("SCRAM", " SCRAM"),
      ("$4096", "$04096"),
      ("$4096", "$4095"), ("$4096", "$10000001"), ("$4096", "$+4096"), ("$4096", "$"),
      ("$4096", "$4096$"), (":W22ZaJ0SNY7soEsUEjb6gQ==", ""), ("4096:", "4096::"),
      ("W22ZaJ0SNY7soEsUEjb6gQ==", "W22ZaJ0SNY7soEsUEjb6gQ"), ("gQ==", "gR=="), ("gQ==", "gQ= ="),
      ("W22ZaJ0SNY7soEsUEjb6gQ==", "AAAAAAA="), ("qY=", "qZ="), ("dU=", "dU=\n"), ("dU=", "dU=:"),
      ("W22ZaJ0SNY7soEsUEjb6gQ==", String(repeating: "AAAA", count: 22)), ("WG5d", "WG5dAAAA"),
      ("wfPL", ""), ("qY=:", "qY="), ("dU=", "dU=$"), ("wfPLwcE6", "wfPLwc-6"), ("dU=", "dU"),
    ] {
      let changed = text.replacing(old, with: new, maxReplacements: 1)
      #expect(changed != text)
      #expect(ScramVerifier(text: changed) == nil, "\(changed)")
    }
    #expect(ScramVerifier(text: "") == nil)
    for wide in ["AAAAAAAAAAA=", String(repeating: "AAAA", count: 21) + "AA=="] {
      let changed = text.replacing("W22ZaJ0SNY7soEsUEjb6gQ==", with: wide)
      #expect(ScramVerifier(text: changed)?.text == changed)
    }
  }

  @Test("What no verifier is made of")
  func unusable() {
    func make(_ password: String, _ salt: Int, _ iterations: Int) -> ScramError.Reason? {
      let salt = [UInt8](repeating: 1, count: salt)
      return reason {
        _ = try ScramVerifier(password: password, salt: salt, iterations: iterations)
      }
    }
    #expect(make("pencil", 8, 4_096) == nil)
    #expect(make("pencil", 64, 4_097) == nil)
    #expect(make("", 16, 4_096) == .malformed)
    #expect(make("pen\tcil", 16, 4_096) == .malformed)
    #expect(make("pencil", 7, 4_096) == .malformed)
    #expect(make("pencil", 65, 4_096) == .malformed)
    #expect(make("pencil", 16, 4_095) == .malformed)
    #expect(make("pencil", 16, 10_000_001) == .malformed)
    #expect(make("pencil", 16, -1) == .malformed)
  }

  @Test("Base64: the vectors of RFC 4648, and nothing that says the same in another way")
  func base64() {
    for (plain, encoded) in [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
      ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ] {
      #expect(Base64.encode(Array(plain.utf8)) == encoded)
      #expect(Base64.decode(encoded.utf8) == Array(plain.utf8))
    }
    for bad in [
      "Z", "Zg", "Zg=", "Zh==", "Zm9=", "====", "Z===", "Zg==Zg==", "Zm9v\n", "\nZm9v", "Zm9v    ",
      "    ", "Zm 9", "Zm9-", "Zm9_", "Zm9.", "=m9v", "Z=9v", "Zm=v", "Zm9v\u{0}\u{0}\u{0}\u{0}",
      "Zmé",
    ] {
      #expect(Base64.decode(bad.utf8) == nil, "\(bad)")
    }
    var random = Seeded(1)
    for count in 0..<200 {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      #expect(Base64.decode(Base64.encode(bytes).utf8) == bytes)
    }
  }
}
