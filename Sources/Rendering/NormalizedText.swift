import CUTF8Proc
import Glibc

/// Text in one form, whatever keyboard it comes from.
package enum NormalizedText {
  /// The text in normalization form KC (Unicode, annex 15), which is what is left of SASLprep (RFC
  /// 4013) where there are no control characters; the text itself where it has none.
  package static func compatible(_ text: String) -> String {
    var text = text
    let normalized = text.withUTF8 { bytes -> UnsafeMutablePointer<UInt8>? in
      var result: UnsafeMutablePointer<UInt8>?
      let options = utf8proc_option_t(
        UTF8PROC_STABLE.rawValue | UTF8PROC_COMPOSE.rawValue | UTF8PROC_COMPAT.rawValue)
      let count = utf8proc_map(bytes.baseAddress, bytes.count, &result, options)
      return count < 0 ? nil : result
    }
    guard let normalized else { return text }
    defer { free(normalized) }
    return String(cString: normalized)
  }
}
