import CommandLanguage
import EventLoop
import Foundations

/// What a session is there by, and what is looked up again while it lives.
enum Credential: Hashable {
  /// A token's hash.
  case token(String)
  /// The operating system's user, vouched for by the kernel.
  case unixUser(String)
}

/// One connection's memory: who is there, and how they want their answers.
@EventLoop
package final class Session {
  /// By which another connection of the same client names this one.
  package let number: Int64
  /// What shows that it is the same client's.
  package let secret = String(UInt64.random(in: 0...(.max)), radix: 36)
  /// Cancels the session's requests, those of one tag only if there is one; answers how many those
  /// were.
  package var cancel: @EventLoop (_ tag: String?) -> Int = { _ in 0 }
  /// Who is there; nil before authentication.
  package private(set) var principal: Principal?
  /// What they are there by; nil for the owner and for nobody.
  private(set) var credential: Credential?
  /// When it was last looked up who is there.
  private(set) var checkedAt = MonotonicClock.nowMilliseconds
  /// Watches that are open.
  var watches = 0
  /// Failed authentications so far.
  package private(set) var failedLogins = 0
  /// How rows are written where a request does not say.
  package var format = OutputFormat.tsv
  /// Columns of the client's terminal, if it has one.
  package var width: Int?

  /// A session of `principal`, or of nobody yet.
  package init(principal: Principal? = nil) {
    Self.lastNumber += 1
    number = Self.lastNumber
    self.principal = principal
    credential = principal?.unixUser.map { .unixUser($0) }
  }

  private static var lastNumber: Int64 = 0

  func authenticated(_ principal: Principal, tokenHash: String) {
    confirmed(principal)
    credential = .token(tokenHash)
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
    credential = nil
  }
}
