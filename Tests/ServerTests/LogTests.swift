import Access
import CommandLanguage
import EventLoop
import Foundations
import Glibc
import Security
import TestSupport
import Testing

@testable import Server

/// What the log says, and what it must not. Other tests' events are in it too: these look for their
/// own.
@Suite("The log", .serialized)
struct LogTests {
  /// The log, going to a file for a while.
  private final class Kept: Sendable {
    private let path: String

    init() {
      var template = Array("/tmp/sister-log-XXXXXX".utf8CString)
      Log.redirect(to: mkstemp(&template))
      path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
      Log.redirect(to: STDERR_FILENO)
      unlink(path)
    }

    /// Its lines that contain a text, as grep finds them.
    func grep(_ text: String) -> [Substring] {
      (TestSupport.Golden.contents(of: path) ?? "").split(separator: "\n").filter {
        $0.contains(text)
      }
    }
  }

  @Test("A fault's reference finds its one line in the log, and that says what it was")
  func fault() async throws {
    let log = Kept()
    let service = try await TestService.make()
    try await service.sql("ALTER TABLE directory.community RENAME TO gone")
    let server = try await TestServer.start(service)
    let client = try await server.unix()
    let answer = try #require(try await client.ask("community list").last)
    #expect(answer.hasPrefix("- fault.internal "))
    let reference = try #require(answer.firstMatch(of: #/ ref="?([0-9a-z]+)"? /#)?.1)
    let lines = log.grep(String(reference))
    #expect(lines.count == 1)
    let start = #/[0-9TZ:-]{20} error event="fault" ref="[0-9a-z]+" text="42P01 /#
    #expect(lines.first?.prefixMatch(of: start) != nil, "\(lines)")
  }

  @Test("Slow requests have a line with session, principal, command and time; not more than a few")
  func slow() async throws {
    let log = Kept()
    let service = try await TestService.make()
    let server = try await TestServer.start(service.service, slowRequestMilliseconds: 0)
    let client = try await server.unix()
    _ = try await client.ask("grant list community=no-such-town")
    let expected =
      #/.{20} info event="slow request" session="\d+" principal="owner" command="grant list" ms=.+/#
    let lines = log.grep("slow request").filter { $0.wholeMatch(of: expected) != nil }
    #expect(lines.count == 1)
    #expect(log.grep("no-such-town").isEmpty)
    for _ in 0..<200 { _ = try await client.ask("ping") }
    let pings = log.grep(#"command="ping""#).count
    #expect((1...100).contains(pings), "\(pings)")
  }

  @Test("Tokens, passwords and verifiers are never in it, whatever becomes of the request")
  func secrets() async throws {
    let log = Kept()
    let service = try await TestService.make()
    let token = try await service.makeToken(user: "ann", role: .reporter)
    let server = try await TestServer.start(service.service, slowRequestMilliseconds: 0)
    let owner = try await server.unix()
    let verifier = try ScramVerifier(
      password: "correct horse", salt: ScramVerifier.freshSalt(), iterations: 4_096
    ).text
    let wrong = "sister_" + String(repeating: "w", count: 43)
    for line in [
      "auth token=\(wrong)", "auth token=\(token) again=\(token)", "auth \(token) \(token)",
      "auth token=\"\(token)", "auth token={\(wrong.utf8.count)}\n\(wrong)",
      "auth password=hunter2 user=ann", "user password ann verifier=\(verifier)",
      "user password ann verifier=\(verifier)x", "user password nobody \(verifier)",
      "auth token=\(token)",
    ] {
      let client = line.hasPrefix("auth") ? try await server.tcp() : owner
      _ = try await client.ask(line)
    }
    let made = try await owner.ask("token create ann later").last ?? ""
    let secret = try #require(made.firstMatch(of: #/token="?(sister_[^" ]+)/#)?.1)
    #expect(!log.grep("auth.failed").isEmpty)
    for text in [wrong, token, verifier, "SCRAM-SHA-256$", "hunter2", "correct", String(secret)] {
      #expect(log.grep(text).isEmpty, "\(text)")
    }
  }
}
