import EventLoop
import Security

/// A test's client under TLS.
@EventLoop
package final class SecureClient {
  private let socket: TestClient
  private let channel: TLSChannel
  private var pending: [UInt8] = []
  private var hasEnded = false
  private let sendsSingly: Bool

  /// Connects to a port of 127.0.0.1, sends `preamble` as it is, and shakes hands; `sendsSingly` has
  /// each byte of all that sent by itself.
  package init(
    port: UInt16, _ context: TLSContext, host: String = "localhost", preamble: [UInt8] = [],
    sendsSingly: Bool = false
  ) async throws {
    self.sendsSingly = sendsSingly
    socket = try TestClient(port: port)
    try await socket.send(preamble)
    channel = try TLSChannel(client: context, host: host)
    try await flush()
    while !channel.isEstablished, try await receive() {}
  }

  /// The channel binding of the connection.
  package var binding: [UInt8]? { channel.channelBinding }

  /// Sends text.
  package func send(_ text: String) async throws {
    try channel.send(Array(text.utf8))
    try await flush()
  }

  /// Sends nothing more, and still reads.
  package func halfClose() async throws {
    channel.endOutput()
    try await flush()
  }

  /// Goes away.
  package func close() { socket.close() }

  /// The next line, without its end.
  package func line() async throws -> String {
    while true {
      if let end = pending.firstIndex(of: 0x0A) {
        let line = String(decoding: pending[..<end], as: UTF8.self)
        pending.removeFirst(end + 1)
        return line
      }
      guard try await receive() else { throw TestClientError(what: "the server closed") }
    }
  }

  /// Sends one line; the lines of its answer, the status line last.
  package func ask(_ line: String) async throws -> [String] {
    try await send(line + "\n")
    var lines: [String] = []
    repeat { lines.append(try await self.line()) } while !TestClient.isStatus(lines.last ?? "")
    return lines
  }

  /// Every further line, until the server ends; nil if it has not said under TLS that it ends.
  package func rest() async throws -> [String]? {
    while try await receive() {}
    let text = String(decoding: pending, as: UTF8.self)
    return hasEnded ? text.split(separator: "\n").map(String.init) : nil
  }

  private func flush() async throws {
    let output = channel.takeOutput()
    guard sendsSingly else { return try await socket.send(output) }
    for byte in output {
      try await socket.send([byte])
      await EventLoop.sleep(milliseconds: 1)
    }
  }

  /// Takes what comes; false at the end.
  private func receive() async throws -> Bool {
    guard !hasEnded else { return false }
    let bytes = try await socket.bytes()
    guard !bytes.isEmpty else { return false }
    let received = try channel.receive(bytes)
    pending += received.plaintext
    hasEnded = received.hasEnded
    try await flush()
    return true
  }
}
