import EventLoop
import Foundations

/// What is written to one client: who writes much waits until it takes it.
@EventLoop
final class ClientOutput {
  private let stream: ByteStream
  private var isClosed = false
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private var writtenBytes = 0
  /// How many of those the client had taken at the last look that saw it take some, and when that was.
  private var takenBytes = 0
  private var tookAt = MonotonicClock.nowMilliseconds

  init(_ stream: ByteStream) { self.stream = stream }

  /// Bytes that the client has not taken.
  var queuedBytes: Int { stream.queuedBytes }

  /// Whether those are few enough, or nobody takes any more.
  var hasRoom: Bool { isClosed || queuedBytes <= Limits.queuedOutputBytes }

  func write(_ bytes: [UInt8]) {
    writtenBytes += bytes.count
    stream.write(bytes)
  }

  /// Returns when there is room.
  func room() async {
    guard !hasRoom else { return }
    await withCheckedContinuation { writer in
      waiting.append(writer)
      // The client may have taken it all on the way here, or have gone.
      if hasRoom { resume() }
    }
  }

  /// The client has taken everything.
  func hasLeft() { resume() }

  /// The client takes nothing any more.
  func close() {
    isClosed = true
    resume()
  }

  /// Whether the client has taken nothing for too long, by this moment, of what is queued for it.
  func isStalled(at now: Int64) -> Bool {
    let taken = writtenBytes - queuedBytes
    if queuedBytes == 0 || taken != takenBytes {
      takenBytes = taken
      tookAt = now
    }
    return now - tookAt > Limits.stalledReaderMilliseconds
  }

  private func resume() {
    let writers = waiting
    waiting = []
    for writer in writers { writer.resume() }
  }
}
