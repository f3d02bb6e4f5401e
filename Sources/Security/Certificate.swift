import COpenSSL
import Glibc

/// A certificate of OpenSSL's, owned.
final class Certificate {
  let pointer: OpaquePointer

  init(_ pointer: OpaquePointer) { self.pointer = pointer }

  deinit { X509_free(pointer) }

  /// What is wrong with the certificate's dates at this moment, to follow its name in a sentence;
  /// nil if it is valid.
  var wrongDates: String? {
    let first = X509_get0_notBefore(pointer)
    let last = X509_get0_notAfter(pointer)
    let dates = "it is valid from \(Self.text(first)) to \(Self.text(last))"
    // A date that cannot be read compares as 0, and counts as wrong on both sides.
    if X509_cmp_time(first, nil) >= 0 { return "is not valid yet: \(dates)" }
    if X509_cmp_time(last, nil) <= 0 { return "has expired: \(dates)" }
    return nil
  }

  private static func text(_ time: UnsafePointer<ASN1_TIME>?) -> String {
    var parts = tm()
    guard ASN1_TIME_to_tm(time, &parts) == 1 else { return "an unreadable date" }
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let date = "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    return "\(date) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) UTC"
  }

  /// The common name of the subject. Nil if there is none or more than one, if it is empty, or if
  /// it has control characters, NUL among them: such a name could be taken for another.
  static func commonName(of certificate: OpaquePointer) -> String? {
    let subject = X509_get_subject_name(certificate)
    let index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1)
    guard index >= 0, X509_NAME_get_index_by_NID(subject, NID_commonName, index) < 0 else {
      return nil
    }
    let entry = X509_NAME_get_entry(subject, index)
    var bytes: UnsafeMutablePointer<UInt8>?
    let count = ASN1_STRING_to_UTF8(&bytes, X509_NAME_ENTRY_get_data(entry))
    defer { sister_OPENSSL_free(bytes) }
    guard count > 0, let bytes else { return nil }
    let buffer = UnsafeBufferPointer(start: bytes, count: Int(count))
    guard let name = String(validating: buffer, as: UTF8.self),
      !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else { return nil }
    return name
  }
}
