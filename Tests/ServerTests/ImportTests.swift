import Access
import EventLoop
import Foundations
import Postgres
import TestSupport
import Testing

@testable import Server

@Suite("Importing rows")
struct ImportTests {
  private func prepared() async throws -> (TestService, TestServer, TestClient) {
    let service = try await TestService.make()
    let server = try await TestServer.start(service)
    return (service, server, try await server.unix())
  }

  /// The lines of an answer to an import of a text.
  private func load(
    _ client: TestClient, _ command: String, _ text: String, _ options: String = ""
  ) async throws -> [String] {
    try await send(client, command, text, options)
    return try await answer(client)
  }

  private func send(
    _ client: TestClient, _ command: String, _ text: String, _ options: String, tag: String = ""
  ) async throws {
    let bytes = Array(text.utf8)
    try await client.send(tag + "import \"\(command)\" \(options) data={\(bytes.count)}\n")
    try await client.send(bytes + [0x0A])
  }

  private func answer(_ client: TestClient) async throws -> [String] {
    var lines: [String] = []
    repeat {
      lines.append(try await client.line())
    } while !["+ ", "- "].contains(lines.last?.prefix(2) ?? "")
    return lines
  }

  private func count(_ service: TestService) async throws -> String? {
    try await service.sql("SELECT count(*) FROM directory.community")[0][0]
  }

  @Test("Thousands of rows with bad ones among them: each is named by its line, and none is kept")
  func refusals() async throws {
    let (service, _, client) = try await prepared()
    var text = "code,name,country\n"
    for number in 2...3_001 {
      switch number {
      case 700: text += "c700,Nowhere,usa\n"
      case 1_500: text += "c3,Again,FR\n"
      case 2_999: text += "c2999,\"Two\nlines\",FR,more\n"
      default: text += "c\(number),\"Name \(number), 友好\",FR\n"
      }
    }
    let refused = try await load(client, "community create", text)
    #expect(refused[0] == "# line:integer\targument:text\tcode:text\tmessage:text")
    #expect(refused[1].hasPrefix("| 700\tcountry\tusage.bad-value\tcountry is "))
    #expect(refused[2].hasPrefix("| 1500\t\\N\tconflict.duplicate\t"))
    #expect(refused[3].hasPrefix("| 2999\t\\N\tdata.invalid\tit has 4 cells"))
    #expect(refused.count == 5)
    #expect(
      refused[4].hasPrefix("- data.rows-refused retry=no effect=none arg=data msg=\"3 of 3000 "))
    #expect(try await count(service) == "0")

    let skipped = try await load(client, "community create", text, "on-error=skip key=K1")
    #expect(skipped.last?.hasPrefix("+ rows=3 ") == true)
    #expect(skipped.last?.contains(" imported=2997 refused=3 ") == true)
    #expect(try await count(service) == "2997")
    // All of it is one entry of the audit, with every row.
    let entry = try await service.sql(
      "SELECT e.command, count(*) FROM audit.entry e JOIN audit.change c ON c.entry_id = e.id GROUP BY 1"
    )
    #expect(entry == [["import", "2997"]])
    let again = try await load(client, "community create", text, "on-error=skip key=K1")
    #expect(again.last?.contains(" imported=2997 refused=3 ") == true)
    #expect(again.last?.contains(" replayed=yes ") == true)
    let other = try await load(
      client, "community create", "code,name,country\nlyon,Lyon,FR\n", "on-error=skip key=K1")
    #expect(other.last?.hasPrefix("- conflict.idempotency ") == true)
    #expect(try await count(service) == "2997")
    #expect(try await client.ask("ping").count == 1)
  }

  @Test("An import that waits says so every second to whoever asked for it, and to nobody else")
  func progress() async throws {
    let (_, server, holder) = try await prepared()
    let asking = try await server.unix()
    let other = try await server.unix()
    _ = try await holder.ask("begin")
    let header = "code,name,country\n"
    for row in ["lyon,Lyon,FR", "nice,Nice,FR"] {
      _ = try await holder.ask("community create \(row.replacing(",", with: " "))")
    }
    _ = try await asking.ask("begin")
    try await send(
      asking, "community create", header + "lyon,Lyon,FR\n", "progress=yes", tag: "@a ")
    try await send(other, "community create", header + "nice,Nice,FR\n", "")
    for _ in 0..<2 {
      #expect(try await asking.line().wholeMatch(of: #/% @a rows=1 ms=[1-9][0-9]*/#) != nil)
    }
    _ = try await holder.ask("rollback")
    let asked = try await answer(asking).filter { !$0.hasPrefix("% @a ") }
    // Nothing is said any more, and what is asked next is answered by itself.
    try await Task.sleep(for: .milliseconds(1_200))
    #expect(try await asking.ask("rollback").count == 1)
    for lines in [asked, try await answer(other)] {
      #expect(lines.count == 2 && lines.last?.contains(" imported=1 ") == true, "\(lines)")
    }
  }

  @Test("A preview counts and keeps nothing; in a transaction it is a part of that")
  func preview() async throws {
    let (service, _, client) = try await prepared()
    let text = "country,code,name\nFR,lyon,Lyon\nFR,nice,Nice\n"
    let preview = try await load(client, "community create", text, "preview=yes")
    #expect(preview.last?.contains(" imported=2 refused=0 ") == true)
    #expect(try await count(service) == "0")
    _ = try await client.ask("begin")
    #expect(try await load(client, "community create", text).last?.hasPrefix("+ ") == true)
    #expect(try await client.ask("rollback").last?.hasPrefix("+ rolled-back=1 ") == true)
    #expect(try await count(service) == "0")
    #expect(try await load(client, "community create", text).last?.hasPrefix("+ ") == true)
    #expect(try await count(service) == "2")
  }

  @Test("Registrations, which go in batches otherwise, are refused by the same rules")
  func batched() async throws {
    let service = try await TestService.makeWithDemo()
    let client = try await TestServer.start(service).unix()
    let text = """
      conference,ticket-type,email,name
      houston-2019,member,ann@example.org,Ann
      houston-2019,membre,ben@example.org,Ben
      houston-2019,member,ann@example.org,Ann again

      """
    let answer = try await load(client, "registration create", text, "on-error=skip")
    #expect(answer.last?.contains(" imported=1 refused=2 ") == true)
    #expect(answer[1].hasPrefix("| 3\t\\N\tmissing.ticket-type\t"))
    #expect(answer[2].hasPrefix("| 4\t\\N\tconflict."))
  }

  @Test(
    "What cannot be imported is said before a row is read",
    arguments: [
      ("community shwo", "a\n", "usage.not-importable"),
      ("community list", "a\n", "usage.not-importable"),
      ("token create", "user,label\na,b\n", "usage.not-importable"),
      ("community create", "", "data.required"),
      ("community create", "code,nmae,country\n", "usage.unknown-argument"),
      ("community create", "code,code,country\n", "usage.unknown-argument"),
      ("community create", "code,name\nlyon,Lyon\n", "data.required"),
      ("community create", "\"code\n", "data.invalid"),
    ])
  func wrong(command: String, text: String, code: String) async throws {
    let (service, _, client) = try await prepared()
    let more = text.isEmpty ? "" : String(repeating: "x,y,FR\n", count: 9_000)
    let answer = try await load(client, command, text + more)
    #expect(answer.count == 1)
    #expect(answer[0].hasPrefix("- \(code) "))
    #expect(try await client.ask("ping").count == 1, "what was left of it has gone by")
    #expect(try await count(service) == "0")
  }

  @Test("Whoever may not run the command may not import it; short rows stand in the line")
  func rights() async throws {
    let service = try await TestService.make()
    let token = try await service.makeToken(user: "reader", role: .reviewer)
    let client = try await TestServer.start(service).tcp()
    _ = try await client.ask("auth \(token)")
    let line = #"import "community create" data="code,name,country\nlyon,Lyon,FR\n""#
    #expect(try await client.ask(line).last?.hasPrefix("- denied.command ") == true)
    try await service.run("user update reader roles=admin")
    try await service.run("whoami")
    let other = try await TestServer.start(service).unix()
    #expect(try await other.ask(line).last?.contains(" imported=1 refused=0 ") == true)
  }

  @Test("A login and a long import in one go: the import waits until it is known who asks")
  func pipelined() async throws {
    let service = try await TestService.make()
    let token = try await service.makeToken(user: "bot", role: .admin)
    let client = try await TestServer.start(service).tcp()
    let rows = (0..<2_000).map { "c\($0),N\($0),FR\n" }.joined()
    let text = "code,name,country\n" + rows
    try await client.send(
      "auth \(token)\nimport \"community create\" data={\(text.utf8.count)}\n\(text)\nping\n")
    await client.halfClose()
    let lines = try await client.rest()
    #expect(lines.count == 4)
    #expect(lines[2].contains(" imported=2000 refused=0 "))
    #expect(lines[3].hasPrefix("+ ms="))
    // A stranger's is refused as before.
    let stranger = try await TestServer.start(service).tcp()
    try await stranger.send("ping\nimport \"community create\" data={5000}\n")
    #expect(try await stranger.rest().last?.hasPrefix("- proto.overflow ") == true)
  }

  @Test("An import that is cancelled while it waits is refused, and its bytes go by")
  func cancelled() async throws {
    let (service, server, other) = try await prepared()
    let client = try await TestClient(path: server.socketPath)
    let greeting = try await client.line()
    let session = try #require(greeting.firstMatch(of: #/session=[0-9]+ secret=[a-z0-9]+/#)).0
    let lock = try RawConnection(service.connectionString(.owner))
    try lock.exec("BEGIN; LOCK TABLE directory.community IN ACCESS EXCLUSIVE MODE")
    try await client.send(
      "@w community create w W FR\n@i import \"community create\" data={200000}\n")
    try await eventually("the import waits behind the write") {
      (try? await other.ask("cancel @i \(session)").last?.hasPrefix("+ cancelled=1 ")) == true
    }
    #expect(try await client.line().hasPrefix("- @i cancelled.client "))
    try lock.exec("ROLLBACK")
    try await client.send(Array(repeating: UInt8(ascii: "x"), count: 200_000) + [0x0A])
    #expect(try await client.line().hasPrefix("+ @w code=w "))
    #expect(try await client.ask("ping").count == 1)
  }

  @Test("A literal that does not end where it should is answered once, and ends the connection")
  func withoutEnd() async throws {
    let (service, server, _) = try await prepared()
    for (line, answers) in [
      ("@i import \"community create\" data={31}\n", ["- @i proto.overflow "]),
      ("@i import \"nothing\" data={31}\n", ["- @i usage.not-importable ", "- proto.overflow "]),
    ] {
      let client = try await server.unix()
      let start = MonotonicClock.nowMilliseconds
      try await client.send(line + "code,name,country\nlyon,Lyon,FR;;\nping\n")
      let lines = try await client.rest()
      #expect(MonotonicClock.nowMilliseconds - start < Limits.transactionIdleMilliseconds)
      #expect(lines.count == answers.count, "\(lines)")
      #expect(zip(lines, answers).allSatisfy { $0.hasPrefix($1) }, "\(lines)")
      #expect(lines.last?.contains(" fatal=yes ") == true)
    }
    #expect(try await count(service) == "0")
  }

  @Test("A client that goes, or stops, in the middle leaves nothing behind")
  func broken() async throws {
    let (service, server, client) = try await prepared()
    try await client.send("import \"community create\" data={100000}\ncode,name,country\n")
    for number in 0..<2_000 { try await client.send("c\(number),N\(number),FR\n") }
    await client.close()
    try await server.waitForConnections(0)
    let half = try await server.unix()
    try await half.send(
      "import \"community create\" data={100000}\ncode,name,country\nlyon,Lyon,FR\n")
    await half.halfClose()
    let lines = try await half.rest()
    #expect(lines.count == 1, "\(lines)")
    #expect(lines.first?.hasPrefix("- proto.truncated ") == true)
    #expect(try await count(service) == "0")
    for _ in 0..<6 { _ = try await server.unix().ask("begin") }
  }

  @Test(
    "A list of pairs whose client goes, or whose database connection dies, leaves nothing behind")
  func brokenList() async throws {
    let (service, server, client) = try await prepared()
    _ = try await client.ask("source create list List")
    let head = "directory import list data={1000000}\ncity1,country1,city2,country2\n"
    let pairs = (0..<5_000).map { "Town \($0),France,City \($0),Germany\n" }.joined()
    let left = """
      SELECT (SELECT count(*) FROM directory.community), (SELECT count(*) FROM directory.partnership),
        (SELECT count(*) FROM directory.import_row), (SELECT count(*) FROM directory.import_run)
      """
    let open =
      "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' "
      + "AND datname = current_database()"
    try await client.send(head + pairs)
    try await eventually("rows have come to the database") {
      (try? await service.serviceSQL(open)) == [["1"]]
    }
    await client.close()
    try await server.waitForConnections(0)
    try await eventually("the transaction has ended") {
      (try? await service.serviceSQL(open)) == [["0"]]
    }
    #expect(try await service.sql(left) == [["0", "0", "0", "0"]])
    let other = try await server.unix()
    try await other.send(head + pairs)
    try await eventually("rows have come to the database") {
      (try? await service.serviceSQL(open)) == [["1"]]
    }
    try await service.serviceSQL(
      """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'
        AND datname = current_database()
      """)
    try await other.send(pairs)
    #expect(try await service.sql(left) == [["0", "0", "0", "0"]])
    // The same list, whole, comes in.
    let whole = try await server.unix()
    let text = "city1,country1,city2,country2\n" + pairs
    try await whole.send("directory import list data={\(text.utf8.count)}\n\(text)\n")
    let lines = try await whole.lines(2)
    #expect(lines.last?.contains(" added=5000 ") == true, "\(lines)")
  }
}
