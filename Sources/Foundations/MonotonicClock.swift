import Glibc

/// Time that only goes forward, for durations and deadlines.
package enum MonotonicClock {
  /// Milliseconds since some fixed moment before the process began.
  package static var nowMilliseconds: Int64 { nowMicroseconds / 1_000 }

  /// Microseconds since that moment.
  package static var nowMicroseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
  }
}
