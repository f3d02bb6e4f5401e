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
  ///
  /// Where another process of this user's listens there already, that is an error, unless this one
  /// `takesOver`: then both get connections until the other one stops.
  package init(
    tcp text: String, takesOver: Bool = false, onAccept: @escaping @EventLoop (Int32) -> Void
  ) throws(ListenError) {
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
    let descriptor = try Self.bound(&storage, length, text, sharesPort: takesOver)
    // From now on, another process may take over: one that says so before it binds.
    Self.set(SO_REUSEPORT, of: descriptor)
    try listen(descriptor, text)
    address = boundAddress(text)
  }

  /// Listens on a Unix socket, open to this user only unless `mode` says otherwise.
  ///
  /// A socket that a dead server left behind is replaced; one that answers, or is another
  /// server's that is about to, is not, unless this one `takesOver`: then its clients come here from
  /// now on, and the other server is told to stop.
  package init(
    unix path: String, mode: mode_t = 0o600, takesOver: Bool = false,
    onAccept: @escaping @EventLoop (Int32) -> Void
  ) throws(ListenError) {
    self.onAccept = onAccept
    guard path.utf8.count <= UnixSocket.longestListenPath else {
      throw ListenError(
        message: "the socket path \(path) is longer than \(UnixSocket.longestListenPath) bytes")
    }
    let place = try SocketPlace(path, takesOver: takesOver)
    guard let (bindingAddress, length) = UnixSocket.address(place.bindingPath) else {
      throw ListenError(message: "the socket path \(path) is too long")
    }
    self.place = place
    var storage = bindingAddress
    try listen(try Self.bound(&storage, length, path), path)
    chmod(place.bindingPath, mode)
    try place.occupy()
    address = path
  }

  /// Stops listening; connections already accepted go on, and so do those that wait for it: nobody
  /// whom the system has let in is cut off. A Unix socket is removed, if it is still this one.
  package func close() {
    guard let listener else { return }
    evconnlistener_disable(listener)
    while case let descriptor = accept(evconnlistener_get_fd(listener), nil, nil), descriptor >= 0 {
      evutil_make_socket_nonblocking(descriptor)
      evutil_make_socket_closeonexec(descriptor)
      accepted(descriptor)
    }
    place?.leave()
    self.listener = nil
    place = nil
    pause.cancel()
    evconnlistener_free(listener)
    Unmanaged.passUnretained(self).release()
  }

  /// A socket bound to an address.
  private static func bound(
    _ storage: inout sockaddr_storage, _ length: Int32, _ text: String, sharesPort: Bool = false
  ) throws(ListenError) -> Int32 {
    let type = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
    let descriptor = socket(Int32(storage.ss_family), Int32(type), 0)
    // Where there is no descriptor, binding fails and says why.
    set(SO_REUSEADDR, of: descriptor)
    if sharesPort { set(SO_REUSEPORT, of: descriptor) }
    let status = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(length))
      }
    }
    guard status == 0 else {
      let error = ListenError(
        message: "cannot listen on \(text): \(String(cString: strerror(errno)))")
      if descriptor >= 0 { Glibc.close(descriptor) }
      throw error
    }
    return descriptor
  }

  private static func set(_ option: Int32, of descriptor: Int32) {
    var one: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, option, &one, socklen_t(MemoryLayout<Int32>.size))
  }

  private func listen(_ descriptor: Int32, _ text: String) throws(ListenError) {
    let flags = UInt32(LEV_OPT_CLOSE_ON_FREE) | UInt32(LEV_OPT_CLOSE_ON_EXEC)
    // The C side holds the listener until `close`.
    let holder = Unmanaged.passRetained(self)
    listener = evconnlistener_new(
      EventLoopExecutor.shared.base,
      { _, descriptor, _, _, argument in
        guard let argument else { return }
        let listener = Unmanaged<Listener>.fromOpaque(argument).takeUnretainedValue()
        EventLoop.assumeOnLoop { listener.accepted(descriptor) }
      }, holder.toOpaque(), flags, Limits.listenBacklog, descriptor)
    guard listener != nil else {
      let reason = String(cString: strerror(errno))
      holder.release()
      Glibc.close(descriptor)
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
