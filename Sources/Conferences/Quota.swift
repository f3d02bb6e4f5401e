import CommandLanguage

/// What changed: enough for an answer to a write.
struct QuotaChange: Sendable {
  let code: String
  let capacity: Int64
  let free: Int64

  var pairs: [Reply.Pair] {
    [.init("quota", code), .init("capacity", capacity), .init("free", free)]
  }
}
