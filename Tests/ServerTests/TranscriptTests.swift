import Access
import EventLoop
import Glibc
import TestSupport
import Testing

/// Sessions held with `nc`, as the documentation shows them, compared with what is kept in
/// `Golden/*.txt`. Run with `SISTER_RECORD=1` to write those files anew, and read the difference
/// before committing it. Only the milliseconds are replaced; the port, the socket and the token are
/// variables of the shell.
@Suite("Sessions with nc are what the golden files say")
struct TranscriptTests {
  /// A server with some communities, and a token of a program officer.
  private func prepare() async throws -> (TestServer, token: String, TestService) {
    let service = try await TestService.make()
    let token = try await service.makeToken(user: "report.bot", role: .programOfficer)
    try await service.run("community create chicago Chicago US region=Illinois names=芝加哥")
    try await service.run("community create shanghai Shanghai CN names=上海,上海市")
    try await service.run("community create hamburg Hamburg DE")
    return (try await TestServer.start(service), token, service)
  }

  private func check(_ name: String, _ commands: [String]) async throws {
    let (server, token, _) = try await prepare()
    var transcript = ""
    for command in commands {
      let output = try await Shell.run(command, server, token: token)
      transcript +=
        "$ \(command)\n"
        + output.replacing(#/ ms=[0-9]+$/#.anchorsMatchLineEndings(), with: " ms=N")
        .replacing(#/ session=[0-9]+ secret=[a-z0-9]+$/#.anchorsMatchLineEndings()) { _ in
          " session=N secret=S"
        }
      transcript += "\n"
    }
    try Golden.compare(name, transcript)
  }

  @Test(
    "By TCP: greeting, authentication, rows, tags, an error, a write, and the end by half-close")
  func tcp() async throws {
    try await check(
      "tcp",
      [
        #"printf 'auth token="%s"\ncommunity list country=CN\n' "$TOKEN" | nc -N 127.0.0.1 "$PORT""#,
        #"printf 'community list\nping\n' | nc -N 127.0.0.1 "$PORT""#,
        #"printf 'auth %s\n@a community show chicago\n@b ping\n@c community show chicgo\n' "$TOKEN" | nc -N 127.0.0.1 "$PORT""#,
        #"printf 'auth %s\r\ncommunity create lyon Lyon FR\r\ncommunity list country=FR format=json\r\n' "$TOKEN" | nc -N 127.0.0.1 "$PORT""#,
        #"printf 'auth %s\nuser list\n' "$TOKEN" | nc -N 127.0.0.1 "$PORT""#,
        #"printf 'GET / HTTP/1.1\r\n\r\n' | nc -N 127.0.0.1 "$PORT""#,
      ])
  }

  @Test("By the Unix socket: pages, formats, a preview, a key, a literal, and every kind of error")
  func unix() async throws {
    try await check(
      "unix",
      [
        #"printf 'community list limit=2\ncommunity list limit=2 after=hamburg\n' | nc -NU "$SOCKET""#,
        #"printf 'community show chicago format=%s\n' csv json table expanded markdown | nc -NU "$SOCKET""#,
        #"printf 'community create lyon Lyon FR preview=yes\ncommunity create lyon Lyon FR key=K1\ncommunity create lyon Lyon FR key=K1\ncommunity create paris Paris FR key=K1\n' | nc -NU "$SOCKET""#,
        #"printf 'initiative create SDWI area=humanitarian title={12}\nSafe\nwater 1\ninitiative list\n' | nc -NU "$SOCKET""#,
        #"printf 'comunity list\n@t community shwo x\ncommunity create x\ncommunity list cuntry=US\ncommunity list limit=0 country=usa\ncommunity create "x\n' | nc -NU "$SOCKET""#,
        #"printf 'community create chicago Chicago US\ncommunity show nowhere\ncommunity create x X us\nping\0\n\377\nping\n' | nc -NU "$SOCKET""#,
        #"printf 'set format=json\ncommunity list\nquit\nping\n' | nc -NU "$SOCKET""#,
        #"printf 'ping\nping' | nc -NU "$SOCKET""#,
      ])
  }
}
