import Access

/// How long requests took over the last minute, in memory of a fixed size: counting one is adding to
/// a number.
///
/// Six spans of ten seconds and the one that is being filled, each with buckets that are an eighth
/// of a power of two wide: a percentile is at most an eighth too high.
struct LatencyHistogram {
  private static let spanMilliseconds: Int64 = 10_000
  private static let spans = 7
  private static let bucketsPerPower = 8
  /// Up to 2 to the power of 32 microseconds, which is more than an hour.
  private static let buckets = 33 * bucketsPerPower

  private var counts = [UInt32](repeating: 0, count: spans * buckets)
  private var longest = [Int64](repeating: 0, count: spans)
  /// Which span of time each part of `counts` is about.
  private var periods = [Int64](repeating: -1, count: spans)

  /// Counts a request that ended at this moment.
  mutating func add(microseconds: Int64, at now: Int64) {
    let period = now / Self.spanMilliseconds
    let span = Int(period % Int64(Self.spans))
    if periods[span] != period { clear(span, for: period) }
    counts[span * Self.buckets + Self.bucket(microseconds)] &+= 1
    longest[span] = max(longest[span], microseconds)
  }

  /// The last minute, and what there is of the ten seconds before; nil if nothing happened.
  func summary(at now: Int64) -> ServerStatus.Latency? {
    let period = now / Self.spanMilliseconds
    let recent = (0..<Self.spans).filter { periods[$0] > period - Int64(Self.spans) }
    var sums = [Int64](repeating: 0, count: Self.buckets)
    for span in recent {
      for bucket in 0..<Self.buckets { sums[bucket] += Int64(counts[span * Self.buckets + bucket]) }
    }
    let total = sums.reduce(0, +)
    guard total > 0 else { return nil }
    let maximum = recent.map { longest[$0] }.max() ?? 0
    func percentile(_ share: Int64) -> Int64 {
      let rank = (total * share + 99) / 100
      var seen: Int64 = 0
      for bucket in sums.indices {
        seen += sums[bucket]
        if seen >= rank { return min(maximum, Self.upperBound(bucket)) }
      }
      return maximum
    }
    return ServerStatus.Latency(
      median: percentile(50), percentile99: percentile(99), maximum: maximum)
  }

  private mutating func clear(_ span: Int, for period: Int64) {
    for bucket in 0..<Self.buckets { counts[span * Self.buckets + bucket] = 0 }
    longest[span] = 0
    periods[span] = period
  }

  /// Small numbers have a bucket each; above, the three bits below the highest one tell.
  static func bucket(_ microseconds: Int64) -> Int {
    let value = max(0, microseconds)
    guard value >= Int64(bucketsPerPower) else { return Int(value) }
    let power = 63 - value.leadingZeroBitCount
    let step = Int(value >> Int64(power - 3)) & 7
    return min((power - 2) * bucketsPerPower + step, buckets - 1)
  }

  /// The largest number of a bucket.
  static func upperBound(_ bucket: Int) -> Int64 {
    guard bucket >= bucketsPerPower else { return Int64(bucket) }
    let power = bucket / bucketsPerPower + 2
    let step = Int64(bucket % bucketsPerPower)
    return (Int64(bucketsPerPower) + step + 1) << Int64(power - 3) - 1
  }
}
