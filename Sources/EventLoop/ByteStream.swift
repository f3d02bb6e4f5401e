import CLibEvent
import Glibc
import Security

/// A connected socket on the loop, plain or under TLS: bytes in by callback, bytes out through a
/// buffer.
@EventLoop
package final class ByteStream {
  /// Why a stream ended.
  package enum End: Sendable {
    /// The peer closed its sending half; output can still be written.
    case halfClosed
    /// TLS failed: the alert that says so is on its way. To a peer that speaks no TLS, what is
    /// written from now on goes as it is.
    case refused(TLSError)
    /// What had to come first was refused. What is written from now on goes as it is.
    case unannounced
    /// The connection is gone.
    case lost
  }

  /// What the first bytes of a stream, which are not its peer's own, amount to.
  package enum Preamble: Sendable {
    case needsMore
    /// It is whole; what follows so many bytes is the peer's.
    case complete(length: Int)
    case refused
  }

  private var event: OpaquePointer?
  private var channel: TLSChannel?
  private var isReady = false
  private var onPreamble: (([UInt8]) -> Preamble)?
  private var preamble: [UInt8] = []
  private var onReady: (() -> Void)?
  private var onBytes: (([UInt8]) -> Void)?
  private var onEnd: ((End) -> Void)?
  private var onDrained: (() -> Void)?
  private var inputHasEnded = false
  /// Output of this turn of the loop, which its end sends.
  private var turnOutput: [UInt8] = []

  /// Takes over a connected, nonblocking socket, under TLS if there is a channel for it. Nothing is
  /// read before `start`; after that the stream, and what its callbacks hold, lives until `close`.
  package init?(descriptor: Int32, channel: TLSChannel? = nil) {
    guard
      let event = bufferevent_socket_new(
        EventLoopExecutor.shared.base, descriptor, Int32(BEV_OPT_CLOSE_ON_FREE.rawValue))
    else { return nil }
    self.event = event
    self.channel = channel
  }

  /// Begins to read. `onReady` is called first, at once or when TLS is set up; `onDrained` whenever
  /// all output has left. Where there is an `onPreamble`, it is given, in front of all that and of TLS,
  /// what has come so far, until it wants no more.
  package func start(
    onPreamble: (@EventLoop ([UInt8]) -> Preamble)? = nil,
    onReady: @escaping @EventLoop () -> Void,
    onBytes: @escaping @EventLoop ([UInt8]) -> Void,
    onEnd: @escaping @EventLoop (End) -> Void,
    onDrained: @escaping @EventLoop () -> Void
  ) {
    self.onPreamble = onPreamble
    self.onReady = onReady
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
    if channel == nil, onPreamble == nil { becomeReady() }
  }

  /// Whether the peer speaks, or is to speak, TLS.
  package var isUnderTLS: Bool { channel != nil }

  /// What only the two ends of a connection under TLS know; nil for others.
  package var channelBinding: [UInt8]? { channel?.channelBinding }

  /// The name in the certificate that the peer has shown, if it was vouched for.
  package var peerName: String? { channel?.peerName }

  private func becomeReady() {
    isReady = true
    onReady?()
    onReady = nil
  }

  /// Queues bytes to be sent when this turn of the loop ends.
  package func write(_ bytes: [UInt8]) {
    guard event != nil, !bytes.isEmpty else { return }
    guard turnOutput.isEmpty else { return turnOutput.append(contentsOf: bytes) }
    turnOutput = bytes
    EventLoop.atEndOfTurn { [self] in sendTurnOutput() }
  }

  /// Bytes that are queued and not yet taken by the peer.
  package var queuedBytes: Int {
    turnOutput.count + bufferedBytes + (channel?.unsentBytes ?? 0)
  }

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
    guard !turnOutput.isEmpty else { return }
    let output = turnOutput
    turnOutput = []
    guard let channel else { return transmit(output) }
    do throws(TLSError) {
      try channel.send(output)
    } catch {
      return refuse(error)
    }
    transmit(channel.takeOutput())
  }

  private func transmit(_ output: [UInt8]) {
    guard let event else { return }
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
    guard let event else { return }
    sayFarewell()
    shutdown(bufferevent_getfd(event), Int32(SHUT_WR))
  }

  /// Says under TLS that nothing more comes. Where output still waits, nothing is said: it is cut off,
  /// and the peer is to see that.
  private func sayFarewell() {
    guard let event, let channel, channel.isEstablished, queuedBytes == 0 else { return }
    channel.endOutput()
    let farewell = channel.takeOutput()
    send(
      bufferevent_getfd(event), farewell, farewell.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
  }

  /// Closes at once; queued output, this turn's too, is lost. No callback follows.
  package func close() {
    guard let event else { return }
    sayFarewell()
    self.event = nil
    turnOutput = []
    let started = onBytes != nil
    onPreamble = nil
    onReady = nil
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
    guard let event, onBytes != nil else { return }
    let input = bufferevent_get_input(event)
    let count = evbuffer_get_length(input)
    guard count > 0 else { return }
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = max(0, Int(evbuffer_remove(input, buffer.baseAddress, count)))
    }
    if onPreamble != nil { announce(bytes) } else { deliver(bytes) }
  }

  private func announce(_ bytes: [UInt8]) {
    preamble += bytes
    guard let outcome = onPreamble?(preamble) else { return }
    switch outcome {
    case .needsMore: return
    case .refused:
      channel = nil
      end(.unannounced)
    case .complete(let length):
      if channel == nil { becomeReady() }
      if preamble.count > length { deliver(Array(preamble[length...])) }
    }
    onPreamble = nil
    preamble = []
  }

  private func deliver(_ bytes: [UInt8]) {
    if let channel { decipher(bytes, channel) } else { onBytes?(bytes) }
  }

  private func decipher(_ bytes: [UInt8], _ channel: TLSChannel) {
    do throws(TLSError) {
      let received = try channel.receive(bytes)
      let output = channel.takeOutput()
      if !output.isEmpty { transmit(output) }
      if channel.isEstablished, !isReady { becomeReady() }
      if !received.plaintext.isEmpty { onBytes?(received.plaintext) }
      if received.hasEnded { end(.halfClosed) }
    } catch {
      refuse(error)
    }
  }

  private func refuse(_ error: TLSError) {
    if let alert = channel?.takeOutput(), !alert.isEmpty { transmit(alert) }
    channel = nil
    end(.refused(error))
  }

  private func drained() {
    // What the turn has written since is told of by its end.
    if turnOutput.isEmpty, channel?.unsentBytes ?? 0 == 0 { onDrained?() }
  }

  private func happened(_ what: Int32) {
    readable()
    // Under TLS the peer says that it ends; where only the socket does, somebody may have cut it. Who
    // ends before anything could be said has nothing to be told.
    let isEnd =
      what & Int32(BEV_EVENT_EOF) != 0 && isReady && (channel == nil || inputHasEnded)
    end(isEnd ? .halfClosed : .lost)
  }

  private func end(_ end: End) {
    inputHasEnded = true
    onEnd?(end)
  }
}
