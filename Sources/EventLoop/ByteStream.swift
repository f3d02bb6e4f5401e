import CLibEvent
import Glibc

/// A connected socket on the loop: bytes in by callback, bytes out through a buffer.
@EventLoop
package final class ByteStream {
  /// Why a stream ended.
  package enum End: Sendable {
    /// The peer closed its sending half; output can still be written.
    case halfClosed
    /// The connection is gone.
    case lost
  }

  private var event: OpaquePointer?
  private var onBytes: (([UInt8]) -> Void)?
  private var onEnd: ((End) -> Void)?
  private var onDrained: (() -> Void)?
  private var inputHasEnded = false
  /// Output of this turn of the loop, which its end sends.
  private var turnOutput: [UInt8] = []

  /// Takes over a connected, nonblocking socket. Nothing is read before `start`; after that the
  /// stream, and what its callbacks hold, lives until `close`.
  package init?(descriptor: Int32) {
    guard
      let event = bufferevent_socket_new(
        EventLoopExecutor.shared.base, descriptor, Int32(BEV_OPT_CLOSE_ON_FREE.rawValue))
    else { return nil }
    self.event = event
  }

  /// Begins to read. `onDrained` is called whenever all output has left.
  package func start(
    onBytes: @escaping @EventLoop ([UInt8]) -> Void,
    onEnd: @escaping @EventLoop (End) -> Void,
    onDrained: @escaping @EventLoop () -> Void
  ) {
    self.onBytes = onBytes
    self.onEnd = onEnd
    self.onDrained = onDrained
    // The C side holds the stream until `close`.
    let pointer = Unmanaged.passRetained(self).toOpaque()
    bufferevent_setcb(
      event,
      { _, argument in ByteStream.from(argument) { $0.readable() } },
      { _, argument in ByteStream.from(argument) { $0.drained() } },
      { _, what, argument in ByteStream.from(argument) { $0.happened(Int32(what)) } }, pointer)
    bufferevent_enable(event, Int16(EV_READ | EV_WRITE))
  }

  /// Queues bytes to be sent when this turn of the loop ends.
  package func write(_ bytes: [UInt8]) {
    guard event != nil, !bytes.isEmpty else { return }
    guard turnOutput.isEmpty else { return turnOutput.append(contentsOf: bytes) }
    turnOutput = bytes
    EventLoop.atEndOfTurn { [self] in sendTurnOutput() }
  }

  /// Bytes that are queued and not yet taken by the peer.
  package var queuedBytes: Int { turnOutput.count + bufferedBytes }

  /// As much as a bufferevent writes at once: more would fill the socket to a level from which it
  /// counts as writable only when the peer has taken most of it, and a slow reader would look stalled.
  private static let directBytes = 16_384

  private var bufferedBytes: Int {
    event.map { evbuffer_get_length(bufferevent_get_output($0)) } ?? 0
  }

  /// Gives what the turn has written to the socket itself: one system call, where the bufferevent
  /// takes three (it waits until the socket is writable, and then stops waiting). What the socket
  /// does not take, and what comes behind that, goes through the bufferevent.
  private func sendTurnOutput() {
    guard let event, !turnOutput.isEmpty else { return }
    let output = turnOutput
    turnOutput = []
    var sent = 0
    if bufferedBytes == 0 {
      // An error of the socket is found, and reported, by the bufferevent.
      sent = max(
        0,
        send(
          bufferevent_getfd(event), output, min(output.count, Self.directBytes),
          Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)))
    }
    if sent == output.count { return drained() }
    output.withUnsafeBytes { bytes in
      _ = bufferevent_write(event, bytes.baseAddress.map { $0 + sent }, bytes.count - sent)
    }
  }

  /// Stops reading: the peer's sends will block.
  package func pauseReading() {
    if let event { bufferevent_disable(event, Int16(EV_READ)) }
  }

  /// Reads again.
  package func resumeReading() {
    if let event, !inputHasEnded { bufferevent_enable(event, Int16(EV_READ)) }
  }

  /// Tells the peer that nothing more will be written; for when no output is queued. Input still
  /// comes.
  package func endOutput() {
    if let event { shutdown(bufferevent_getfd(event), Int32(SHUT_WR)) }
  }

  /// Closes at once; queued output, this turn's too, is lost. No callback follows.
  package func close() {
    guard let event else { return }
    self.event = nil
    turnOutput = []
    let started = onBytes != nil
    onBytes = nil
    onEnd = nil
    onDrained = nil
    bufferevent_free(event)
    if started { Unmanaged.passUnretained(self).release() }
  }

  private nonisolated static func from(
    _ argument: UnsafeMutableRawPointer?, _ body: @EventLoop (ByteStream) -> Void
  ) {
    guard let argument else { return }
    let stream = Unmanaged<ByteStream>.fromOpaque(argument).takeUnretainedValue()
    EventLoop.assumeOnLoop { body(stream) }
  }

  private func readable() {
    guard let event, let onBytes else { return }
    let input = bufferevent_get_input(event)
    let count = evbuffer_get_length(input)
    guard count > 0 else { return }
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = max(0, Int(evbuffer_remove(input, buffer.baseAddress, count)))
    }
    onBytes(bytes)
  }

  private func drained() {
    // What the turn has written since is told of by its end.
    if turnOutput.isEmpty { onDrained?() }
  }

  private func happened(_ what: Int32) {
    readable()
    let end: End = what & Int32(BEV_EVENT_EOF) != 0 ? .halfClosed : .lost
    inputHasEnded = true
    onEnd?(end)
  }
}
