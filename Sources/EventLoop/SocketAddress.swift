import CLibEvent
import Foundations
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
    // It may be an IPv4 client of a socket for both.
    return NetworkAddress.unmapped(text)
  }
}
