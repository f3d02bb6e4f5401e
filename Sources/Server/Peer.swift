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

  /// The process itself.
  static let owner = Peer(source: "unix", isOwner: true, credential: nil)

  /// Somebody across the network.
  static func network(_ descriptor: Int32) -> Peer {
    Peer(
      source: SocketAddress.peer(of: descriptor) ?? "unknown", isOwner: false, credential: nil)
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
