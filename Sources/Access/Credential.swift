import Glibc

/// What a session is there by, and what is looked up again while it lives.
package enum Credential: Hashable, Sendable {
  /// A token's hash.
  case token(hash: String)
  /// The operating system's user, vouched for by the kernel.
  case unixUser(number: uid_t)
  /// The name in a client's certificate, vouched for by the client CA.
  case certificate(name: String)
  /// A user who has shown to know the password of this verifier.
  case password(user: String, verifier: String)

  /// What it is, for the audit.
  var means: String {
    switch self {
    case .token: "a token"
    case .unixUser(let number): "the operating system's user \(number)"
    case .certificate(let name): "the certificate \(name)"
    case .password(let user, _): "the password of \(user)"
    }
  }

  /// The name of a user of the operating system, who may be in a directory across the network:
  /// looked up on a thread of the global pool.
  static func userName(_ number: uid_t) async -> String? {
    await Task.detached {
      var entry = passwd()
      var found: UnsafeMutablePointer<passwd>?
      var buffer = [CChar](repeating: 0, count: 16_384)
      guard getpwuid_r(number, &entry, &buffer, buffer.count, &found) == 0 else { return nil }
      return found.map { String(cString: $0.pointee.pw_name) }
    }.value
  }
}
