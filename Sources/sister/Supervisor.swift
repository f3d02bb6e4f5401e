import EventLoop
import Foundations
import Glibc

/// The supervisor that started the server, which wants to hear how it goes: what systemd's
/// sd_notify(3) says, in its own few bytes.
///
/// Each notice is one datagram to the socket that `NOTIFY_SOCKET` names. `WATCHDOG=1` comes from the
/// loop, twice in each `WATCHDOG_USEC`: a loop that is stuck says nothing, and is restarted.
@EventLoop
final class Supervisor {
  private let descriptor: Int32
  private let address: (storage: sockaddr_storage, length: socklen_t)
  private let watchdogMilliseconds: Int64?
  private let timer = LoopTimer()

  /// The supervisor that the environment names; nil where there is none.
  init?(_ environment: (String) -> String?) {
    guard let place = environment("NOTIFY_SOCKET"), let address = Self.address(place) else {
      return nil
    }
    let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    descriptor = socket(AF_UNIX, type, 0)
    self.address = address
    // The process that is watched may be another one: a shell around this one, for example.
    let isWatched = environment("WATCHDOG_PID").map { $0 == String(getpid()) } ?? true
    let microseconds = environment("WATCHDOG_USEC").flatMap { Int64($0) } ?? 0
    watchdogMilliseconds =
      isWatched && microseconds > 0 ? max(1, min(microseconds / 2_000, 86_400_000)) : nil
  }

  /// The server serves from now on, and its loop is watched.
  func ready() {
    tell("READY=1")
    beat()
  }

  /// What was configured is read again: `body` does it. systemd wants to know when that began.
  func reloading(_ body: () -> Void) {
    tell("RELOADING=1\nMONOTONIC_USEC=\(MonotonicClock.nowMicroseconds)")
    body()
    tell("READY=1")
  }

  /// The server serves no more. Its loop is watched as long as it turns: what is under way is finished.
  func stopping() { tell("STOPPING=1") }

  private func beat() {
    guard let watchdogMilliseconds else { return }
    tell("WATCHDOG=1")
    timer.start(milliseconds: watchdogMilliseconds) { [weak self] in self?.beat() }
  }

  /// Sends a notice. It never waits: the loop must not.
  private func tell(_ state: String) {
    let bytes = Array(state.utf8)
    let sent = withUnsafePointer(to: address.storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, address.length)
      }
    }
    guard sent < 0 else { return }
    Log.error("the supervisor was not told", [("reason", String(cString: strerror(errno)))])
  }

  /// A path, or `@` and an abstract name; nil for what is neither, or too long.
  private static func address(_ place: String) -> (sockaddr_storage, socklen_t)? {
    guard let first = place.utf8.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@"),
      place.utf8.count > 1, var (storage, _) = UnixSocket.address(place)
    else { return nil }
    let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
    if first == UInt8(ascii: "@") {
      withUnsafeMutableBytes(of: &storage) { $0[start] = 0 }
    }
    // An abstract name is as long as the address says; a path ends with a NUL.
    let length = start + place.utf8.count + (first == UInt8(ascii: "/") ? 1 : 0)
    return (storage, socklen_t(length))
  }
}
