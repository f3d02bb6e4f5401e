import COpenSSL
@testable import Security
import TestSupport
import Testing

@Suite("Certificates and keys that cannot be used are refused with the file and the reason")
struct TLSContextTests {
  private let folder = Folder()
  private let authority = Authority("Test CA")

  private func message(_ certificate: String, _ key: String, _ ca: String? = nil) -> String {
    do throws(TLSError) {
      _ = try TLSContext.server(certificateFile: certificate, keyFile: key, clientCAFile: ca)
      return "no error"
    } catch {
      #expect(!error.isPlaintext)
      return error.message
    }
  }

  @Test("Files that are missing, unreadable, empty, in another format or damaged")
  func files() {
    let good = authority.issue(in: folder, "good")
    let missing = "\(folder.path)/missing"
    let empty = folder.file("empty", "")
    let text = folder.file("text", "-- this is no certificate --\n")
    let damaged = folder.file(
      "damaged", "-----BEGIN CERTIFICATE-----\nAAAA!AAA\n-----END CERTIFICATE-----\n")
    let damagedKey = folder.file(
      "damagedKey", "-----BEGIN PRIVATE KEY-----\nAAAA!AAA\n-----END PRIVATE KEY-----\n")
    #expect(message(good.certificate, good.key) == "no error")
    #expect(
      message(missing, good.key)
        == "Cannot open the certificate file \(missing): No such file or directory.")
    #expect(
      message(good.certificate, missing)
        == "Cannot open the key file \(missing): No such file or directory.")
    #expect(
      message(good.certificate, good.key, missing)
        == "Cannot open the client CA file \(missing): No such file or directory.")
    #expect(
      message(folder.path, good.key)
        == "Cannot read the certificate file \(folder.path): Is a directory.")
    #expect(
      message("/dev/zero", good.key)
        == "Cannot use the certificate file /dev/zero: it has more than 4194304 bytes.")
    for file in [empty, text, good.key] {
      #expect(
        message(file, good.key)
          == "Cannot use the certificate file \(file): there is no certificate in PEM in it.")
    }
    for file in [empty, text, good.certificate, damagedKey] {
      #expect(
        message(good.certificate, file)
          == "Cannot use the key file \(file): there is no intact private key in PEM in it.")
    }
    #expect(
      message(damaged, good.key)
        == "Cannot use the certificate file \(damaged): a certificate in it is damaged "
        + "(bad base64 decode).")
  }

  @Test("A key under a passphrase is refused, and nobody is asked for it")
  func passphrase() {
    let files = authority.issue(in: folder, "locked", passphrase: "secret")
    #expect(
      message(files.certificate, files.key)
        == "Cannot use the key file \(files.key): the key needs a passphrase. Give one without.")
  }

  @Test("A key of another certificate")
  func mismatch() {
    let one = authority.issue(in: folder, "one")
    let other = authority.issue(in: folder, "other")
    #expect(
      message(one.certificate, other.key)
        == "The key in \(other.key) does not belong to the certificate in \(one.certificate).")
  }

  @Test("A certificate that has expired or is not valid yet, with its dates")
  func dates() throws {
    let past = authority.issue(in: folder, "past", validFrom: -172_800, validUntil: -1)
    let future = authority.issue(in: folder, "future", validFrom: 3_600)
    let date = #"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"#
    let dates = try Regex("it is valid from \(date) to \(date)\\.$")
    let expired = message(past.certificate, past.key)
    #expect(expired.starts(with: "The certificate in \(past.certificate) has expired: "))
    #expect(expired.contains(dates))
    let early = message(future.certificate, future.key)
    #expect(early.starts(with: "The certificate in \(future.certificate) is not valid yet: "))
    #expect(early.contains(dates))
  }

  @Test("A client's context: its files are looked at alike, and the key may stand in one of them")
  func client() throws {
    let files = authority.issue(in: folder, "client")
    let ca = authority.file(in: folder)
    _ = try TLSContext.client(caFile: nil, certificateFile: nil, keyFile: nil)
    _ = try TLSContext.client(caFile: ca, certificateFile: files.certificate, keyFile: files.key)
    #expect(
      throws: TLSError(
        "The key file \(files.key) is of no use without a certificate file.", isPlaintext: false)
    ) {
      try TLSContext.client(caFile: ca, certificateFile: nil, keyFile: files.key)
    }
    #expect(throws: TLSError.self) {
      try TLSContext.client(caFile: files.key, certificateFile: nil, keyFile: nil)
    }
    #expect(throws: TLSError.self) {
      try TLSContext.client(caFile: ca, certificateFile: files.certificate, keyFile: nil)
    }
  }
}
