import CLibEvent
import Foundations
import Glibc

/// Why a listener cannot listen.
package struct ListenError: Error, Sendable {
  /// A sentence for the person who started the server.
  package let message: String

  /// An error that says `message`.
  package init(message: String) { self.message = message }
}

/// A listening socket, TCP or Unix, that hands over each accepted connection. It listens until
/// `close`.
@EventLoop
package final class Listener {
  private var listener: OpaquePointer?
  private var place: SocketPlace?
  private let onAccept: (Int32) -> Void
  private let pause = LoopTimer()
  /// The address it listens on, with the port the system chose where 0 was asked for.
  package private(set) var address = ""

  /// Listens on a TCP address, `HOST:PORT` or `[IPv6]:PORT`.
  package init(tcp text: String, onAccept: @escaping @EventLoop (Int32) -> Void) throws(ListenError)
  {
    self.onAccept = onAccept
    var storage = sockaddr_storage()
    var length = Int32(MemoryLayout<sockaddr_storage>.size)
    // libevent's parser takes no port 0, which asks the system to choose one.
    let choosesPort = text.hasSuffix(":0")
    let parsed = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        evutil_parse_sockaddr_port(choosesPort ? text.dropLast() + "1" : text, $0, &length)
      }
    }
    if choosesPort {
      // The port is at the same place in addresses of both families.
      withUnsafeMutablePointer(to: &storage) {
        $0.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_port = 0 }
      }
    }
    guard parsed == 0, text.last != ":", text.contains(":") else {
      throw ListenError(
        message: "\(text) is no address to listen on; HOST:PORT is, for example 127.0.0.1:7478")
    }
    try listen(&storage, length, text)
    address = boundAddress(text)
  }

  /// Listens on a Unix socket, open to this user only unless `mode` says otherwise.
  ///
  /// A socket that a dead server left behind is replaced; one that answers, or is another
  /// server's that is about to, is not.
  package init(
    unix path: String, mode: mode_t = 0o600, onAccept: @escaping @EventLoop (Int32) -> Void
  ) throws(ListenError) {
    self.onAccept = onAccept
    guard let (storage, length) = UnixSocket.address(path) else {
      throw ListenError(
        message: "the socket path \(path) is longer than \(UnixSocket.longestPath) bytes")
    }
    place = try SocketPlace(path)
    var address = storage
    try listen(&address, length, path)
    chmod(path, mode)
    self.address = path
  }

  /// Stops listening; connections already accepted go on. A Unix socket is removed.
  package func close() {
    guard let listener else { return }
    if place != nil { unlink(address) }
    self.listener = nil
    place = nil
    pause.cancel()
    evconnlistener_free(listener)
    Unmanaged.passUnretained(self).release()
  }

  private func listen(
    _ storage: inout sockaddr_storage, _ length: Int32, _ text: String
  ) throws(ListenError) {
    let flags =
      UInt32(LEV_OPT_CLOSE_ON_FREE) | UInt32(LEV_OPT_CLOSE_ON_EXEC) | UInt32(LEV_OPT_REUSEABLE)
    // The C side holds the listener until `close`.
    let holder = Unmanaged.passRetained(self)
    listener = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        evconnlistener_new_bind(
          EventLoopExecutor.shared.base,
          { _, descriptor, _, _, argument in
            guard let argument else { return }
            let listener = Unmanaged<Listener>.fromOpaque(argument).takeUnretainedValue()
            EventLoop.assumeOnLoop { listener.accepted(descriptor) }
          }, holder.toOpaque(), flags, Limits.listenBacklog, address, length)
      }
    }
    if listener == nil {
      let reason = String(cString: strerror(errno))
      holder.release()
      throw ListenError(message: "cannot listen on \(text): \(reason)")
    }
    evconnlistener_set_error_cb(listener) { _, argument in
      guard let argument else { return }
      let listener = Unmanaged<Listener>.fromOpaque(argument).takeUnretainedValue()
      EventLoop.assumeOnLoop { listener.failed() }
    }
  }

  /// Accepting has failed, most likely for want of descriptors: libevent would try again at once
  /// and for ever.
  private func failed() {
    guard let listener else { return }
    evconnlistener_disable(listener)
    pause.start(milliseconds: 100) { [self] in
      if let listener = self.listener { evconnlistener_enable(listener) }
    }
  }

  private func accepted(_ descriptor: Int32) {
    // Without it, small answers to pipelined requests wait for the peer's delayed acknowledgement.
    var one: Int32 = 1
    setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    onAccept(descriptor)
  }

  private func boundAddress(_ text: String) -> String {
    var storage = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(evconnlistener_get_fd(listener), $0, &length)
      }
    }
    guard status == 0, let colon = text.lastIndex(of: ":") else { return text }
    return "\(text[..<colon]):\(UInt16(bigEndian: storage.sin_port))"
  }
}
