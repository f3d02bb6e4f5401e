import SeededInputs
import Testing

@testable import Security

@Suite("SCRAM with somebody in between")
struct ScramAttackTests {
  private let binding = Binding.exporter(Array(0..<32))

  /// The exchange of the example, in which `change` may touch each message on its way, by its
  /// number; whether it got to its end on both sides is the answer.
  private func exchange(
    _ binding: Binding = .none, serverBinding: Binding? = nil, with verifier: ScramVerifier,
    change: (Int, String) -> String
  ) throws {
    var client = try Example.client(binding)
    var server = try ScramServer.clientFirst(
      change(0, client.first()), binding: serverBinding ?? binding)
    let challenge = server.challenge(verifier, nonce: Example.serverNonce)
    let final = try client.final(change(1, challenge))
    let answer = try server.finish(change(2, final))
    try client.verify(change(3, answer))
  }

  private func replaced(_ text: String, _ old: String, _ new: String) -> String {
    text.replacing(old, with: new, maxReplacements: 1)
  }

  @Test("A binding that somebody takes away, or carries to another connection")
  func strippedBinding() throws {
    let verifier = try Example.verifier()
    func outcome(_ old: String, _ new: String, final: (String) -> String = { $0 })
      -> ScramError.Reason?
    {
      reason {
        try exchange(binding, with: verifier) { number, message in
          switch number {
          case 0: replaced(message, old, new)
          case 2: final(message)
          default: message
          }
        }
      }
    }
    #expect(outcome("p=tls-exporter", "p=tls-exporter") == nil)
    #expect(outcome("p=tls-exporter", "y") == .bindingStripped)
    #expect(outcome("p=tls-exporter", "n") == .bindingMismatch)
    let header = Base64.encode(binding.header + binding.data)
    let unbound = outcome("p=tls-exporter", "n") { replaced($0, header, "biws") }
    #expect(unbound == .wrongProof)
    let elsewhere = reason {
      try exchange(binding, serverBinding: .exporter(Array(1..<33)), with: verifier) { $1 }
    }
    #expect(elsewhere == .bindingMismatch)
  }

  @Test("A last message that was right once is wrong for another challenge")
  func replay() throws {
    let verifier = try Example.verifier()
    var server = try ScramServer.clientFirst(Example.first, binding: .none)
    _ = server.challenge(verifier, nonce: Example.serverNonce)
    #expect(try server.finish(Example.final) == Example.answer)
    _ = server.challenge(verifier)
    #expect(reason { _ = try server.finish(Example.final) } == .nonceMismatch)
    let challenge = server.challenge(verifier)
    let nonce = challenge.prefix { $0 != "," }
    let patched = replaced(
      Example.final, "r=\(Example.clientNonce)\(Example.serverNonce)", String(nonce))
    #expect(reason { _ = try server.finish(patched) } == .wrongProof)
    #expect(reason { _ = try server.finish(patched) } == .malformed)
  }

  @Test("Last messages that are changed or none")
  func changedFinal() throws {
    let verifier = try Example.verifier()
    func finish(_ message: String) throws -> ScramError.Reason? {
      var server = try ScramServer.clientFirst(Example.first, binding: .none)
      _ = server.challenge(verifier, nonce: Example.serverNonce)
      return reason { _ = try server.finish(message) }
    }
    let final = Example.final
    #expect(try finish(final) == nil)
    #expect(try finish(replaced(final, "p=dHz", "p=eHz")) == .wrongProof)
    #expect(try finish(replaced(final, "r=r", "r=s")) == .nonceMismatch)
    #expect(try finish(replaced(final, "biws", "eSws")) == .bindingMismatch)
    #expect(try finish(replaced(final, ",p=", ",x=y,p=")) == .wrongProof)
    #expect(try finish(replaced(final, ",p=", ",m=y,p=")) == .unsupportedExtension)
    for (old, new) in [
      ("biws", "biw"), ("biws", "!!!!"), ("VQ=", "VR="), ("VQ=", "VQ"), ("p=", "q="), (",p=", ""),
      ("p=d", "p=AAAAd"), ("c=", "d="), ("p=", "p= "), ("VQ=", "VQ=\n"), ("VQ=", "VQ=,x=y"),
      ("c=biws", "c=\(String(repeating: "biws", count: 500))"),
    ] {
      #expect(try finish(replaced(final, old, new)) == .malformed, "\(old) \(new)")
    }
    for message in ["", ",", "p=", ",p="] {
      #expect(try finish(message) == .malformed)
    }
    var unasked = try ScramServer.clientFirst(Example.first, binding: .none)
    #expect(reason { _ = try unasked.finish(final) } == .malformed)
  }

  @Test("A wrong password, an unknown user and a copied mock fail alike")
  func wrongPassword() throws {
    let mock = ScramVerifier.mock(userName: "user", secret: [1, 2, 3], iterations: 4_096)
    #expect(mock == .mock(userName: "user", secret: [1, 2, 3], iterations: 4_096))
    for (name, secret) in [("u", [1, 2, 3]), ("user", [1])] as [(String, [UInt8])] {
      let other = ScramVerifier.mock(userName: name, secret: secret, iterations: 4_096)
      #expect(mock.salt != other.salt)
    }
    #expect(mock.salt.count == ScramVerifier.freshSalt().count)
    var errors: [ScramError] = []
    for verifier in [try Example.verifier("crayon"), mock] {
      do {
        try self.exchange(with: verifier) { $1 }
      } catch let error as ScramError { errors.append(error) }
    }
    #expect(errors.count == 2 && errors.first == errors.last)
    #expect(errors.first?.reason == .wrongProof)
  }

  @Test("A server that does not know the key is found out")
  func wrongServer() throws {
    // Whoever has stolen nothing can only make a signature up.
    let other = try Example.verifier("crayon")
    var client = try Example.client()
    _ = try client.final(Example.challenge)
    let made = "v=" + Base64.encode(other.serverKey)
    #expect(reason { try client.verify(made) } == .serverNotVerified)
    #expect(reason { try client.verify(Example.answer) } == .serverNotVerified)
    for (answer, expected) in [
      ("e=invalid-proof", ScramError.Reason.serverNotVerified), ("v=", .malformed),
      ("v=AAAA", .serverNotVerified), ("", .malformed), ("v=!", .malformed),
      ("m=x,v=AAAA", .unsupportedExtension),
    ] {
      var client = try Example.client()
      _ = try client.final(Example.challenge)
      #expect(reason { try client.verify(answer) } == expected, "\(answer)")
    }
    var early = try Example.client()
    #expect(reason { try early.verify(Example.answer) } == .serverNotVerified)
  }

  @Test("No message that is changed at random lets anybody in, or crashes", arguments: 0..<100)
  func random(seed: Int) throws {
    var random = Seeded(UInt64(seed))
    let verifier = try Example.verifier()
    for target in 0..<4 {
      for binding in [.none, binding] {
        var original = ""
        var changed = ""
        let outcome = reason {
          try exchange(binding, with: verifier) { number, message in
            guard number == target else { return message }
            original = message
            changed = mutated(message, &random)
            return changed
          }
        }
        let isSame = original.utf8.elementsEqual(changed.utf8)
        #expect((outcome == nil) == isSame, "\(original) \(changed)")
      }
    }
  }

  /// `message` with one to three bytes changed, put in, taken out or doubled.
  private func mutated(_ message: String, _ random: inout Seeded) -> String {
    let alphabet = Array(",=nyprcsivem0A/+ \n\u{0}é".utf8)
    var bytes = Array(message.utf8)
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let index = Int.random(in: 0..<bytes.count, using: &random)
      let byte = alphabet.randomElement(using: &random) ?? 0
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes[index] = byte
      case 1: bytes.insert(byte, at: index)
      case 2: bytes.remove(at: index)
      case 3: bytes.insert(contentsOf: bytes[index...], at: index)
      default: bytes[index] ^= 1 << UInt8.random(in: 0...7, using: &random)
      }
      if bytes.isEmpty { break }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
