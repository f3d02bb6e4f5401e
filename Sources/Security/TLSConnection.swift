import COpenSSL

extension TLSContext {
  /// A connection of OpenSSL's over `wire`, for the caller to free before the wire. On a client it
  /// checks that the server's certificate is for `host`; on a server that is nil.
  func makeConnection(over wire: ChannelWire, host: String?) throws(TLSError) -> OpaquePointer {
    ERR_clear_error()
    guard let ssl = SSL_new(pointer) else {
      throw TLSError("A TLS connection cannot be set up: \(OpenSSLFailure.takeReason()).")
    }
    do throws(TLSError) {
      guard let bio = wire.makeBIO() else { throw TLSError("Out of memory.") }
      // One BIO for both directions: the connection owns it from here.
      SSL_set_bio(ssl, bio, bio)
      if let host {
        try Self.expect(host, on: ssl)
        SSL_set_connect_state(ssl)
      } else {
        SSL_set_accept_state(ssl)
      }
      return ssl
    } catch {
      SSL_free(ssl)
      throw error
    }
  }

  /// Has the handshake check that the certificate is for `host`, and tells the server a name.
  private static func expect(_ host: String, on ssl: OpaquePointer) throws(TLSError) {
    // To OpenSSL an empty name means that any will do, one with a dot in front any below it, and
    // what follows a NUL does not count.
    guard !host.isEmpty, !host.utf8.starts(with: ".".utf8), !host.utf8.contains(0) else {
      throw TLSError("\"\(host)\" is not the name of a server.")
    }
    let isAddress = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1
    ERR_clear_error()
    if isAddress { return }
    SSL_set_hostflags(
      ssl, UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
    guard SSL_set1_host(ssl, host) == 1, sister_SSL_set_tlsext_host_name(ssl, host) == 1 else {
      throw TLSError("\"\(host)\" is not the name of a server: \(OpenSSLFailure.takeReason()).")
    }
  }
}
