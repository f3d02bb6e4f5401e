import Access
import CommandLanguage
import Catalog
import EventLoop
import Foundations
import Postgres
import TestSupport
import Testing

@testable import Server

@Suite("Watching what changes")
struct WatchTests {
  @Test("Changes are pushed as they happen, over TCP and over the Unix socket")
  func pushes() async throws {
    let service = try await TestService.make()
    let server = try await TestServer.start(service)
    let token = try await service.makeToken(user: "ann", role: .reporter)
    let remote = try await server.tcp()
    _ = try await remote.ask("auth token=\(token)")
    try await remote.send("watch community\n")
    let start = try await remote.line()
    #expect(start.wholeMatch(of: /! seq=\d+/) != nil)
    let local = try await server.unix()
    try await local.send("@w watch all from=0\n")
    #expect(try await local.line() == "! @w seq=0")
    #expect(try await local.line().contains(" noun=user key=ann change=created "))
    #expect(try await local.line().contains(" noun=token "))
    #expect(try await local.ask("@a community create lyon Lyon FR").count == 1)
    let expected =
      /! seq=(\d+) at=\S+Z noun=community key=lyon change=created command="community create" by=owner fields=code,country,\S*name\S*/
    let pushed = try await remote.line()
    let match = try #require(pushed.wholeMatch(of: expected), "\(pushed)")
    #expect(try await local.line() == "! @w" + pushed.dropFirst(1))
    // Tagged, it runs beside the others, writes included.
    try await local.send("@u user update ann roles=reviewer\n")
    #expect(try await local.line().hasPrefix("+ @u user=ann "))
    let changed = try await local.line()
    #expect(changed.hasPrefix("! @w seq=\((Int(match.1) ?? 0) + 1) "), "\(changed)")
    #expect(changed.contains(" noun=user key=ann change=changed "))
    #expect(changed.hasSuffix(" fields=roles"))
  }

  @Test("A noun or one of its rows is watched, and nothing else")
  func filters() async throws {
    let service = try await TestService.make()
    let server = try await TestServer.start(service)
    let client = try await server.unix()
    try await client.send("@n watch user from=0\n@k watch community nice from=0\n")
    #expect(Set(try await client.lines(2)) == ["! @n seq=0", "! @k seq=0"])
    for line in ["community create lyon Lyon FR", "community create nice Nice FR"] {
      _ = try await service.run(line)
    }
    _ = try await client.ask("@u user create bot reporter")
    let pushed = try await client.lines(2).sorted()
    #expect(pushed[0].hasPrefix("! @k seq=2 "))
    #expect(pushed[0].contains(" noun=community key=nice "))
    #expect(pushed[1].hasPrefix("! @n seq=3 "))
    #expect(pushed[1].contains(" noun=user key=bot "))
    for (line, code) in [
      ("watch comunity", "usage.bad-value"), ("watch community from=-1", "usage.bad-value"),
      ("watch all from=4", "usage.bad-value"), ("watch", "data.required"),
    ] {
      #expect(try await server.unix().ask(line).last?.hasPrefix("- \(code) ") == true, "\(line)")
    }
    #expect(try await server.tcp().ask("watch all").last?.hasPrefix("- auth.required ") == true)
  }

  @Test("Who may not list a noun does not see that it changes")
  func rights() async throws {
    let service = try await TestService.make()
    let server = try await TestServer.start(service)
    for line in [
      "program create SUMMER Summer profile=SCI-short", "community create kyoto Kyoto JP",
      "conference create meet Meeting kyoto starts=2027-07-01 ends=2027-07-02 timezone=Asia/Tokyo",
      "ticket-type create meet regular Regular 10",
      "quota create meet hall 5 ticket-types=regular", "conference open meet",
      "registration create meet regular a@example.org Ann",
    ] { try await service.run(line) }
    var tokens: [Role: String] = [:]
    for role in [Role.admin, .desk, .finance, .safeguarding] {
      tokens[role] = try await service.makeToken(user: "x.\(role.rawValue)", role: role)
    }
    let seal = try await server.unix()
    _ = try await seal.ask("community create zulu Zulu JP")
    func nouns(_ role: Role) async throws -> Set<String> {
      let client = try await server.tcp()
      _ = try await client.ask("auth \(tokens[role] ?? "")")
      // Behind everything, each sees something that it may see.
      try await client.send("@w watch all from=0\n")
      _ = try await client.line()
      var found: Set<String> = []
      let last = role == .desk ? "noun=registration" : "key=zulu"
      while true {
        let line = try await client.line()
        if let noun = line.firstMatch(of: /\bnoun=(\S+)/) { found.insert(String(noun.1)) }
        if line.contains(last) { return found }
      }
    }
    let public_: Set<String> = ["community", "conference", "ticket-type", "quota"]
    let access: Set<String> = ["user", "token"]
    #expect(
      try await nouns(.admin) == public_.union(["program", "registration"]).union(access))
    #expect(try await nouns(.desk) == public_.union(["registration"]).subtracting(["community"]))
    #expect(try await nouns(.finance) == public_)
    #expect(try await nouns(.safeguarding) == ["community", "program"])
    for (role, noun) in [
      (Role.desk, "program"), (.desk, "user"), (.finance, "registration"), (.finance, "guardian"),
    ] {
      let error = await service.failure("watch \(noun)", as: role)
      #expect(error?.code == .commandDenied, "\(role) \(noun)")
    }
  }

  @Test("A watch is cancelled by its tag, ended by quit, and its place is given back")
  func cancel() async throws {
    let service = try await TestService.make()
    let server = try await TestServer.start(service)
    let client = try await server.unix()
    try await client.send("@w watch community kyoto\n@x watch all\n")
    #expect(Set(try await client.lines(2)) == ["! @w seq=0", "! @x seq=0"])
    try await client.send("@c cancel @w\n")
    let answers = try await client.lines(2).sorted()
    #expect(answers[0].hasPrefix("+ @c cancelled=1 "))
    #expect(answers[1].hasPrefix("- @w cancelled.client retry=no effect=none "))
    #expect(answers[1].contains(#" try="watch community \"kyoto\" from=0" "#))
    try await client.send("quit\n")
    let rest = try await client.rest().sorted()
    #expect(rest.first?.hasPrefix("+ bye=yes ") == true)
    #expect(rest.last?.hasPrefix("- @x busy.draining ") == true)
    let gone = try await server.unix()
    try await gone.send("watch all\n")
    _ = try await gone.line()
    await gone.close()
    try await eventually("no watch is open") { await service.service.changes.watches == 0 }
    // Whoever sends nothing more may listen all the same.
    let silent = try await server.unix()
    try await silent.send("watch community\n")
    await silent.halfClose()
    _ = try await silent.line()
    try await service.run("community create lyon Lyon FR")
    _ = try await service.service.sealAudit()
    var line = ""
    while !line.contains(" key=lyon ") { line = try await silent.line() }
  }

  @Test("A server that stops ends its watches, and says how to go on")
  func drain() async throws {
    let service = try await TestService.make()
    let server = try await TestServer.start(service)
    let client = try await server.unix()
    try await client.send("watch all\n")
    _ = try await client.line()
    async let drained: Void = server.drain()
    let rest = try await client.rest()
    #expect(rest.first?.hasPrefix("* drain=yes ") == true)
    #expect(rest.last?.hasPrefix("- busy.draining retry=1 ") == true)
    #expect(rest.last?.contains(#" try="watch all from=0" "#) == true)
    await drained
  }

  @Test(
    "A watcher that does not read holds no more than a little; when it reads, nothing is missing")
  func slow() async throws {
    let service = try await TestService.make()
    let count = 8_000
    let administrator = TestCluster.shared.lease.connectionString(
      role: .administrator, database: service.databaseName)
    try await blocking {
      _ = try RawConnection.exec(
        administrator,
        """
        INSERT INTO audit.entry (principal, command, request)
        SELECT 'ann', 'community create', '' FROM generate_series(1, \(count));
        INSERT INTO audit.change (entry_id, relation, row_key, after)
        SELECT n, 'directory.community', 'c' || n, '{"code": "x"}'
        FROM generate_series(1, \(count)) n
        """)
    }
    let server = try await TestServer.start(service)
    let client = try await server.unix()
    try await eventually("all is sealed") {
      (try? await service.service.sealAudit())?.finalChange == Int64(count)
    }
    try await client.send("watch community from=0\n")
    try await eventually("output waits") {
      await server.server.queuedBytes > Limits.queuedOutputBytes
    }
    for _ in 0..<10 {
      await EventLoop.sleep(milliseconds: 20)
      let most = Limits.queuedOutputBytes + Int(Limits.watchRows) * 150
      #expect(await server.server.queuedBytes <= most)
    }
    #expect(try await client.line() == "! seq=0")
    for number in 1...count {
      let line = try await client.line()
      guard line.hasPrefix("! seq=\(number) ") else {
        Issue.record("\(line) where seq=\(number) should be")
        return
      }
    }
  }

  @Test("There are no more watches than the server keeps")
  func limit() async throws {
    let service = try await TestService.make()
    let server = try await TestServer.start(service)
    var clients: [TestClient] = []
    for _ in 0..<(Limits.watches / Limits.watchesOfConnection) {
      let client = try await server.unix()
      clients.append(client)
      for tag in 1...Limits.watchesOfConnection { try await client.send("@t\(tag) watch all\n") }
      _ = try await client.lines(Limits.watchesOfConnection)
    }
    #expect(try await clients[0].ask("watch all").last?.hasPrefix("- busy.watches ") == true)
    try await clients[0].send("@c cancel @t1\n")
    let answers = try await clients[0].lines(2).sorted()
    #expect(answers[0].hasPrefix("+ @c cancelled=1 "))
    #expect(answers[1].hasPrefix("- @t1 cancelled.client "))
    try await clients[0].send("@t1 watch all\n")
    #expect(try await clients[0].line() == "! @t1 seq=0")
    let last = try await server.unix()
    #expect(try await last.ask("watch all").last?.hasPrefix("- busy.watches ") == true)
    for client in clients { await client.close() }
    try await eventually("no watch is open") { await service.service.changes.watches == 0 }
    try await last.send("watch all\n")
    #expect(try await last.line() == "! seq=0")
  }
}
