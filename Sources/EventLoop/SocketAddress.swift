import Glibc

/// Addresses of TCP sockets, as people write them.
package enum SocketAddress {
  /// The address of the other end, without its port: the same for all connections of one host. Nil
  /// where there is none.
  package static func peer(of descriptor: Int32) -> String? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let status = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        getpeername(descriptor, address, &length) == 0
          ? getnameinfo(
            address, length, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) : -1
      }
    }
    guard status == 0 else { return nil }
    let text = String(
      decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    // An IPv4 client of a socket for both.
    return text.hasPrefix("::ffff:") ? String(text.dropFirst(7)) : text
  }

  /// Whether `HOST:PORT` or `HOST` is this machine and no other can come between: a loopback address
  /// in digits. (A name is whatever a resolver says.)
  package static func isLoopback(_ text: String) -> Bool {
    var host = text[...]
    if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
      host = host[host.index(after: host.startIndex)..<end]
    } else if host.count(where: { $0 == ":" }) == 1, let colon = host.firstIndex(of: ":") {
      host = host[..<colon]
    }
    var v4 = in_addr()
    if inet_pton(AF_INET, String(host), &v4) == 1 {
      return UInt32(bigEndian: v4.s_addr) >> 24 == 127
    }
    return host == "::1"
  }
}
