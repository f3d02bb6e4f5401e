import Access
import CommandLanguage
import EventLoop
import Foundations
import LineProtocol
import Security

/// How a connection begins: what a load balancer says of it, TLS, and who the connection itself tells
/// is there.
@EventLoop
final class Handshake {
  /// Why nobody is served, for the audit; and what the client is told, where it can be.
  struct Refusal {
    let code: ErrorCode
    let reason: String
    let error: DomainError?

    /// Both are told the same.
    init(_ error: DomainError) {
      code = error.code
      reason = error.message
      self.error = error
    }

    /// TLS has failed. A client that speaks none can be told in its own way.
    init(_ failure: TLSError) {
      reason = failure.message
      code = failure.isPlaintext ? .tlsRequired : .tlsFailed
      error =
        failure.isPlaintext
        ? DomainError(
          .tlsRequired, "this port speaks TLS 1.3 only",
          suggestion: "openssl s_client -quiet -connect HOST:PORT") : nil
    }
  }

  private let peer: Peer
  private let session: Session
  private let stream: ByteStream
  let startedAt = MonotonicClock.nowMilliseconds
  /// By when it is to be over, while the server is stopping.
  private var endsBy: Int64?
  /// Why a load balancer's connection is not served.
  private(set) var refusal: Refusal?

  init(_ peer: Peer, _ session: Session, _ stream: ByteStream) {
    self.peer = peer
    self.session = session
    self.stream = stream
  }

  /// What has to come before everything else, if anything has.
  var onPreamble: (@EventLoop ([UInt8]) -> ByteStream.Preamble)? {
    guard peer.isBalancer else { return nil }
    return { [self] in announced($0) }
  }

  /// Finds out who is there, as far as the connection itself tells, and calls `completion`: at once
  /// where nothing is to be looked up.
  func identify(_ service: Service, _ completion: @escaping @EventLoop () -> Void) {
    session.channelBinding = stream.channelBinding
    if peer.isOwner { session.begin(as: .owner) }
    let credential = peer.credential ?? stream.peerName.map { Credential.certificate(name: $0) }
    guard let credential, !peer.isOwner else { return completion() }
    stream.pauseReading()
    EventLoop.task {
      await service.identify(self.session, credential)
      await completion()
    }
  }

  /// The server's first line.
  var greeting: [UInt8] {
    var mechanisms = session.principal == nil ? [] : ["peer"]
    mechanisms += ["token", session.channelBinding == nil ? "scram" : "scram-plus"]
    return WireSession.notice([
      ("slp", "1"), ("server", Server.name), ("auth", mechanisms.joined(separator: ",")),
      ("max-line", String(Limits.lineBytes)), ("max-literal", String(Limits.literalBytes)),
      ("max-inflight", String(Limits.requestsInFlight)),
      ("session", String(session.number)), ("secret", session.secret),
    ])
  }

  /// The server is stopping: what takes long to begin is not waited for.
  func hurry() { endsBy = MonotonicClock.nowMilliseconds + Limits.lingerMilliseconds }

  /// Why it is over, if it has taken too long by this moment.
  func delay(at now: Int64) -> Refusal? {
    guard now - startedAt > Limits.loginMilliseconds else { return nil }
    return Refusal(
      DomainError(
        .authenticationRequired, "no \(peer.isBalancer ? "PROXY header or " : "")TLS in time"))
  }

  /// Whether a server that is stopping has waited for it long enough.
  func isGivenUp(at now: Int64) -> Bool { endsBy.map { now > $0 } ?? false }

  /// What a load balancer says of its connection.
  private func announced(_ bytes: [UInt8]) -> ByteStream.Preamble {
    switch ProxyHeader.parse(bytes) {
    case .needsMore: return .needsMore
    case .complete(.balancer, let length): return .complete(length: length)
    case .complete(.client(let address, let isSecure), let length):
      let host = address.map { NetworkAddress.unmapped(NetworkAddress.split($0).host) }
      session.source = host ?? session.source
      let isLocal = host.map { NetworkAddress.isLoopback($0) } ?? false
      if stream.isUnderTLS || isSecure || isLocal { return .complete(length: length) }
      refusal = Refusal(
        DomainError(
          .tlsRequired,
          "the load balancer does not say that its client speaks TLS to it; have it say so "
            + "(HAProxy: send-proxy-v2-ssl), or pass TLS on to --listen-tls"))
    case .refused(let reason):
      refusal = Refusal(DomainError(.noProxyHeader, reason))
    }
    return .refused
  }
}
