import CommandLanguage
import Foundations
import Glibc
import LineProtocol
import Rendering
import Security

/// A server across the network, and who is to be there.
package struct RemoteServer {
  /// How a client says who it is, where its certificate does not.
  package enum Login {
    case none
    case token(String)
    /// The password is asked for when it is needed.
    case password(user: String, password: () throws(ClientError) -> String)
  }

  /// The port where a server is asked for without one: plain, and under TLS.
  package static let ports = (plain: "7478", tls: "7479")

  private let host: String
  private let port: String
  private let tls: TLSContext?
  private let login: Login

  /// A server at `HOST` or `HOST:PORT`. It is spoken to under TLS, and must show a certificate that
  /// `ca` (the system's, if it is nil) vouches for; but for a loopback address for which there is no
  /// `ca`.
  package init(
    _ place: String, ca: String?, certificate: String?, key: String?, login: Login
  ) throws(ClientError) {
    self.login = login
    let (host, port) = NetworkAddress.split(place)
    if ca == nil, NetworkAddress.isLoopback(host) {
      tls = nil
    } else {
      do throws(TLSError) {
        tls = try .client(caFile: ca, certificateFile: certificate, keyFile: key)
      } catch {
        throw ClientError("usage.bad-value", error.message)
      }
    }
    self.host = host
    self.port = port ?? (tls == nil ? Self.ports.plain : Self.ports.tls)
  }

  /// A connection, greeted and logged in.
  package func connect() throws(ClientError) -> ConsoleClient {
    let descriptor = try openSocket()
    let client: ConsoleClient
    do throws(TLSError) {
      let channel = try tls.map { context throws(TLSError) in
        try TLSChannel(client: context, host: host)
      }
      client = ConsoleClient(descriptor: descriptor, channel: channel)
    } catch {
      close(descriptor)
      throw ClientError("usage.bad-value", error.message)
    }
    try client.greet()
    switch login {
    case .none: break
    case .token(let token): try client.logIn(token: token)
    case .password(let user, let password):
      try client.logIn(user: user, password: try password())
    }
    return client
  }

  private func openSocket() throws(ClientError) -> Int32 {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, port, &hints, &found)
    guard status == 0 else {
      throw ClientError(
        "busy.unavailable", "\(host) port \(port): \(String(cString: gai_strerror(status)))")
    }
    defer { freeaddrinfo(found) }
    var reason = "no address"
    var next = found
    while let address = next {
      let info = address.pointee
      let descriptor = socket(
        info.ai_family, info.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), info.ai_protocol)
      if descriptor >= 0, connected(descriptor, info) { return descriptor }
      reason = String(cString: strerror(errno))
      if descriptor >= 0 { close(descriptor) }
      next = info.ai_next
    }
    throw ClientError(
      "busy.unavailable", "cannot connect to \(host) port \(port): \(reason)", retry: .seconds(5))
  }

  private func connected(_ descriptor: Int32, _ address: addrinfo) -> Bool {
    // On Linux it bounds connecting too.
    var limit = timeval(tv_sec: Int(Limits.connectMilliseconds / 1_000), tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var one: Int32 = 1
    setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    guard Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 else { return false }
    limit = timeval()
    setsockopt(
      descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    return true
  }
}

extension ConsoleClient {
  /// Says who is there with a token.
  package func logIn(token: String) throws(ClientError) {
    _ = try request(Array("auth token=".utf8) + Pairs.quoted(token))
  }

  /// Says who is there with a password, which does not leave this machine (RFC 5802), and makes sure
  /// that the server knows it too. Under TLS the login is of this connection only.
  func logIn(user: String, password: String) throws(ClientError) {
    let binding = channelBinding.map { Binding.exporter($0) } ?? .none
    var scram = try step { () throws(ScramError) in
      try ScramClient(
        userName: user, password: NormalizedText.compatible(password), binding: binding)
    }
    let challenge = try sasl(scram.first())
    let proof = try step { () throws(ScramError) in try scram.final(challenge) }
    let answer = try sasl(proof)
    try step { () throws(ScramError) in try scram.verify(answer) }
  }

  /// Where the login cannot go on, the connection does not either.
  private func step<Value>(
    _ body: () throws(ScramError) -> Value
  ) throws(ClientError) -> Value {
    do throws(ScramError) {
      return try body()
    } catch {
      closeConnection()
      throw ClientError("auth.failed", error.message)
    }
  }

  /// The server's message in the answer to the client's.
  private func sasl(_ message: String) throws(ClientError) -> String {
    let answer = try request(Array("auth scram data=".utf8) + Pairs.quoted(message))
    guard let data = answer.step?["data"] else {
      throw .damaged("the server has left a step of the login out")
    }
    return data
  }
}
