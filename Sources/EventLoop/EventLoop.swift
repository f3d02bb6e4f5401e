import CLibEvent
import Glibc
import Synchronization

/// The isolation of everything that runs on the loop: connections, sessions, commands.
@globalActor
package actor EventLoop {
  package static let shared = EventLoop()

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    EventLoopExecutor.shared.asUnownedSerialExecutor()
  }

  /// Starts a task that stays on the loop's thread.
  ///
  /// The body is nonisolated and awaits isolated functions: a closure isolated to a global actor
  /// under a task executor preference is beyond the 6.3 isolation checker.
  @discardableResult
  package static func task(
    _ body: @escaping @Sendable () async -> Void
  ) -> Task<Void, Never> {
    Task(executorPreference: EventLoopExecutor.shared, operation: body)
  }

  /// Runs `body` on the loop and blocks the calling thread, which is another one, until it ends.
  package static func runBlocking<Value: Sendable>(
    _ body: @escaping @Sendable () async -> Value
  ) -> Value? {
    let done = ThreadSemaphore()
    let result = Mutex<Value?>(nil)
    task {
      let value = await body()
      result.withLock { $0 = value }
      done.signal()
    }
    done.wait()
    return result.withLock { $0 }
  }

  /// Runs `action` when the jobs of this turn have run.
  @EventLoop
  package static func atEndOfTurn(_ action: @escaping @EventLoop () -> Void) {
    EventLoopExecutor.shared.atEndOfTurn { EventLoop.assumeOnLoop(action) }
  }

  /// Suspends the caller for so many milliseconds, without holding a thread.
  @EventLoop
  package static func sleep(milliseconds: Int64) async {
    await withCheckedContinuation { continuation in
      let timer = LoopTimer()
      timer.start(milliseconds: milliseconds) {
        timer.cancel()
        continuation.resume()
      }
    }
  }

  /// For callbacks from C, which run on the loop's thread without Swift knowing it.
  package static func assumeOnLoop<Value>(_ action: @EventLoop () -> Value) -> Value {
    withoutActuallyEscaping(action) { action in
      EventLoopExecutor.shared.checkIsolated()
      return unsafeBitCast(action, to: (() -> Value).self)()
    }
  }
}

/// A timer of the loop; it fires once for each start.
@EventLoop
package final class LoopTimer {
  private var event: OpaquePointer?
  private var action: (() -> Void)?

  package init() {}

  /// Calls `action` after so many milliseconds; an earlier start is forgotten.
  package func start(milliseconds: Int64, _ action: @escaping @EventLoop () -> Void) {
    cancel()
    self.action = action
    let event = event_new(
      EventLoopExecutor.shared.base, -1, 0,
      { _, _, argument in
        guard let argument else { return }
        let timer = Unmanaged<LoopTimer>.fromOpaque(argument).takeUnretainedValue()
        EventLoop.assumeOnLoop { timer.fire() }
      }, Unmanaged.passRetained(self).toOpaque())
    self.event = event
    var interval = timeval(
      tv_sec: Int(milliseconds / 1000), tv_usec: Int(milliseconds % 1000) * 1000)
    event_add(event, &interval)
  }

  /// Forgets the start, if the timer has not fired.
  package func cancel() {
    guard let event else { return }
    event_free(event)
    self.event = nil
    action = nil
    Unmanaged.passUnretained(self).release()
  }

  private func fire() {
    let action = action
    cancel()
    action?()
  }
}

/// Watches a descriptor that somebody else owns, such as libpq's socket. It lives until `cancel`.
@EventLoop
package final class DescriptorWatch {
  private var readEvent: OpaquePointer?
  private var writeEvent: OpaquePointer?
  private let onReadable: () -> Void
  private let onWritable: () -> Void

  /// Calls `onReadable` whenever the descriptor has input, and `onWritable` once after each
  /// `wantsWrite`.
  package init(
    descriptor: Int32, onReadable: @escaping @EventLoop () -> Void,
    onWritable: @escaping @EventLoop () -> Void
  ) {
    self.onReadable = onReadable
    self.onWritable = onWritable
    let pointer = Unmanaged.passRetained(self).toOpaque()
    let base = EventLoopExecutor.shared.base
    readEvent = event_new(
      base, descriptor, Int16(EV_READ | EV_PERSIST),
      { _, _, argument in
        guard let argument else { return }
        let watch = Unmanaged<DescriptorWatch>.fromOpaque(argument).takeUnretainedValue()
        EventLoop.assumeOnLoop { watch.onReadable() }
      }, pointer)
    writeEvent = event_new(
      base, descriptor, Int16(EV_WRITE),
      { _, _, argument in
        guard let argument else { return }
        let watch = Unmanaged<DescriptorWatch>.fromOpaque(argument).takeUnretainedValue()
        EventLoop.assumeOnLoop { watch.onWritable() }
      }, pointer)
    event_add(readEvent, nil)
  }

  /// Calls `onReadable` no more until `resumeReading`.
  package func pauseReading() {
    if let readEvent { event_del(readEvent) }
  }

  /// Calls `onReadable` again whenever there is input.
  package func resumeReading() {
    if let readEvent { event_add(readEvent, nil) }
  }

  /// Asks for one call of `onWritable`, when the descriptor takes output.
  package func wantsWrite() { event_add(writeEvent, nil) }

  /// Stops watching; must be called before the descriptor is closed.
  package func cancel() {
    guard let readEvent, let writeEvent else { return }
    event_free(readEvent)
    event_free(writeEvent)
    self.readEvent = nil
    self.writeEvent = nil
    Unmanaged.passUnretained(self).release()
  }
}

extension DescriptorWatch {
  /// Suspends until the descriptor can be read (or written); false when it cannot be for so many
  /// milliseconds, or cannot be waited for.
  package static func wait(
    _ descriptor: Int32, forWriting: Bool, milliseconds: Int64
  ) async -> Bool {
    await withCheckedContinuation { continuation in
      let waiter = Unmanaged.passRetained(Waiter(continuation, forWriting: forWriting))
      var interval = timeval(
        tv_sec: Int(milliseconds / 1000), tv_usec: Int(milliseconds % 1000) * 1000)
      let status = event_base_once(
        EventLoopExecutor.shared.base, descriptor, Int16(forWriting ? EV_WRITE : EV_READ),
        { descriptor, what, argument in
          guard let argument else { return }
          let waiter = Unmanaged<Waiter>.fromOpaque(argument).takeRetainedValue()
          let isOver = Int32(what) & EV_TIMEOUT != 0
          waiter.continuation.resume(returning: !isOver || waiter.isReady(descriptor))
        }, waiter.toOpaque(), &interval)
      // Nobody calls back where libevent could not take it: as if the time were over.
      if status != 0 { waiter.takeRetainedValue().continuation.resume(returning: false) }
    }
  }
}

private final class Waiter {
  let continuation: CheckedContinuation<Bool, Never>
  private let forWriting: Bool

  init(_ continuation: CheckedContinuation<Bool, Never>, forWriting: Bool) {
    self.continuation = continuation
    self.forWriting = forWriting
  }

  /// Whether the descriptor is ready after all: where the loop was held up, its time and its bytes
  /// come together, and libevent tells of the time alone.
  func isReady(_ descriptor: Int32) -> Bool {
    var state = pollfd(fd: descriptor, events: Int16(forWriting ? POLLOUT : POLLIN), revents: 0)
    return poll(&state, 1, 0) == 1
  }
}
