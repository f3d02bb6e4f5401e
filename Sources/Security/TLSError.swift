import COpenSSL

/// Why TLS failed: a certificate that cannot be used, or a connection that did not come about.
package struct TLSError: Error, Sendable, Equatable {
  /// A sentence for a person.
  package let message: String
  /// Whether the peer spoke no TLS at all: its first byte starts no TLS record.
  package let isPlaintext: Bool

  init(_ message: String, isPlaintext: Bool = false) {
    self.message = message
    self.isPlaintext = isPlaintext
  }
}

extension TLSError {
  /// Why the call that has just failed on `ssl` did so; `host` is whom a client looked for.
  static func latest(of ssl: OpaquePointer, isServer: Bool, host: String) -> TLSError {
    // What failed within comes first; the last is what it means for the connection.
    guard let cause = OpenSSLFailure.take(.last) else { return TLSError("TLS failed.") }
    guard cause.library == ERR_LIB_SSL else { return TLSError("TLS failed: \(cause.reason).") }
    switch cause.code {
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
      return refusedCertificate(SSL_get_verify_result(ssl), isServer: isServer, host: host)
    case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_WRONG_SSL_VERSION, SSL_R_WRONG_VERSION_NUMBER:
      return TLSError("The peer does not speak TLS 1.3.")
    case SSL_AD_REASON_OFFSET..<SSL_AD_REASON_OFFSET + 256:
      // An alert of the peer's: its number stands in the reason (RFC 8446, section 6).
      let alert = String(cString: SSL_alert_desc_string_long(cause.code - SSL_AD_REASON_OFFSET))
      return TLSError("The peer refused the connection: \(alert).")
    default: return TLSError("TLS failed: \(cause.reason).")
    }
  }

  private static func refusedCertificate(
    _ result: Int, isServer: Bool, host: String
  ) -> TLSError {
    if result == Int(X509_V_ERR_HOSTNAME_MISMATCH) || result == Int(X509_V_ERR_IP_ADDRESS_MISMATCH)
    {
      return TLSError("The server's certificate is not for \(host).")
    }
    let reason = String(cString: X509_verify_cert_error_string(result))
    return TLSError("The \(isServer ? "client" : "server")'s certificate was refused: \(reason).")
  }
}

/// What OpenSSL said of the latest failure in this thread, taken from its error queue.
struct OpenSSLFailure {
  /// The part of OpenSSL that failed, an `ERR_LIB_…`.
  let library: Int32
  /// Its reason: what the number means depends on the library.
  let code: Int32
  /// The reason in OpenSSL's words.
  let reason: String

  /// Where in the queue to look: at the cause, or at what came of it in the end.
  enum Position {
    case first
    case last
  }

  /// Takes a failure and empties the queue; nil if it is empty.
  static func take(_ position: Position = .first) -> OpenSSLFailure? {
    let error = position == .first ? ERR_peek_error() : ERR_peek_last_error()
    ERR_clear_error()
    guard error != 0 else { return nil }
    // A system call's failure has no text in OpenSSL 3.
    let text = ERR_reason_error_string(error).map { String(cString: $0) }
    return OpenSSLFailure(
      library: ERR_GET_LIB(error), code: ERR_GET_REASON(error),
      reason: text ?? "error \(String(error, radix: 16)) of OpenSSL")
  }

  /// The reason alone, for a message that says what was tried.
  static func takeReason() -> String { take()?.reason ?? "OpenSSL gave no reason" }
}
