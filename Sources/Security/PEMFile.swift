import COpenSSL
import Glibc

/// A file of certificates or keys in PEM (RFC 7468), as it was read.
struct PEMFile {
  /// A file of this size is none of certificates; the system's own list of them has a quarter MiB.
  private static let maximumBytes = 4_194_304

  /// How messages name the file: what it is for, and its path.
  private let name: String
  private let bytes: [UInt8]

  /// Reads the file; `purpose` is what messages call it.
  init(_ path: String, purpose: String) throws(TLSError) {
    name = "the \(purpose) file \(path)"
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw TLSError("Cannot open \(name): \(String(cString: strerror(errno))).")
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else {
        throw TLSError("Cannot read \(name): \(String(cString: strerror(errno))).")
      }
      guard count > 0 else { break }
      bytes += chunk[..<count]
      guard bytes.count <= Self.maximumBytes else {
        throw TLSError("Cannot use \(name): it has more than \(Self.maximumBytes) bytes.")
      }
    }
    self.bytes = bytes
  }

  /// All certificates in the file, in its order; at least one. Other things in it are passed over.
  func certificates() throws(TLSError) -> [Certificate] {
    let bio = try reader()
    defer { BIO_free(bio) }
    var found: [Certificate] = []
    ERR_clear_error()
    while let pointer = PEM_read_bio_X509(bio, nil, refuseToAsk, nil) {
      found.append(Certificate(pointer))
    }
    let failure = OpenSSLFailure.take()
    // That no further one starts is how a file ends.
    if let failure, failure.library != ERR_LIB_PEM || failure.code != PEM_R_NO_START_LINE {
      throw TLSError("Cannot use \(name): a certificate in it is damaged (\(failure.reason)).")
    }
    guard !found.isEmpty else {
      throw TLSError("Cannot use \(name): there is no certificate in PEM in it.")
    }
    return found
  }

  /// The first private key in the file. One under a passphrase is refused: a server starts with
  /// nobody there to type it.
  func privateKey() throws(TLSError) -> PrivateKey {
    let bio = try reader()
    defer { BIO_free(bio) }
    var isEncrypted = false
    ERR_clear_error()
    let pointer = PEM_read_bio_PrivateKey(bio, nil, refuseToAsk, &isEncrypted)
    if let pointer { return PrivateKey(pointer) }
    ERR_clear_error()
    if isEncrypted {
      throw TLSError("Cannot use \(name): the key needs a passphrase. Give one without.")
    }
    // OpenSSL passes over what it cannot read, and does not tell it from what is not there.
    throw TLSError("Cannot use \(name): there is no intact private key in PEM in it.")
  }

  private func reader() throws(TLSError) -> OpaquePointer {
    guard let bio = BIO_new(BIO_s_mem()) else { throw TLSError("Out of memory.") }
    if !bytes.isEmpty { BIO_write(bio, bytes, Int32(bytes.count)) }
    return bio
  }
}

/// A private key of OpenSSL's, owned.
final class PrivateKey {
  let pointer: OpaquePointer

  init(_ pointer: OpaquePointer) { self.pointer = pointer }

  deinit { EVP_PKEY_free(pointer) }
}

/// Stands in for OpenSSL's own way to come by a passphrase, which is to ask at the terminal. Notes
/// that one is needed where `isEncrypted` points to, if it does.
private func refuseToAsk(
  _: UnsafeMutablePointer<CChar>?, _: Int32, _: Int32, _ isEncrypted: UnsafeMutableRawPointer?
) -> Int32 {
  isEncrypted?.storeBytes(of: true, as: Bool.self)
  return -1
}
