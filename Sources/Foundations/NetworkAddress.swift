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

  /// Whether a host is this machine and no other can come between: a loopback address in digits. (A
  /// name is whatever a resolver says.)
  package static func isLoopback(_ host: String) -> Bool {
    var v4 = in_addr()
    if inet_pton(AF_INET, host, &v4) == 1 { return UInt32(bigEndian: v4.s_addr) >> 24 == 127 }
    return host == "::1"
  }
}
