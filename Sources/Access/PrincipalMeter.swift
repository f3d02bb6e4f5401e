import CommandLanguage
import Foundations

/// What one user may ask for; nil is as much as the server gives anybody.
package struct PrincipalLimits: Sendable, Equatable {
  /// Requests in a second, over all connections of the user's.
  package let requestsPerSecond: Int64?
  /// Requests under way at a time.
  package let concurrentRequests: Int64?
  /// Rows of one answer.
  package let rows: Int64?
  /// Seconds that the database may work for one request.
  package let seconds: Int64?

  /// No limits of the user's own.
  package static let none = PrincipalLimits(
    requestsPerSecond: nil, concurrentRequests: nil, rows: nil, seconds: nil)
}

/// Counts what users with limits ask for. It knows those that have asked lately.
struct PrincipalMeter {
  private struct Usage {
    /// Requests that may come at once, as thousandths.
    var allowance: Int64
    var countedAt: Int64
    var running: Int64 = 0
  }

  private var usages: [String: Usage] = [:]

  /// Counts a request of a user at this moment, in milliseconds; throws where it is one too many.
  mutating func begin(_ principal: Principal, at now: Int64) throws(DomainError) {
    let limits = principal.limits
    guard limits.requestsPerSecond != nil || limits.concurrentRequests != nil else { return }
    let rate = limits.requestsPerSecond ?? .max / 1_000_000
    var usage = usages[principal.name] ?? Usage(allowance: rate * 1_000, countedAt: now)
    // As many requests as a second brings may come at once.
    let earned = (now - usage.countedAt).multipliedReportingOverflow(by: rate)
    usage.allowance = min(
      rate * 1_000, usage.allowance + (earned.overflow ? rate * 1_000 : earned.partialValue))
    usage.countedAt = now
    defer { usages[principal.name] = usage }
    guard usage.allowance >= 1_000 else {
      throw DomainError(
        .rateBusy,
        "\(principal.name) may make \(rate) requests a second; wait, or ask for more at once",
        retry: .seconds(1))
    }
    if let most = limits.concurrentRequests, usage.running >= most {
      throw DomainError(
        .concurrencyBusy, "\(principal.name) may have \(most) requests under way at a time",
        retry: .seconds(1))
    }
    usage.allowance -= 1_000
    usage.running += 1
  }

  /// A request that was counted has ended.
  mutating func end(_ principal: Principal) {
    guard var usage = usages[principal.name], usage.running > 0 else { return }
    usage.running -= 1
    usages[principal.name] = usage
  }

  /// Forgets users who have asked for nothing since this moment.
  mutating func forget(before moment: Int64) {
    usages = usages.filter { $0.value.running > 0 || $0.value.countedAt >= moment }
  }
}

extension ErrorCode {
  package static let rateBusy = ErrorCode(
    .busy, "rate", "The user makes more requests in a second than they may.")
  package static let concurrencyBusy = ErrorCode(
    .busy, "concurrency", "The user has as many requests under way as they may.")
  package static let rowsDenied = ErrorCode(
    .denied, "rows", "The user may not ask for so many rows at once.")
}
