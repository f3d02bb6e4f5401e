import Glibc
import LineProtocol

/// The header of a load balancer. The input's first byte says where the header is cut in two.
enum ProxyTarget {
  static func check(_ input: [UInt8]) throws(Violation) {
    guard let first = input.first else { return }
    let bytes = Array(input.dropFirst())
    let whole = ProxyHeader.parse(bytes)
    let cut = Int(first) * bytes.count / 255
    switch whole {
    case .needsMore:
      try demand(bytes.count < ProxyHeader.maximumBytes, "too much is asked for")
      try demand(ProxyHeader.parse(Array(bytes[..<cut])) == .needsMore, "a decision is taken back")
    case .refused(let message):
      try demand(!message.isEmpty, "no reason")
      try checkPrefix(bytes, cut, whole)
    case .complete(let source, let length):
      try demand(
        (16...min(bytes.count, ProxyHeader.maximumBytes)).contains(length), "a wrong length")
      for end in [min(cut, length - 1), length - 1] {
        try demand(ProxyHeader.parse(Array(bytes[..<end])) == .needsMore, "complete too early")
      }
      try demand(ProxyHeader.parse(Array(bytes[..<length])) == whole, "complete too late")
      if case .client(let text?, _) = source { try checkAddress(text, bytes) }
    }
  }

  /// What was decided of fewer bytes is decided.
  private static func checkPrefix(
    _ bytes: [UInt8], _ cut: Int, _ whole: ProxyHeader.Outcome
  ) throws(Violation) {
    let outcome = ProxyHeader.parse(Array(bytes[..<cut]))
    try demand(outcome == .needsMore || outcome == whole, "another decision with more bytes")
  }

  /// The text means the address that the header has.
  private static func checkAddress(_ text: String, _ bytes: [UInt8]) throws(Violation) {
    guard let colon = text.lastIndex(of: ":") else { throw Violation("an address without port") }
    var host = text[..<colon]
    let isLong = host.hasPrefix("[") && host.hasSuffix("]")
    if isLong { host = host.dropFirst().dropLast() }
    var address = [UInt8](repeating: 0, count: isLong ? 16 : 4)
    try demand(
      inet_pton(isLong ? AF_INET6 : AF_INET, String(host), &address) == 1, "no address: \(text)")
    try demand(bytes[16...].starts(with: address), "another address: \(text)")
    let port = 16 + 2 * address.count
    try demand(
      UInt16(text[text.index(after: colon)...]) == UInt16(bytes[port]) << 8
        | UInt16(bytes[port + 1]), "another port: \(text)")
  }
}
