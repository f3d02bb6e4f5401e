import CLibEvent
import Foundations
import Glibc
import Synchronization

/// libevent's loop as a Swift executor: one thread that runs I/O callbacks and Swift jobs in turn.
///
/// A turn is: wait for I/O, run what it woke, run the jobs that are queued (a bounded number of
/// rounds, so that I/O is not starved), run the end-of-turn actions. It is a task executor too:
/// tasks started with it as preference resume here without a hop through the global pool.
package final class EventLoopExecutor: SerialExecutor, TaskExecutor, @unchecked Sendable {
  /// The one loop of the process. It is never freed: jobs may arrive until the process ends.
  package static let shared = EventLoopExecutor()

  /// The libevent base, for the wrappers of this target; touched on the loop's thread only.
  let base: OpaquePointer

  // Confined to the loop's thread.
  private var jobs: [UnownedJob] = []
  private var spare: [UnownedJob] = []
  private var endOfTurn: [() -> Void] = []
  private var threadIdentifier = pthread_t()

  // Shared with other threads.
  private let arrived = Mutex<(jobs: [UnownedJob], woken: Bool)>(([], false))
  private let wakeDescriptor: Int32

  private init() {
    // A peer that has gone away is an error of the write, not of the process.
    signal(SIGPIPE, SIG_IGN)
    guard let base = event_base_new() else { fatalError("libevent found no way to wait for I/O") }
    self.base = base
    wakeDescriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    let ready = ThreadSemaphore()
    startThread(ready)
    ready.wait()
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isOnLoop {
      jobs.append(job)
      return
    }
    let mustWake = arrived.withLock { state in
      state.jobs.append(job)
      defer { state.woken = true }
      return !state.woken
    }
    guard mustWake else { return }
    var one: UInt64 = 1
    _ = write(wakeDescriptor, &one, MemoryLayout<UInt64>.size)
  }

  package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    UnownedSerialExecutor(ordinary: self)
  }

  package func checkIsolated() {
    precondition(isOnLoop, "this must run on the event loop")
  }

  package func isIsolatingCurrentContext() -> Bool? { isOnLoop }

  /// Whether the caller is on the loop's thread.
  package var isOnLoop: Bool { pthread_equal(pthread_self(), threadIdentifier) != 0 }

  /// Runs `action` once, when this turn's jobs have run. On the loop's thread only.
  func atEndOfTurn(_ action: @escaping () -> Void) { endOfTurn.append(action) }

  private func startThread(_ ready: ThreadSemaphore) {
    let start = Unmanaged.passRetained(ThreadStart(loop: self, ready: ready))
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
        start.loop.run(start.ready)
        return nil
      }, start.toOpaque())
    guard status == 0 else { fatalError("the event loop's thread cannot be started: \(status)") }
    pthread_detach(thread)
  }

  private func run(_ ready: ThreadSemaphore) {
    threadIdentifier = pthread_self()
    let wake = event_new(
      base, wakeDescriptor, Int16(EV_READ | EV_PERSIST),
      { descriptor, _, _ in
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
      }, nil)
    event_add(wake, nil)
    ready.signal()
    while true {
      let busy = !jobs.isEmpty || !endOfTurn.isEmpty
      event_base_loop(base, EVLOOP_ONCE | (busy ? EVLOOP_NONBLOCK : 0))
      runJobs()
      runEndOfTurn()
    }
  }

  private func runJobs() {
    takeArrivals()
    let executor = asUnownedSerialExecutor()
    let taskExecutor = asUnownedTaskExecutor()
    for _ in 0..<Limits.roundsPerTurn where !jobs.isEmpty {
      swap(&jobs, &spare)
      for job in spare {
        job.runSynchronously(isolatedTo: executor, taskExecutor: taskExecutor)
      }
      spare.removeAll(keepingCapacity: true)
    }
  }

  private func takeArrivals() {
    arrived.withLock { state in
      jobs.append(contentsOf: state.jobs)
      state.jobs.removeAll(keepingCapacity: true)
      state.woken = false
    }
  }

  private func runEndOfTurn() {
    guard !endOfTurn.isEmpty else { return }
    let actions = endOfTurn
    endOfTurn.removeAll(keepingCapacity: true)
    for action in actions { action() }
  }
}

private final class ThreadStart: Sendable {
  let loop: EventLoopExecutor
  let ready: ThreadSemaphore
  init(loop: EventLoopExecutor, ready: ThreadSemaphore) {
    self.loop = loop
    self.ready = ready
  }
}

/// A POSIX semaphore: Dispatch stays out of a process whose descriptors libevent watches.
final class ThreadSemaphore: @unchecked Sendable {
  private let semaphore: UnsafeMutablePointer<sem_t>

  init() {
    semaphore = .allocate(capacity: 1)
    sem_init(semaphore, 0, 0)
  }
  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }
  func signal() { sem_post(semaphore) }
  func wait() { while sem_wait(semaphore) != 0 {} }
}
