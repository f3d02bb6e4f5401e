/// Why an exchange of SCRAM came to nothing. None of it names a password or a key.
package struct ScramError: Error, Sendable, Equatable {
  package enum Reason: Sendable, Equatable {
    /// The message is none of SCRAM's, is too long, or comes at the wrong time.
    case malformed
    /// The message demands what is not offered: an extension (`m=`), or to act as somebody else.
    case unsupportedExtension
    /// The client could have bound the exchange to its connection, and believes that the server
    /// could not: somebody between them has taken the offer away.
    case bindingStripped
    /// The exchange is bound to another connection, or in another way than this one can be.
    case bindingMismatch
    /// The message belongs to another exchange.
    case nonceMismatch
    /// The client does not know the password, or there is no such user.
    case wrongProof
    /// The server asks for so few iterations that the proof would give the password away.
    case iterationsTooFew
    /// The server does not know the user's keys: it is not the one that it should be.
    case serverNotVerified
  }

  package let reason: Reason
  /// A sentence for a person.
  package let message: String

  init(_ reason: Reason, _ message: String) {
    self.reason = reason
    self.message = message
  }

  static func malformed(_ what: String) -> ScramError {
    ScramError(.malformed, "This is no message of SCRAM's: \(what).")
  }
}

/// What an exchange of SCRAM can be bound to.
package enum Binding: Sendable, Equatable {
  /// Nothing: the connection is plaintext, or a Unix socket.
  case none
  /// The TLS connection, by its exported key (`TLSChannel.channelBinding`). A server offers it, and
  /// clients that know of it must use it.
  case exporter([UInt8])

  /// The name of the only kind there is (RFC 9266).
  static let exporterName = "tls-exporter"

  /// What a client says of it ahead of its first message: the GS2 header (RFC 5802, section 7).
  var header: [UInt8] {
    switch self {
    case .none: Array("n,,".utf8)
    case .exporter: Array("p=\(Self.exporterName),,".utf8)
    }
  }

  /// The secret of the connection.
  var data: [UInt8] {
    switch self {
    case .none: []
    case .exporter(let key): key
    }
  }
}
