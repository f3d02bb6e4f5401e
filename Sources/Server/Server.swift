import Access
import CommandLanguage
import EventLoop
import Foundations
import Glibc
import LineProtocol
import Security

/// Listeners, the connections they accept, and the end of both.
@EventLoop
package final class Server {
  let service: Service
  private let maximumConnections: Int
  private var listeners: [Listener] = []
  private var tlsContext: TLSContext?
  /// Addresses of load balancers, whose connections begin by a PROXY header. That is believed.
  package var balancers: Set<String> = []
  private var connections: [ObjectIdentifier: ServerConnection] = [:]
  private var sweeper: LoopTimer?
  private var isRecheckingTokens = false
  private(set) var isDraining = false
  private var whenDrained: [() -> Void] = []
  private let drainTimer = LoopTimer()
  private let sealer: Sealer
  private let keyExpiry: KeyExpiry
  let metrics: ServerMetrics
  let admission: Admission

  /// How the server names itself to clients.
  package static let name = "sister/\(Version.current)"

  /// A server of this service; it has no listeners yet.
  package init(
    _ service: Service, maximumConnections: Int = Limits.connections,
    maximumRequests: Int = Limits.requestsUnderWay,
    roomWaitMilliseconds: Int64 = Limits.roomWaitMilliseconds,
    slowRequestMilliseconds: Int64 = Limits.slowRequestMilliseconds
  ) {
    self.service = service
    metrics = ServerMetrics(slowMilliseconds: slowRequestMilliseconds)
    self.maximumConnections = maximumConnections
    sealer = Sealer(service)
    keyExpiry = KeyExpiry(service)
    admission = Admission(
      service.registry, limit: maximumRequests,
      ofCommand: min(maximumRequests, Limits.requestsOfCommand),
      waitMilliseconds: roomWaitMilliseconds)
    // Before anybody has authenticated, nothing touches the database.
    var hasBegun = false
    service.onCommand = { [weak sealer, weak keyExpiry] wrote in
      if wrote { keyExpiry?.noteWrite(at: MonotonicClock.nowMilliseconds) }
      guard wrote || !hasBegun else { return }
      hasBegun = true
      sealer?.noteWrite()
    }
    service.serverStatus = { [weak self] in
      guard let self else { return ServerStatus() }
      return metrics.status(of: connections.values, isDraining: isDraining)
    }
  }

  isolated deinit {
    for listener in listeners { listener.close() }
  }

  /// Connections whose sockets are not closed yet.
  package var connectionCount: Int { connections.count }

  /// Connections that wait for room for a request.
  var waitingConnections: Int { connections.values.count { $0.place != nil } }

  /// Bytes of answers that clients have not taken.
  package var queuedBytes: Int { connections.values.reduce(0) { $0 + $1.output.queuedBytes } }

  /// Listens on TCP, for clients that say who they are. Answers the address it got.
  ///
  /// What is said there can be read by whoever is between: only loopback addresses are served.
  @discardableResult
  package func listen(
    tcp address: String, takesOver: Bool = false
  ) throws(ListenError) -> String {
    guard NetworkAddress.isLoopback(NetworkAddress.split(address).host) else {
      throw ListenError(
        message:
          "\(address) is not a loopback address, and is served under TLS only: --listen-tls, "
          + "with --tls-certificate and --tls-key")
    }
    return try listen(address, takesOver) { [weak self] descriptor in
      if let self { acceptPlain(descriptor) } else { Glibc.close(descriptor) }
    }
  }

  /// Listens on TCP under TLS, on any address. Answers the address it got.
  ///
  /// `useTLS` gives the certificate, and later another one.
  @discardableResult
  package func listen(
    tls address: String, _ context: TLSContext, takesOver: Bool = false
  ) throws(ListenError) -> String {
    tlsContext = context
    return try listen(address, takesOver) { [weak self] descriptor in
      if let self { acceptTLS(descriptor) } else { Glibc.close(descriptor) }
    }
  }

  /// From now on, connections are made with this certificate; those that there are go on.
  package func useTLS(_ context: TLSContext) { tlsContext = context }

  private func listen(
    _ address: String, _ takesOver: Bool, _ onAccept: @escaping @EventLoop (Int32) -> Void
  ) throws(ListenError) -> String {
    let listener = try Listener(tcp: address, takesOver: takesOver, onAccept: onAccept)
    listeners.append(listener)
    return listener.address
  }

  /// Listens on a Unix socket, whose clients the kernel vouches for. A server there that this one
  /// `takesOver` from is told to stop: everything else that it serves is to be served by then.
  package func listen(unix path: String, takesOver: Bool = false) throws(ListenError) {
    let listener = try Listener(unix: path, mode: 0o666, takesOver: takesOver) {
      [weak self] descriptor in
      if let self { accept(descriptor, nil, .unix(descriptor)) } else { Glibc.close(descriptor) }
    }
    listeners.append(listener)
  }

  /// Serves a connected socket whose other end is this process's own.
  package func adopt(_ descriptor: Int32) { accept(descriptor, nil, .owner) }

  /// Stops accepting, lets what runs finish, and calls `completion` when every connection has
  /// ended, or time is up.
  package func drain(_ completion: @escaping @EventLoop () -> Void) {
    whenDrained.append(completion)
    if !isDraining {
      // Whom the system has let in meanwhile is told that the server is stopping, as the others are.
      for listener in listeners { listener.close() }
      listeners = []
      isDraining = true
      sealer.stop()
      for connection in connections.values { connection.drain() }
      drainTimer.start(milliseconds: Limits.drainMilliseconds) { [self] in
        for connection in connections.values { connection.close() }
      }
    }
    finishDraining()
  }

  func ended(_ connection: ServerConnection) {
    connections.removeValue(forKey: ObjectIdentifier(connection))
    finishDraining()
  }

  private func finishDraining() {
    guard isDraining, connections.isEmpty else { return }
    drainTimer.cancel()
    let actions = whenDrained
    whenDrained = []
    for action in actions { action() }
  }

  private func acceptPlain(_ descriptor: Int32) {
    accept(descriptor, nil, .network(descriptor, balancers: balancers))
  }

  private func acceptTLS(_ descriptor: Int32) {
    guard let tlsContext else { return refuse(descriptor) }
    do throws(TLSError) {
      let channel = try TLSChannel(server: tlsContext)
      accept(descriptor, channel, .network(descriptor, balancers: balancers))
    } catch {
      Log.error("TLS cannot be set up", [("reason", error.message)])
      Glibc.close(descriptor)
    }
  }

  private func accept(_ descriptor: Int32, _ channel: TLSChannel?, _ peer: Peer) {
    guard connections.count < maximumConnections, !isDraining,
      let stream = ByteStream(descriptor: descriptor, channel: channel)
    else { return refuse(descriptor) }
    let connection = ServerConnection(self, stream, peer)
    connections[ObjectIdentifier(connection)] = connection
    connection.start()
    scheduleSweep()
  }

  private func refuse(_ descriptor: Int32) {
    let error =
      isDraining
      ? DomainError(.draining, "the server is stopping", retry: .seconds(1))
      : DomainError(
        .connectionsBusy, "the server holds \(maximumConnections) connections already",
        retry: .seconds(5))
    let line = AnswerEncoder.error(error, tag: nil, isFatal: true)
    _ = send(descriptor, line, line.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
    Glibc.close(descriptor)
  }

  private func scheduleSweep() {
    guard sweeper == nil else { return }
    let timer = LoopTimer()
    sweeper = timer
    timer.start(milliseconds: 1_000) { [self] in
      sweeper = nil
      sweep(at: MonotonicClock.nowMilliseconds)
      if !connections.isEmpty { scheduleSweep() }
    }
  }

  /// Ends connections that have been silent, unauthenticated or unread for too long at this moment.
  func sweep(at now: Int64) {
    for connection in connections.values { connection.endIfOverdue(now) }
    service.sweep(at: now)
    recheckTokens(at: now)
  }

  /// A revoked token ends its silent connections too, not only those that ask for something.
  private func recheckTokens(at now: Int64) {
    guard !isRecheckingTokens else { return }
    let sessions = connections.values.compactMap { $0.silentSession(at: now) }
    guard !sessions.isEmpty else { return }
    isRecheckingTokens = true
    EventLoop.task { await self.recheckTokens(of: sessions) }
  }

  private func recheckTokens(of sessions: [Session]) async {
    let expired = await service.expired(among: sessions)
    isRecheckingTokens = false
    guard !expired.isEmpty else { return }
    for connection in connections.values { connection.endIfExpired(expired) }
  }
}
