import CLibEvent
import Glibc

/// Sockets to servers on this machine.
enum Loopback {
  /// A blocking connection to a port of 127.0.0.1.
  static func connect(_ port: UInt16) throws(BenchError) -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else {
      throw BenchError("cannot connect to 127.0.0.1:\(port): \(String(cString: strerror(errno)))")
    }
    set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, Int32(1))
    // Closed at once, without a rest in TIME_WAIT: ten thousand of those use up the ports.
    set(descriptor, SOL_SOCKET, SO_LINGER, linger(l_onoff: 1, l_linger: 0))
    return descriptor
  }

  private static func set<Value: BitwiseCopyable>(
    _ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Value
  ) {
    var value = value
    setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Value>.size))
  }

  /// Sends all of it, or as much as the other end takes before it is gone.
  static func send(_ text: String, _ descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
      var sent = 0
      while sent < bytes.count {
        let count = Glibc.send(
          descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, 0)
        guard count > 0 else { return }
        sent += count
      }
    }
  }

  /// Each connection takes a descriptor, and the soft limit is often 1024.
  static func raiseDescriptorLimit() {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(resource, &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(resource, &limit)
  }

  /// Microseconds of a clock that only goes forward.
  static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }
}

/// Why a measurement could not be made.
struct BenchError: Error {
  let message: String
  init(_ message: String) { self.message = message }
}
