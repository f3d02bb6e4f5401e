import COpenSSL

/// One end of one TLS 1.3 connection, without the connection: bytes of the socket in, plaintext
/// out, and the reverse.
///
/// What it keeps is bounded by what it is given: a record that is not whole yet, plaintext that
/// waits for the end of the handshake, and output until it is taken. After each call there may be
/// output, after one that throws too: the alert that tells the peer why. A channel that has failed
/// throws the same error for good. That a socket ends before `hasEnded` is for the caller to see:
/// the peer's data may then have been cut off by anybody.
package final class TLSChannel {
  /// What arrived.
  package struct Received: Sendable, Equatable {
    /// The peer's data, deciphered.
    package internal(set) var plaintext: [UInt8] = []
    /// Whether the peer has said that it sends nothing more (close_notify).
    package internal(set) var hasEnded = false
  }

  /// The types of record that a peer may start with (RFC 8446, section 5.1): a client with a
  /// handshake, a server with an alert too.
  private enum Record {
    static let handshake: UInt8 = 22
    static let alert: UInt8 = 21
  }

  private let ssl: OpaquePointer
  private let wire = ChannelWire()
  private let context: TLSContext
  /// Whom a client wants to speak to; empty on a server.
  private let host: String
  private var isFirstByte = true
  private var unsent: [UInt8] = []
  private var inputHasEnded = false
  private var outputIsToEnd = false
  private var outputHasEnded = false
  private var failure: TLSError?

  /// Whether the handshake is over. On a client that says only that the server is who it should
  /// be: whether the server takes the client's certificate is known when it sends something, and
  /// `receive` throws if it does not.
  package private(set) var isEstablished = false

  /// The server's end of a connection that was accepted.
  package init(server context: TLSContext) throws(TLSError) {
    precondition(context.isServer)
    (self.context, host) = (context, "")
    ssl = try context.makeConnection(over: wire, host: nil)
  }

  /// The client's end of a connection that was made to `host`: a name, which goes to the server
  /// with the first bytes, or an IP address. The server's certificate must be for it, in its
  /// subjectAltName (RFC 9525: the common name does not count).
  package init(client context: TLSContext, host: String) throws(TLSError) {
    precondition(!context.isServer)
    (self.context, self.host) = (context, host)
    ssl = try context.makeConnection(over: wire, host: host)
    shakeHands()
    if let failure { throw failure }
  }

  deinit { SSL_free(ssl) }

  /// Takes bytes from the socket, and drives the handshake with them until it is over. Throws if
  /// the peer speaks no TLS 1.3, does not show what it must, or sends what is not its own; what
  /// the same call deciphered before that is lost.
  package func receive(_ bytes: some Collection<UInt8>) throws(TLSError) -> Received {
    if let failure { throw failure }
    var received = Received()
    if let first = bytes.first {
      try checkFirst(first)
      Self.withBytes(of: bytes) { buffer in
        wire.withInput(buffer) {
          shakeHands()
          read(into: &received.plaintext)
          flush()
        }
      }
    }
    if let failure { throw failure }
    received.hasEnded = inputHasEnded
    return received
  }

  /// Enciphers `plaintext`; before the handshake is over, keeps it and sends it then. Throws if
  /// the channel has failed, or after `endOutput`.
  package func send(_ plaintext: some Collection<UInt8>) throws(TLSError) {
    if let failure { throw failure }
    guard !outputIsToEnd else { throw TLSError("Nothing can be sent after the end of output.") }
    if isWritable && unsent.isEmpty {
      Self.withBytes(of: plaintext) { buffer in
        let count = write(buffer)
        unsent.append(contentsOf: buffer[count...])
      }
    } else {
      unsent.append(contentsOf: plaintext)
    }
    if let failure { throw failure }
  }

  /// Plaintext that waits until it can be enciphered, in bytes.
  package var unsentBytes: Int { unsent.count }

  /// What is to go to the socket, each byte once.
  package func takeOutput() -> [UInt8] { wire.takeOutput() }

  /// Tells the peer, behind everything that was sent, that nothing more comes (close_notify). The
  /// peer may go on to send: RFC 8446, section 6.1.
  package func endOutput() {
    outputIsToEnd = true
    flush()
  }

  /// What only the two ends of this very connection know: the channel binding tls-exporter of
  /// RFC 9266, 32 bytes. Nil before the handshake is over.
  package var channelBinding: [UInt8]? {
    guard isEstablished else { return nil }
    let label = "EXPORTER-Channel-Binding"
    var key = [UInt8](repeating: 0, count: 32)
    // The context is there and empty, as the RFC has it.
    let result = SSL_export_keying_material(
      ssl, &key, key.count, label, label.utf8.count, "", 0, 1)
    return result == 1 ? key : nil
  }

  /// On a server, the common name of the client's certificate, for which its client CA has
  /// vouched. Nil without a certificate, and if it has no one name that is plain text.
  package var peerName: String? {
    guard isEstablished, context.isServer, context.verifiesPeer,
      SSL_get_verify_result(ssl) == Int(X509_V_OK), let peer = SSL_get0_peer_certificate(ssl)
    else { return nil }
    return Certificate.commonName(of: peer)
  }
}

// MARK: Going on

extension TLSChannel {
  /// Whether OpenSSL takes plaintext now. After the handshake it does not while a message of the
  /// peer's about keys is half there.
  private var isWritable: Bool { isEstablished && SSL_in_init(ssl) == 0 }

  /// Refuses a peer that speaks something else before OpenSSL sees it, so that the caller can
  /// answer it in plaintext.
  private func checkFirst(_ byte: UInt8) throws(TLSError) {
    guard isFirstByte else { return }
    isFirstByte = false
    guard byte != Record.handshake, context.isServer || byte != Record.alert else { return }
    let error = TLSError("The peer does not speak TLS.", isPlaintext: true)
    failure = error
    throw error
  }

  private func shakeHands() {
    guard !isEstablished else { return }
    ERR_clear_error()
    let result = SSL_do_handshake(ssl)
    guard result == 1 else { return judge(result) }
    isEstablished = true
  }

  private func read(into plaintext: inout [UInt8]) {
    guard isEstablished, !inputHasEnded, failure == nil else { return }
    withUnsafeTemporaryAllocation(byteCount: Int(SSL3_RT_MAX_PLAIN_LENGTH), alignment: 16) {
      buffer in
      while true {
        var count = 0
        ERR_clear_error()
        let result = SSL_read_ex(ssl, buffer.baseAddress, buffer.count, &count)
        guard result == 1 else { return judge(result) }
        plaintext.append(contentsOf: buffer[..<count])
      }
    }
  }

  /// How much of `buffer` was taken: all of it, but for a channel that fails or waits for the peer.
  private func write(_ buffer: UnsafeRawBufferPointer) -> Int {
    var taken = 0
    while taken < buffer.count {
      let rest = UnsafeRawBufferPointer(rebasing: buffer[taken...])
      var count = 0
      ERR_clear_error()
      let result = SSL_write_ex(ssl, rest.baseAddress, rest.count, &count)
      guard result == 1 else {
        judge(result)
        break
      }
      taken += count
    }
    return taken
  }

  /// Sends what waited, and then the end if it is to follow.
  private func flush() {
    guard isWritable, failure == nil, !outputHasEnded else { return }
    if !unsent.isEmpty {
      let waiting = unsent
      let count = waiting.withUnsafeBytes { write($0) }
      unsent = Array(waiting[count...])
    }
    guard outputIsToEnd, unsent.isEmpty, failure == nil else { return }
    outputHasEnded = true
    ERR_clear_error()
    SSL_shutdown(ssl)
  }

  /// What a call of OpenSSL's means that did not do all it was to.
  private func judge(_ result: Int32) {
    switch SSL_get_error(ssl, result) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: break
    case SSL_ERROR_ZERO_RETURN where isEstablished: inputHasEnded = true
    case SSL_ERROR_ZERO_RETURN:
      failure = TLSError("The peer ended the connection while it was being set up.")
    default:
      failure = .latest(of: ssl, isServer: context.isServer, host: host)
      unsent = []
    }
  }

  private static func withBytes(
    of bytes: some Collection<UInt8>, _ body: (UnsafeRawBufferPointer) -> Void
  ) {
    let isDone: Void? = bytes.withContiguousStorageIfAvailable { body(UnsafeRawBufferPointer($0)) }
    if isDone == nil { Array(bytes).withUnsafeBytes(body) }
  }
}
