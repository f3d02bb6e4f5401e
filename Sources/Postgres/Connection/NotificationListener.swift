import CLibPQ
import EventLoop
import Foundations

/// Hears what is notified on one channel, over a connection of its own, which it makes again when it
/// is lost. What is notified meanwhile is not heard: listeners look for themselves now and then.
@EventLoop
package final class NotificationListener {
  private let connectionString: String
  private let channel: String
  private let onNotification: (String) -> Void
  private var handle: OpaquePointer?
  private var watch: DescriptorWatch?
  private let timer = LoopTimer()
  private var isStopped = false

  /// Calls `onNotification` with what was said on `channel`, which is a name of ours.
  init(
    _ connectionString: String, channel: String,
    onNotification: @escaping @EventLoop (String) -> Void
  ) {
    self.connectionString = connectionString
    self.channel = channel
    self.onNotification = onNotification
    EventLoop.task { await self.connect() }
  }

  isolated deinit { disconnect() }

  /// Hears nothing more.
  package func stop() {
    isStopped = true
    timer.cancel()
    disconnect()
  }

  private func connect() async {
    guard !isStopped, handle == nil else { return }
    // Why it fails, those say that ask for something.
    guard
      let opened = try? await ConnectionAttempt.connect(connectionString, .weakAccepted)
    else { return connectLater() }
    guard !isStopped else { return PQfinish(opened) }
    handle = opened
    watch = DescriptorWatch(
      descriptor: PQsocket(opened),
      onReadable: { [weak self] in self?.readable() },
      onWritable: { [weak self] in self?.flush() })
    guard PQsetnonblocking(opened, 1) == 0, PQsendQuery(opened, "LISTEN \(channel)") == 1 else {
      return lost()
    }
    flush()
  }

  private func connectLater() {
    guard !isStopped else { return }
    timer.start(milliseconds: Limits.listenRetryMilliseconds) { [weak self] in
      guard let self else { return }
      EventLoop.task { await self.connect() }
    }
  }

  private func flush() {
    guard let handle else { return }
    switch PQflush(handle) {
    case 0: break
    case 1: watch?.wantsWrite()
    default: lost()
    }
  }

  private func readable() {
    guard let handle, PQconsumeInput(handle) == 1 else { return lost() }
    while PQisBusy(handle) == 0, let result = PQgetResult(handle) {
      let isHeard = PQresultStatus(result) == PGRES_COMMAND_OK
      PQclear(result)
      if !isHeard { return lost() }
    }
    while let notification = PQnotifies(handle) {
      let text = notification.pointee.extra.map { String(cString: $0) } ?? ""
      PQfreemem(notification)
      onNotification(text)
    }
  }

  private func lost() {
    disconnect()
    connectLater()
  }

  private func disconnect() {
    watch?.cancel()
    watch = nil
    if let handle { PQfinish(handle) }
    handle = nil
  }
}
