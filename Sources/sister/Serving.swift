import CommandLanguage
import EventLoop
import Foundations
import Glibc
import Security
import Server

/// `sister serve`: listens until it is told to stop.
enum Serving {
  private static let defaultAddress = "127.0.0.1:7478"

  static func run(_ options: Options) throws(StartError) {
    let socket = Application.socket(options)
    guard options.takesOver || !UnixSocket.answers(socket) else {
      throw StartError(
        .unavailable,
        "a server is already listening on \(socket); --take-over yes replaces it")
    }
    raiseDescriptorLimit()
    let application = try Application.start(options)
    let failure = EventLoop.runBlocking { await listen(application, options, socket) }
    if let failure, let error = failure {
      application.stop()
      throw error
    }
    // The loop's thread does the work from here on, and ends the process.
    while true { pause() }
  }

  /// Each connection takes a descriptor, and the soft limit is often 1024, for the sake of
  /// programs that use select(2).
  private static func raiseDescriptorLimit() {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(resource, &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(resource, &limit)
  }

  @EventLoop
  private static func listen(
    _ application: Application, _ options: Options, _ socket: String
  ) -> StartError? {
    do throws(ListenError) {
      let server = application.server
      let takesOver = options.takesOver
      server.balancers = options.balancers
      let address = options.listen ?? defaultAddress
      if address != "none" {
        let tcp = try server.listen(tcp: address, takesOver: takesOver)
        Log.info("listening", [("tcp", tcp)])
      }
      if let address = options.listenTLS {
        let tls = try server.listen(tls: address, try tlsContext(options), takesOver: takesOver)
        Log.info("listening", [("tls", tls)])
      }
      // The last: whoever sees the socket can use everything, and a server before this one stops.
      try server.listen(unix: socket, takesOver: takesOver)
      Log.info("listening", [("socket", socket)])
    } catch {
      application.server.drain {}
      return StartError(.unavailable, error.message)
    }
    for number in [SIGTERM, SIGINT] {
      signals.append(SignalWatch(number) { stop(application) })
    }
    signals.append(SignalWatch(SIGHUP) { hangUp(application, options) })
    supervisor = Supervisor(Application.environment)
    supervisor?.ready()
    return nil
  }

  private static func tlsContext(_ options: Options) throws(ListenError) -> TLSContext {
    guard let certificate = options.tlsCertificate, let key = options.tlsKey else {
      throw ListenError(message: "--listen-tls needs --tls-certificate and --tls-key")
    }
    do throws(TLSError) {
      return try .server(
        certificateFile: certificate, keyFile: key, clientCAFile: options.tlsClientCA)
    } catch {
      throw ListenError(message: error.message)
    }
  }

  /// SIGHUP: a supervisor's, or whoever has a certificate's, has the files read again. Anybody else's
  /// is the end of the terminal.
  @EventLoop
  private static func hangUp(_ application: Application, _ options: Options) {
    let hasTLS = options.listenTLS != nil
    guard hasTLS || supervisor != nil else { return stop(application) }
    let read = { if hasTLS { reload(application, options) } }
    if let supervisor { supervisor.reloading(read) } else { read() }
  }

  /// New connections get the certificate that the files hold now. One that cannot be used leaves the
  /// old one in its place.
  @EventLoop
  private static func reload(_ application: Application, _ options: Options) {
    do throws(ListenError) {
      application.server.useTLS(try tlsContext(options))
      Log.info("the certificate was read again")
    } catch {
      Log.error("the certificate cannot be used; the old one stays", [("reason", error.message)])
    }
  }

  @EventLoop private static var signals: [SignalWatch] = []
  @EventLoop private static var supervisor: Supervisor?
  @EventLoop private static var isStopping = false

  /// The first signal drains; a second ends at once.
  @EventLoop
  private static func stop(_ application: Application) {
    if isStopping { exit(0) }
    isStopping = true
    Log.info("draining")
    supervisor?.stopping()
    application.server.drain {
      Log.info("stopped")
      // Off the loop: giving up the cluster may block.
      OwnThread.start {
        application.stop()
        exit(0)
      }
    }
  }
}
