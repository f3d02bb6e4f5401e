import CommandLanguage
import EventLoop
import Foundations
import Security

/// A login by password under way.
struct ScramLogin {
  var exchange: ScramServer
  /// What the password is checked with.
  let verifier: String
}

/// One connection's memory: who is there, and how they want their answers.
@EventLoop
package final class Session {
  /// By which another connection of the same client names this one.
  package let number: Int64
  /// What shows that it is the same client's.
  package let secret = String(UInt64.random(in: 0...(.max)), radix: 36)
  /// Where the client is: an address, or `unix`. A load balancer may tell it later.
  package var source: String
  /// Cancels the session's requests, those of one tag only if there is one, those in front of a line
  /// only if there is one; answers how many those were.
  package var cancel: @EventLoop (_ tag: String?, _ before: Int?) -> Int = { _, _ in 0 }
  /// What only the two ends of the connection know, under TLS.
  package var channelBinding: [UInt8]?
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
  /// A login by password that waits for the client's proof.
  var scram: ScramLogin?
  /// The transaction that the session is in, were it one that failed, or could not even begin.
  var transaction: SessionTransaction?
  /// Whether the connection has ended.
  var hasEnded = false
  /// The number of the line that runs now, where it runs alone, and of the latest that was urgent.
  package var currentLine = 0
  package var urgentLine = 0
  /// Whether one of the lines since this one was no request.
  package var hasRefusedLine: @EventLoop (_ since: Int) -> Bool = { _ in false }
  /// How rows are written where a request does not say.
  package var format = OutputFormat.tsv
  /// Columns of the client's terminal, if it has one.
  package var width: Int?

  private static var lastNumber: Int64 = 0

  /// A session of a client that is there, of `principal` or of nobody yet.
  package init(source: String = "unix", principal: Principal? = nil) {
    Self.lastNumber += 1
    number = Self.lastNumber
    self.source = source
    self.principal = principal
  }

  /// Whoever is there is known, by a credential or by the connection itself.
  package func begin(as principal: Principal, by credential: Credential? = nil) {
    confirmed(principal)
    self.credential = credential
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
