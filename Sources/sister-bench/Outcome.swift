/// What became of the requests of a run.
struct Outcome {
  var sent = 0
  var good = 0
  var busy = 0
  /// Refused in any other way.
  var errors = 0
  /// Never answered at all: the connection ended, or time was up.
  var unanswered = 0
  /// The code of the first such refusal.
  var firstError = ""
  /// Good answers that came while requests were still made, and for how long those were.
  var goodInTime = 0
  var seconds = 0.0
  /// How long good answers took, from when their requests were due.
  var latenciesMicroseconds: [Int] = []
  /// How long the slowest answer of any kind took, from when its request was sent.
  var slowestMicroseconds: Int64 = 0

  var answers: Int { good + busy + errors }

  /// The line that Scripts/bench reads.
  var line: String {
    let sorted = latenciesMicroseconds.sorted()
    func percentile(_ share: Double) -> Int {
      sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }
    return [
      "rate=\(Int(Double(goodInTime) / seconds))", "offered=\(Int(Double(sent) / seconds))",
      "sent=\(sent)", "good=\(good)", "busy=\(busy)", "errors=\(errors)",
      "unanswered=\(unanswered)", "p50us=\(percentile(0.5))", "p99us=\(percentile(0.99))",
      "slowest-ms=\(slowestMicroseconds / 1_000)", "first-error=\(firstError)",
    ].joined(separator: " ")
  }

  mutating func count(_ kind: AnswerCounter.Kind, took microseconds: Int64) {
    switch kind {
    case .good:
      good += 1
      latenciesMicroseconds.append(Int(microseconds))
    case .busy: busy += 1
    case .error: errors += 1
    }
  }
}
