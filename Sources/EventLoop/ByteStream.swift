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

  /// Queues bytes to be sent.
  package func write(_ bytes: [UInt8]) {
    guard let event, !bytes.isEmpty else { return }
    bufferevent_write(event, bytes, bytes.count)
  }

  /// Bytes that are queued and not yet taken by the peer.
  package var queuedBytes: Int {
    event.map { evbuffer_get_length(bufferevent_get_output($0)) } ?? 0
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

  /// Closes at once; queued output is lost. No callback follows.
  package func close() {
    guard let event else { return }
    self.event = nil
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

  private func drained() { onDrained?() }

  private func happened(_ what: Int32) {
    readable()
    let end: End = what & Int32(BEV_EVENT_EOF) != 0 ? .halfClosed : .lost
    inputHasEnded = true
    onEnd?(end)
  }
}
