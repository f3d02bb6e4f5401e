import CommandLanguage
import EventLoop
import Foundations

/// One connection's memory: who is there, and how they want their answers.
@EventLoop
package final class Session {
  /// Who is there; nil before authentication.
  package private(set) var principal: Principal?
  /// The hash of the token they showed, to see whether it still holds.
  private(set) var tokenHash: String?
  /// When it was last looked up who is there.
  private(set) var checkedAt = MonotonicClock.nowMilliseconds
  /// Failed authentications so far.
  package private(set) var failedLogins = 0
  /// How rows are written where a request does not say.
  package var format = OutputFormat.tsv
  /// Columns of the client's terminal, if it has one.
  package var width: Int?

  /// A session of `principal`, or of nobody yet.
  package init(principal: Principal? = nil) { self.principal = principal }

  func authenticated(_ principal: Principal, tokenHash: String) {
    confirmed(principal)
    self.tokenHash = tokenHash
    failedLogins = 0
  }

  /// Whoever is there was looked up again.
  func confirmed(_ principal: Principal) {
    self.principal = principal
    checkedAt = MonotonicClock.nowMilliseconds
  }

  func authenticationFailed() { failedLogins += 1 }

  /// Whoever was there may not be there any longer.
  func expire() {
    principal = nil
    tokenHash = nil
  }
}
