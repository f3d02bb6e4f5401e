import Console
import EventLoop
import Foundations
import Glibc
import LineProtocol

/// `sister health`: whether a server answers, for supervisors and containers.
enum Health {
  /// Greets the server and has it answer `ping`; what it is, in words.
  ///
  /// Nobody logs in: a server that is well greets everybody.
  static func check(_ options: Options) throws(StartError) -> String {
    endInTime()
    let start = MonotonicClock.nowMilliseconds
    do throws(ClientError) {
      let client = try connect(options)
      if client.greeting == nil { try client.greet() }
      _ = try client.request("ping".utf8)
      let name = client.greeting?["server"] ?? "a server"
      return "\(name) is well (\(MonotonicClock.nowMilliseconds - start) ms)"
    } catch {
      throw StartError(error)
    }
  }

  private static func connect(_ options: Options) throws(ClientError) -> ConsoleClient {
    if let host = options.host {
      let server = try RemoteServer(
        host, ca: options.ca, certificate: options.certificate, key: options.key, login: .none)
      return try server.connect()
    }
    let socket = Application.socket(options)
    guard let descriptor = UnixSocket.connect(socket) else {
      throw ClientError(
        "busy.unavailable",
        "no server listens on \(socket): \(String(cString: strerror(errno)))")
    }
    return ConsoleClient(descriptor: descriptor)
  }

  /// Ends the process when time is up. Resolving a name, connecting and TLS block, each in its own
  /// way: whatever it is that hangs, a supervisor gets its answer.
  private static func endInTime() {
    OwnThread.start {
      let end = MonotonicClock.nowMilliseconds + Limits.healthMilliseconds
      while case let rest = end - MonotonicClock.nowMilliseconds, rest > 0 {
        poll(nil, 0, Int32(rest))
      }
      let error = ClientError(
        "busy.timeout",
        "the server has not answered within \(Limits.healthMilliseconds / 1_000) s")
      printError("sister: \(error.code): \(error.message)")
      exit(error.exitStatus)
    }
  }
}
