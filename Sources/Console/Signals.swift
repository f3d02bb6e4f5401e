import Glibc

/// Signals as bytes in a pipe, so that whoever waits on descriptors sees them too, whichever
/// thread they were delivered to.
final class Signals {
  /// What the console acts upon: clear the line, leave, stop, take a new width.
  private static let watched = [SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGWINCH]
  /// The pipe's end for the handler. A handler can reach nothing but a global; it is written
  /// here before any handler is installed, and one console runs at a time.
  nonisolated(unsafe) private static var writeEnd: Int32 = -1

  /// Readable when a signal has come.
  let descriptor: Int32
  /// The signal that asks the console to end, once one has come.
  private(set) var ending: Int32?
  private let writeDescriptor: Int32
  private var previous: [(Int32, sigaction)] = []

  init() {
    var ends: [Int32] = [-1, -1]
    pipe(&ends)
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    descriptor = ends[0]
    writeDescriptor = ends[1]
    Self.writeEnd = ends[1]
    for number in Self.watched {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        let before = errno
        var byte = UInt8(truncatingIfNeeded: number)
        write(Signals.writeEnd, &byte, 1)
        errno = before
      }
      action.sa_flags = Int32(SA_RESTART)
      var old = sigaction()
      sigaction(number, &action, &old)
      previous.append((number, old))
    }
    var ignore = sigaction()
    ignore.__sigaction_handler.sa_handler = SIG_IGN
    var old = sigaction()
    sigaction(SIGPIPE, &ignore, &old)
    previous.append((SIGPIPE, old))
  }

  deinit {
    for (number, old) in previous {
      var old = old
      sigaction(number, &old, nil)
    }
    close(descriptor)
    close(writeDescriptor)
  }

  /// The signals since the last time, in order.
  func take() -> [Int32] {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(descriptor, &bytes, bytes.count)
    let numbers = bytes.prefix(max(0, count)).map { Int32($0) }
    for number in numbers where number == SIGTERM || number == SIGHUP { ending = number }
    return numbers
  }

  /// Stops the process, as SIGTSTP does where nobody catches it; returns when it goes on.
  func suspend() { kill(getpid(), SIGSTOP) }
}
