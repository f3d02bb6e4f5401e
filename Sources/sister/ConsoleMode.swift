import Access
import Catalog
import CommandLanguage
import Console
import EventLoop
import Foundations
import Glibc
import LineProtocol
import Server

/// The program as a client: of a running server where there is one, of a service of its own
/// otherwise.
enum ConsoleMode {
  /// Runs the commands asked for, or a dialogue; the exit status.
  static func run(_ options: Options) throws(StartError) -> Int32 {
    try withClient(options) { (client, reconnect, place) in
      var script = Script.Options()
      script.format = options.format ?? (isatty(STDOUT_FILENO) == 1 ? .table : nil)
      script.keyPrefix = options.keyPrefix
      script.onError = options.onError
      if !options.commands.isEmpty {
        return Script.run(commands: options.commands, on: client, options: script)
      }
      if let file = options.file { return Script.run(file: file, on: client, options: script) }
      guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
        return Script.run(file: "-", on: client, options: script)
      }
      var dialogue = REPL.Options()
      dialogue.historyPath = "\(Application.home(options))/history"
      dialogue.place = place
      dialogue.format = options.format ?? .table
      return REPL.run(client, options: dialogue, reconnect: reconnect)
    }
  }

  /// Loads the demo data, once.
  static func loadDemo(_ options: Options) throws(StartError) -> Int32 {
    try withClient(options) { (client, connect, _) in
      DemoLoad(owner: client, connect: connect).run()
    }
  }

  private static func withClient(
    _ options: Options,
    _ body: (ConsoleClient, @escaping REPL.Reconnect, _ place: String) -> Int32
  ) throws(StartError) -> Int32 {
    if let remote = try RemotePlace.server(options) {
      let client: ConsoleClient
      do throws(ClientError) {
        client = try remote.connect()
      } catch {
        throw StartError(error)
      }
      return body(client, remote.connect, options.host ?? "")
    }
    let socket = Application.socket(options)
    if let descriptor = UnixSocket.connect(socket) {
      let reconnect: REPL.Reconnect = { () throws(ClientError) in
        guard let descriptor = UnixSocket.connect(socket) else {
          throw ClientError("busy.unavailable", "no server listens on \(socket) any more")
        }
        return ConsoleClient(descriptor: descriptor)
      }
      return body(ConsoleClient(descriptor: descriptor), reconnect, socket)
    }
    let application = try Application.start(options)
    defer { application.stop() }
    let connect = { () -> ConsoleClient? in
      guard let pair = UnixSocket.pair() else { return nil }
      EventLoop.task { await application.server.adopt(pair.server) }
      return ConsoleClient(descriptor: pair.client)
    }
    guard let client = connect() else {
      throw StartError(.unavailable, "no socket can be made: \(String(cString: strerror(errno)))")
    }
    let reconnect: REPL.Reconnect = { () throws(ClientError) in
      guard let client = connect() else {
        throw ClientError("busy.unavailable", "no socket can be made")
      }
      return client
    }
    return body(client, reconnect, "this machine")
  }
}
