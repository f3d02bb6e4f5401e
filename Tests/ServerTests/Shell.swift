import EventLoop
import Glibc
import TestSupport

/// Runs the shell commands that the documentation shows, against a test's server.
enum Shell {
  /// What `command` writes to its standard output, with `PORT`, `SOCKET` and `TOKEN` set. A command
  /// that does not end is ended, and its output says so.
  static func run(_ command: String, _ server: TestServer, token: String = "") async throws
    -> String
  {
    // Debian's two netcats differ; the one that is meant is OpenBSD's.
    let script = """
      export PORT=\(server.port) SOCKET='\(server.socketPath)' TOKEN='\(token)'
      if command -v nc.openbsd >/dev/null; then alias nc=nc.openbsd; fi
      \(command)
      """
    let quoted = script.replacing("'", with: #"'\''"#)
    let line = "exec 2>&1; timeout 60 sh -c '\(quoted)' || echo \"exit status $?\""
    guard let stream = popen(line, "re") else { throw TestClientError(what: "no shell") }
    let output = await TestClient(pipe: fileno(stream))
    let text = try await output.text()
    pclose(stream)
    return text
  }
}
