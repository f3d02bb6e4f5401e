import Glibc

/// A thread for something that blocks for as long as it likes, and so has no place in a pool.
package enum OwnThread {
  /// Runs `body` on a thread that ends with it.
  package static func start(_ body: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(Box(body))
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        pthread_detach(pthread_self())
        Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      }, box.toOpaque())
    if status != 0 { box.takeRetainedValue().body() }
  }

  /// Runs `body` on such a thread, and returns when it has ended.
  package static func run(_ body: @escaping @Sendable () -> Void) async {
    await withCheckedContinuation { waiter in
      start {
        body()
        waiter.resume()
      }
    }
  }

  private final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}
