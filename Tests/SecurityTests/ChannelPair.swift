import COpenSSL

@testable import Security

/// Both ends of one TLS connection, and what each has received.
final class ChannelPair {
  let client: TLSChannel
  let server: TLSChannel
  private(set) var atClient = TLSChannel.Received()
  private(set) var atServer = TLSChannel.Received()
  private(set) var plaintextAtClient: [UInt8] = []
  private(set) var plaintextAtServer: [UInt8] = []
  /// What happens to the bytes on their way.
  var onTheWay: (_ bytes: [UInt8], _ toServer: Bool) -> [UInt8] = { bytes, _ in bytes }

  init(_ client: TLSContext, _ server: TLSContext, host: String = "localhost") throws {
    self.client = try TLSChannel(client: client, host: host)
    self.server = try TLSChannel(server: server)
  }

  /// Carries bytes to and fro, `step` at a time, until there are no more.
  func carry(step: Int = .max) throws {
    while true {
      let up = client.takeOutput()
      for chunk in chunks(onTheWay(up, true), step) {
        atServer = try server.receive(chunk)
        plaintextAtServer += atServer.plaintext
      }
      let down = server.takeOutput()
      for chunk in chunks(onTheWay(down, false), step) {
        atClient = try client.receive(chunk)
        plaintextAtClient += atClient.plaintext
      }
      if up.isEmpty && down.isEmpty { return }
    }
  }

  private func chunks(_ bytes: [UInt8], _ step: Int) -> [ArraySlice<UInt8>] {
    guard step < bytes.count else { return bytes.isEmpty ? [] : [bytes[...]] }
    return stride(from: 0, to: bytes.count, by: step).map {
      bytes[$0..<min($0 + step, bytes.count)]
    }
  }
}

/// A peer that is OpenSSL itself, for what a channel never does.
final class RawPeer {
  let ssl: OpaquePointer?
  private let context: OpaquePointer?
  private let input = BIO_new(BIO_s_mem())
  private let output = BIO_new(BIO_s_mem())

  /// A client of one version.
  init(client version: Int32) {
    context = SSL_CTX_new(TLS_client_method())
    _ = sister_SSL_CTX_set_versions(context, version, version)
    ssl = SSL_new(context)
    SSL_set_bio(ssl, input, output)
    SSL_set_connect_state(ssl)
    SSL_do_handshake(ssl)
  }

  deinit {
    SSL_free(ssl)
    SSL_CTX_free(context)
  }

  func give(_ bytes: [UInt8]) {
    if !bytes.isEmpty { BIO_write(input, bytes, Int32(bytes.count)) }
  }

  func take() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = BIO_read(output, &bytes, Int32(bytes.count))
    return Array(bytes[..<max(0, Int(count))])
  }
}
