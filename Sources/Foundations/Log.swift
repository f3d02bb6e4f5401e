import Glibc

/// The server's log: one line an event, to standard error unless it is sent elsewhere.
package enum Log {
  // Set once at start, before anything is logged; write(2) of one line is atomic enough.
  nonisolated(unsafe) private static var descriptor: Int32 = STDERR_FILENO

  /// Sends the log to an open file.
  package static func redirect(to descriptor: Int32) { self.descriptor = descriptor }

  /// Logs something that went as it should.
  package static func info(_ event: String, _ fields: [(String, String)] = []) {
    line("info", event, fields)
  }

  /// Logs something that went wrong.
  package static func error(_ event: String, _ fields: [(String, String)] = []) {
    line("error", event, fields)
  }

  private static func line(_ level: String, _ event: String, _ fields: [(String, String)]) {
    var seconds = time(nil)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    var buffer = [CChar](repeating: 0, count: 32)
    strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
    let moment = String(
      decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    var text = "\(moment) \(level) event=\(JSON.string(event))"
    for (name, value) in fields { text += " \(name)=\(JSON.string(value))" }
    text += "\n"
    text.withUTF8 { _ = write(descriptor, $0.baseAddress, $0.count) }
  }
}
