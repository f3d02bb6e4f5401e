import COpenSSL

/// What the connections of one end have in common: certificate, key, and whom it trusts. TLS 1.3
/// only. New files take a new context; channels of the old one go on with it.
package final class TLSContext: Sendable {
  /// Largest chain of certificates that a peer may send, in bytes.
  private static let maximumChainBytes = 32_768

  // OpenSSL locks the context itself; it is not changed once it is made.
  nonisolated(unsafe) let pointer: OpaquePointer
  /// Whether this end is the server.
  let isServer: Bool

  private init(isServer: Bool) throws(TLSError) {
    ERR_clear_error()
    guard let pointer = SSL_CTX_new(isServer ? TLS_server_method() : TLS_client_method()) else {
      throw TLSError("TLS cannot be set up: \(OpenSSLFailure.takeReason()).")
    }
    self.pointer = pointer
    self.isServer = isServer
    guard sister_SSL_CTX_set_versions(pointer, TLS1_3_VERSION, TLS1_3_VERSION) == 1 else {
      throw TLSError("TLS 1.3 is not available: \(OpenSSLFailure.takeReason()).")
    }
    // Idle connections hold no buffers; what is written may move while it waits.
    _ = sister_SSL_CTX_set_mode(
      pointer,
      Int(
        SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE
          | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER))
    _ = sister_SSL_CTX_set_session_cache_mode(pointer, Int(SSL_SESS_CACHE_OFF))
    _ = sister_SSL_CTX_set_max_cert_list(pointer, Self.maximumChainBytes)
    // Every connection shows its certificates anew: nothing to resume, no key of tickets to keep.
    if isServer {
      _ = sister_SSL_CTX_set_no_tickets(pointer)
      SSL_CTX_set_num_tickets(pointer, 0)
    }
  }

  deinit { SSL_CTX_free(pointer) }

  /// A server's context, from PEM files: its certificate with the chain behind it, the key, and,
  /// where clients may show certificates, who vouches for those. A client's certificate is asked
  /// for and not demanded; one that is not vouched for ends the handshake.
  ///
  /// Throws which file cannot be used and why: it cannot be read, is no PEM, the key is another
  /// certificate's, or a certificate of the chain has expired or is not valid yet.
  package static func server(
    certificateFile: String, keyFile: String, clientCAFile: String?
  ) throws(TLSError) -> TLSContext {
    let context = try TLSContext(isServer: true)
    try context.use(certificateFile: certificateFile, keyFile: keyFile)
    if let clientCAFile {
      try context.trust(PEMFile(clientCAFile, purpose: "client CA"), at: clientCAFile)
      SSL_CTX_set_verify(context.pointer, SSL_VERIFY_PEER, nil)
    }
    return context
  }

  /// A client's context: it trusts the certificates of `caFile`, or those that the system trusts
  /// if it is nil, and shows the certificate of `certificateFile` to servers that ask for one. The
  /// key may stand in that file too; then `keyFile` is nil.
  ///
  /// Throws as `server` does.
  package static func client(
    caFile: String?, certificateFile: String?, keyFile: String?
  ) throws(TLSError) -> TLSContext {
    let context = try TLSContext(isServer: false)
    if let caFile {
      try context.trust(PEMFile(caFile, purpose: "CA"), at: caFile)
    } else if SSL_CTX_set_default_verify_paths(context.pointer) != 1 {
      throw TLSError(
        "The system's certificates cannot be used: \(OpenSSLFailure.takeReason()).")
    }
    SSL_CTX_set_verify(context.pointer, SSL_VERIFY_PEER, nil)
    if let certificateFile {
      try context.use(certificateFile: certificateFile, keyFile: keyFile ?? certificateFile)
    } else if let keyFile {
      throw TLSError("The key file \(keyFile) is of no use without a certificate file.")
    }
    return context
  }

  /// Whether the peer must be vouched for if it shows a certificate.
  var verifiesPeer: Bool { SSL_CTX_get_verify_mode(pointer) & SSL_VERIFY_PEER != 0 }

  private func use(certificateFile: String, keyFile: String) throws(TLSError) {
    let chain = try PEMFile(certificateFile, purpose: "certificate").certificates()
    for (index, certificate) in chain.enumerated() {
      guard let wrongDates = certificate.wrongDates else { continue }
      let which = index == 0 ? "The certificate" : "Certificate \(index + 1)"
      throw TLSError("\(which) in \(certificateFile) \(wrongDates).")
    }
    let key = try PEMFile(keyFile, purpose: "key").privateKey()
    guard X509_check_private_key(chain[0].pointer, key.pointer) == 1 else {
      throw TLSError(
        "The key in \(keyFile) does not belong to the certificate in \(certificateFile).")
    }
    ERR_clear_error()
    var isUsed = SSL_CTX_use_certificate(pointer, chain[0].pointer) == 1
    for certificate in chain.dropFirst() where isUsed {
      isUsed = sister_SSL_CTX_add1_chain_cert(pointer, certificate.pointer) == 1
    }
    guard isUsed else {
      throw TLSError("Cannot use the certificate in \(certificateFile): \(reason()).")
    }
    guard SSL_CTX_use_PrivateKey(pointer, key.pointer) == 1 else {
      throw TLSError("Cannot use the key in \(keyFile): \(reason()).")
    }
  }

  private func trust(_ file: PEMFile, at path: String) throws(TLSError) {
    let store = SSL_CTX_get_cert_store(pointer)
    for certificate in try file.certificates() {
      ERR_clear_error()
      // The names go to clients, which choose by them the certificate that they show.
      guard X509_STORE_add_cert(store, certificate.pointer) == 1,
        !isServer || SSL_CTX_add_client_CA(pointer, certificate.pointer) == 1
      else { throw TLSError("Cannot use a certificate in \(path): \(reason()).") }
    }
  }

  private func reason() -> String { OpenSSLFailure.takeReason() }
}
