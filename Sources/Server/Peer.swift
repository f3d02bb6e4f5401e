import Access
import EventLoop
import Glibc

/// The other end of a connection, as far as the connection itself tells.
struct Peer {
  /// Where it is, for the audit and the log: an address, or `unix`.
  let source: String
  /// Whether it is whoever runs the server, or root.
  let isOwner: Bool
  /// By what it may be known.
  let credential: Credential?
  /// Whether it is a load balancer, which says first whose connection it is.
  var isBalancer = false

  /// The process itself.
  static let owner = Peer(source: "unix", isOwner: true, credential: nil)

  /// Somebody across the network, or one of these load balancers.
  static func network(_ descriptor: Int32, balancers: Set<String>) -> Peer {
    let source = SocketAddress.peer(of: descriptor) ?? "unknown"
    return Peer(
      source: source, isOwner: false, credential: nil, isBalancer: balancers.contains(source))
  }

  /// A user of the operating system, for whom the kernel vouches.
  static func unix(_ descriptor: Int32) -> Peer {
    guard let user = UnixSocket.peerUser(descriptor) else {
      return Peer(source: "unix", isOwner: false, credential: nil)
    }
    let isOwner = user == 0 || user == geteuid()
    return Peer(
      source: "unix", isOwner: isOwner, credential: isOwner ? nil : .unixUser(number: user))
  }
}
