import Glibc

/// Hosts and ports, as people write them.
package enum NetworkAddress {
  /// The parts of `HOST:PORT`, `HOST`, `[IPv6]:PORT` or `IPv6`.
  package static func split(_ place: String) -> (host: String, port: String?) {
    if place.hasPrefix("["), let end = place.firstIndex(of: "]") {
      let port = place[end...].dropFirst()
      return (
        String(place[..<end].dropFirst()), port.hasPrefix(":") ? String(port.dropFirst()) : nil
      )
    }
    guard place.count(where: { $0 == ":" }) == 1, let colon = place.firstIndex(of: ":") else {
      return (place, nil)
    }
    return (String(place[..<colon]), String(place[colon...].dropFirst()))
  }

  /// A host's address in digits, as the system writes it; nil for what is none.
  package static func canonical(_ host: String) -> String? {
    var address = in6_addr()
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    for family in [AF_INET, AF_INET6] where inet_pton(family, host, &address) == 1 {
      guard inet_ntop(family, &address, &text, socklen_t(text.count)) != nil else { return nil }
      return unmapped(
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    return nil
  }

  /// An IPv4 address as such, also where it comes as one of IPv6.
  package static func unmapped(_ host: String) -> String {
    host.hasPrefix("::ffff:") && host.contains(".") ? String(host.dropFirst(7)) : host
  }

  /// Whether a host is this machine and no other can come between: a loopback address in digits. (A
  /// name is whatever a resolver says.)
  package static func isLoopback(_ host: String) -> Bool {
    var v4 = in_addr()
    if inet_pton(AF_INET, host, &v4) == 1 { return UInt32(bigEndian: v4.s_addr) >> 24 == 127 }
    return host == "::1"
  }
}
