import CLibEvent
import Glibc

/// Calls an action on the loop whenever the process gets a signal.
@EventLoop
package final class SignalWatch {
  private var event: OpaquePointer?
  private let action: () -> Void

  /// Watches `signal` until `cancel`.
  package init(_ signal: Int32, action: @escaping @EventLoop () -> Void) {
    self.action = action
    event = event_new(
      EventLoopExecutor.shared.base, signal, Int16(EV_SIGNAL | EV_PERSIST),
      { _, _, argument in
        guard let argument else { return }
        let watch = Unmanaged<SignalWatch>.fromOpaque(argument).takeUnretainedValue()
        EventLoop.assumeOnLoop { watch.action() }
      }, Unmanaged.passUnretained(self).toOpaque())
    event_add(event, nil)
  }

  /// Gives the signal back its default effect.
  package func cancel() {
    if let event { event_free(event) }
    event = nil
  }
}
