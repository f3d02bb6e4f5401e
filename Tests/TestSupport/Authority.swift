import COpenSSL
import Glibc

/// A folder for one test, which goes with it.
package final class Folder {
  package let path: String

  package init() {
    var template = Array("/tmp/sister-security-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { fatalError("no temporary folder") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    var result = glob_t()
    glob("\(path)/*", 0, nil, &result)
    for index in 0..<Int(result.gl_pathc) { if let file = result.gl_pathv[index] { unlink(file) } }
    globfree(&result)
    rmdir(path)
  }

  package func file(_ name: String, _ text: String) -> String {
    let file = "\(path)/\(name)"
    guard let stream = fopen(file, "w") else { fatalError("cannot write \(file)") }
    fputs(text, stream)
    fclose(stream)
    return file
  }
}

/// A key and a certificate of it, made by OpenSSL, and what that issues.
package final class Authority {
  private let key: OpaquePointer
  private let certificate: OpaquePointer

  /// The files of a certificate.
  package struct Files {
    package let certificate: String
    package let key: String
  }

  package init(_ name: String, names: String? = nil) {
    key = Self.makeKey()
    certificate = Self.makeCertificate(
      key, commonNames: [name], validFrom: -3_600, validUntil: 86_400, issuer: nil,
      [
        (NID_basic_constraints, "critical,CA:TRUE"), (NID_subject_alt_name, names),
        (NID_key_usage, "critical,keyCertSign,cRLSign"),
      ])
    X509_sign(certificate, key, nil)
  }

  deinit {
    X509_free(certificate)
    EVP_PKEY_free(key)
  }

  /// The file of the authority's own certificate.
  package func file(in folder: Folder, _ name: String = "ca.pem") -> String {
    folder.file(name, Self.text { PEM_write_bio_X509($0, certificate) })
  }

  /// Issues a certificate; the times are seconds from now. `withChain` puts the authority's behind.
  package func issue(
    in folder: Folder, _ file: String, commonNames: [String] = [], names: String? = nil,
    validFrom: Int = -3_600, validUntil: Int = 86_400, withChain: Bool = false,
    passphrase: String? = nil
  ) -> Files {
    let key = Self.makeKey()
    defer { EVP_PKEY_free(key) }
    let issued = Self.makeCertificate(
      key, commonNames: commonNames, validFrom: validFrom, validUntil: validUntil,
      issuer: certificate, [(NID_subject_alt_name, names)])
    defer { X509_free(issued) }
    X509_sign(issued, self.key, nil)
    let chain = withChain ? Self.text { PEM_write_bio_X509($0, certificate) } : ""
    let keyText = Self.text {
      let cipher = passphrase == nil ? nil : EVP_aes_256_cbc()
      return PEM_write_bio_PrivateKey(
        $0, key, cipher, passphrase, Int32(passphrase?.utf8.count ?? 0), nil, nil)
    }
    return Files(
      certificate: folder.file(
        "\(file).pem", Self.text { PEM_write_bio_X509($0, issued) } + chain),
      key: folder.file("\(file).key", keyText))
  }

  private static func makeKey() -> OpaquePointer {
    let context = EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nil)
    defer { EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_keygen(context, &key) == 1, let key else {
      fatalError("no key")
    }
    return key
  }

  private static func makeCertificate(
    _ key: OpaquePointer, commonNames: [String], validFrom: Int, validUntil: Int,
    issuer: OpaquePointer?, _ extensions: [(Int32, String?)]
  ) -> OpaquePointer {
    guard let certificate = X509_new() else { fatalError("no certificate") }
    X509_set_version(certificate, 2)
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), Int.random(in: 1...1_000_000_000))
    X509_gmtime_adj(X509_getm_notBefore(certificate), validFrom)
    X509_gmtime_adj(X509_getm_notAfter(certificate), validUntil)
    X509_set_pubkey(certificate, key)
    let subject = X509_get_subject_name(certificate)
    for name in commonNames {
      X509_NAME_add_entry_by_txt(
        subject, "CN", 0x1000, Array(name.utf8), Int32(name.utf8.count), -1, 0)
    }
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer ?? certificate))
    for case (let kind, let value?) in extensions {
      let made = X509V3_EXT_conf_nid(nil, nil, kind, value)
      X509_add_ext(certificate, made, -1)
      X509_EXTENSION_free(made)
    }
    return certificate
  }

  private static func text(_ write: (OpaquePointer) -> Int32) -> String {
    guard let bio = BIO_new(BIO_s_mem()) else { fatalError("no memory") }
    defer { BIO_free(bio) }
    guard write(bio) == 1 else { fatalError("cannot write PEM") }
    var bytes = [UInt8](repeating: 0, count: 16_384)
    let count = BIO_read(bio, &bytes, Int32(bytes.count))
    return String(decoding: bytes[..<Int(count)], as: UTF8.self)
  }
}
