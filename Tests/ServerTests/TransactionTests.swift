import CommandLanguage
import EventLoop
import Foundations
import Postgres
import TestSupport
import Testing

@testable import Server

@Suite("Several commands that happen together")
struct TransactionTests {
  private func prepared() async throws -> (TestService, TestServer, TestClient) {
    let service = try await TestService.make()
    let server = try await TestServer.start(service)
    return (service, server, try await server.unix())
  }

  private func communities(_ service: TestService) async throws -> [String?] {
    try await service.sql("SELECT code FROM directory.community ORDER BY code").map { $0[0] }
  }

  @Test("What is committed happens, is seen before that by its own session only, and is audited")
  func commit() async throws {
    let (service, server, client) = try await prepared()
    let other = try await server.unix()
    try await client.send(
      "begin\ncommunity create lyon Lyon FR\ncommunity create paris Paris FR key=K1\n"
        + "community list\ncommunity show nowhere\n")
    let lines = try await client.lines(7)
    #expect(lines[0].hasPrefix("+ transaction=open "))
    #expect(lines[1].hasPrefix("+ code=lyon "))
    #expect(lines[2].hasPrefix("+ code=paris "))
    #expect(lines.dropFirst(4).first?.hasPrefix("| lyon\t") == true)
    #expect(lines[6].hasPrefix("+ rows=2 "))
    #expect(try await client.line().hasPrefix("- missing.community "), "which spoils nothing")
    #expect(try await other.ask("community list").last?.hasPrefix("+ rows=0 ") == true)
    #expect(try await client.ask("commit").last?.hasPrefix("+ committed=2 ") == true)
    #expect(try await other.ask("community list").last?.hasPrefix("+ rows=2 ") == true)
    #expect(try await service.sql("SELECT command FROM audit.entry").count == 2)
    let again = try await client.ask("community create paris Paris FR key=K1")
    #expect(again.last?.contains(" replayed=yes") == true)
  }

  @Test("What was sent behind a begin that failed does not happen by itself")
  func failedBegin() async throws {
    let (service, _, client) = try await prepared()
    try await client.send("begin now\ncommunity create lyon Lyon FR\ncommunity list\n")
    #expect(try await client.line().hasPrefix("- usage.unknown-argument "))
    for _ in 1...2 {
      let line = try await client.line()
      #expect(line.hasPrefix("- conflict.transaction-failed "))
      #expect(line.contains("begin failed (usage.unknown-argument)"))
    }
    #expect(try await client.ask("ping").last?.hasPrefix("+ ") == true)
    #expect(
      try await client.ask("commit").last?.hasPrefix("- conflict.transaction-failed ") == true)
    #expect(try await communities(service).isEmpty)
    #expect(try await client.ask("community create lyon Lyon FR").last?.hasPrefix("+ ") == true)

    // Another begin, or a rollback, mends it.
    #expect(try await client.ask("begin now").last?.hasPrefix("- ") == true)
    #expect(try await client.ask("begin").last?.hasPrefix("+ transaction=open ") == true)
    #expect(try await client.ask("community create paris Paris FR").last?.hasPrefix("+ ") == true)
    #expect(try await client.ask("begin").last?.hasPrefix("- conflict.transaction-open ") == true)
    #expect(try await client.ask("commit").last?.hasPrefix("+ committed=1 ") == true)
    #expect(try await client.ask("begin now").last?.hasPrefix("- ") == true)
    #expect(try await client.ask("rollback").last?.hasPrefix("+ rolled-back=0 ") == true)
    #expect(try await client.ask("community create rome Rome IT").last?.hasPrefix("+ ") == true)
    #expect(try await communities(service) == ["lyon", "paris", "rome"])
  }

  @Test("Nor does it where begin was cancelled while it waited")
  func cancelledBegin() async throws {
    let gate = Gate()
    let server = try await TestServer.withoutDatabase(gate)
    let client = try await server.unix()
    try await client.send("@a gate hold a\n@b begin\n@c community create lyon Lyon FR\n")
    try await gate.arrival("a")
    #expect(try await client.ask("cancel @b").first?.hasPrefix("- @b cancelled.client ") == true)
    await gate.open("a")
    let lines = try await client.lines(3)
    #expect(lines.contains { $0.hasPrefix("+ @a ") })
    #expect(lines.contains { $0.hasPrefix("- @c conflict.transaction-failed ") })
    // Control: without a begin, it is the database that is missing.
    #expect(try await client.ask("rollback").last?.hasPrefix("+ rolled-back=0 ") == true)
    let line = try await client.ask("community create lyon Lyon FR").last
    #expect(line?.hasPrefix("- busy.database ") == true)
  }

  @Test("A preview within it shows its changes and undoes them; a batched write is part of it")
  func preview() async throws {
    let service = try await TestService.makeWithDemo()
    let server = try await TestServer.start(service)
    let client = try await server.unix()
    let rows = "SELECT count(*) FROM conferences.registration"
    let before = try await service.sql(rows)
    _ = try await client.ask("begin")
    let preview = try await client.ask("community create lyon Lyon FR preview=yes")
    #expect(preview.contains { $0.contains("directory.community") })
    let register = "registration create houston-2019 member ann@example.org \"Ann\""
    let line = try await client.ask(register)
    #expect(line.last?.hasPrefix("+ ") == true, "\(line)")
    #expect(try await service.sql(rows) == before)
    #expect(try await client.ask("rollback").last?.hasPrefix("+ rolled-back=1 ") == true)
    #expect(try await service.sql(rows) == before)
    #expect(try await !communities(service).contains("lyon"))
  }

  @Test(
    "When one fails, commit says so and nothing happens, however it was sent",
    arguments: [
      "community create lyon Lyon FR", "community create x", "comunity create x X FR",
      "community create \"x", "community create x X FR\u{0}",
    ])
  func failure(bad: String) async throws {
    let (service, _, client) = try await prepared()
    try await client.send(
      "begin\ncommunity create lyon Lyon FR\n\(bad)\ncommunity create paris Paris FR\ncommit\nping\n"
    )
    let lines = try await client.lines(6)
    #expect(lines[2].hasPrefix("- "))
    #expect(lines[4].hasPrefix("- conflict.transaction-failed retry=no effect=none "))
    #expect(lines[5].hasPrefix("+ ms="))
    #expect(try await communities(service) == [])
    // It is over: the next write is its own.
    #expect(try await client.ask("community create nice Nice FR").last?.hasPrefix("+ ") == true)
    #expect(try await communities(service) == ["nice"])
  }

  @Test("What follows a failure is not run, reads neither, until it is rolled back")
  func afterFailure() async throws {
    let (service, _, client) = try await prepared()
    _ = try await client.ask("begin")
    _ = try await client.ask("community create x")
    for line in ["community create lyon Lyon FR", "community list", "begin"] {
      #expect(
        try await client.ask(line).last?.hasPrefix("- conflict.transaction-failed ") == true)
    }
    // What is about the session goes on: the prompt explains a line before it sends it.
    for line in ["explain rollback", "help commit", "complete line=ro", "set format=tsv", "cancel"]
    {
      #expect(try await client.ask(line).last?.hasPrefix("+ ") == true, "\(line)")
    }
    #expect(try await client.ask("rollback").last?.hasPrefix("+ rolled-back=0 ") == true)
    #expect(try await client.ask("rollback").last?.hasPrefix("- conflict.no-transaction ") == true)
    #expect(try await client.ask("commit").last?.hasPrefix("- conflict.no-transaction ") == true)
    #expect(try await communities(service) == [])
  }

  @Test("Begin within it and lists that stream are refused, and a lost client commits nothing")
  func limits() async throws {
    let (service, server, client) = try await prepared()
    _ = try await client.ask("begin")
    #expect(
      try await client.ask("community list limit=all format=csv").last?
        .hasPrefix("- conflict.transaction-open ") == true)
    #expect(try await client.ask("begin").last?.hasPrefix("- conflict.transaction-open ") == true)
    _ = try await client.ask("community create lyon Lyon FR")
    await client.close()
    try await server.waitForConnections(0)
    // Its connection is free again, and its locks are gone.
    for _ in 0..<8 {
      let next = try await server.unix()
      _ = try await next.ask("begin")
      #expect(try await next.ask("community create lyon Lyon FR").last?.hasPrefix("+ ") == true)
      await next.close()
    }
    #expect(try await communities(service) == [])
  }

  @Test("A write that comes with its client's end is not done by itself, however it falls")
  func lostBehindWrite() async throws {
    let (service, server, _) = try await prepared()
    for round in 0..<30 {
      let client = try await server.unix()
      _ = try await client.ask("begin")
      try await client.send(
        "community create a\(round) A\(round) FR\ncommunity create b\(round) B\(round) FR key=K\(round)\n"
      )
      for _ in 0..<(round % 6) { await Task.yield() }
      await client.close()
    }
    try await server.waitForConnections(0)
    #expect(try await communities(service) == [])
    // No connection was lost with them.
    for _ in 0..<6 {
      let next = try await server.unix()
      #expect(try await next.ask("begin").last?.hasPrefix("+ ") == true)
      await next.close()
    }
  }

  @Test("Who is gone while waiting for a transaction leaves none behind")
  func lostInQueue() async throws {
    let (_, server, _) = try await prepared()
    var holders: [TestClient] = []
    for _ in 0..<Limits.openTransactions {
      let holder = try await server.unix()
      _ = try await holder.ask("begin")
      holders.append(holder)
    }
    for _ in 0..<6 {
      let late = try await server.unix()
      try await late.send("begin\n")
      await Task.yield()
      await late.close()
    }
    for holder in holders { await holder.close() }
    try await server.waitForConnections(0)
    for _ in 0..<8 {
      let next = try await server.unix()
      #expect(try await next.ask("begin").last?.hasPrefix("+ ") == true)
      await next.close()
    }
  }

  @Test("A refused import and a write that was cancelled while it waited spoil it like any failure")
  func spoiled() async throws {
    let (service, _, client) = try await prepared()
    try await client.send(
      "begin\nimport \"community create\" data=\"code,name,country\\nx,X,usa\\n\"\ncommit\n")
    let lines = try await client.lines(5)
    #expect(lines[3].hasPrefix("- data.rows-refused "))
    #expect(lines[4].hasPrefix("- conflict.transaction-failed "))

    let lock = try RawConnection(service.connectionString(.owner))
    try lock.exec("BEGIN; LOCK TABLE directory.community IN ACCESS EXCLUSIVE MODE")
    try await client.send(
      "begin\n@a community create a A FR\n@b community create b B FR\n@c community create c C FR\n")
    _ = try await client.line()
    try await client.send("@x cancel @b\n")
    #expect(try await client.lines(2).contains { $0.hasPrefix("- @b cancelled.client ") })
    try lock.exec("ROLLBACK")
    _ = try await client.lines(2)
    #expect(
      try await client.ask("commit").last?.hasPrefix("- conflict.transaction-failed ") == true)
    #expect(try await communities(service) == [])
  }

  @Test("One that takes too long in all is given up, and says so; nothing after it slips through")
  func overdue() async throws {
    let (service, server, client) = try await prepared()
    _ = try await client.ask("begin")
    _ = try await client.ask("community create lyon Lyon FR")
    let now = MonotonicClock.nowMilliseconds
    await server.server.sweep(at: now + Limits.transactionMilliseconds + 1)
    let late = try await client.ask("community create paris Paris FR")
    #expect(late.last?.hasPrefix("- conflict.transaction-failed ") == true)
    #expect(late.last?.contains("cancelled.timeout") == true)
    let commit = try await client.ask("commit")
    #expect(commit.last?.hasPrefix("- conflict.transaction-failed ") == true)
    #expect(commit.last?.contains("left alone for 10 s") == true)
    #expect(try await communities(service) == [])
  }

  @Test("PostgreSQL itself ends one that is left alone: its locks do not outlive the limit")
  func idle() async throws {
    let (service, _, client) = try await prepared()
    _ = try await client.ask("begin")
    _ = try await client.ask("community create lyon Lyon FR")
    // As it does when the time is over, which is longer than a test may take.
    let administrator = service.connectionString(.administrator)
    let ended = try await blocking {
      try RawConnection.exec(
        administrator,
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'idle in transaction'
        """)
    }
    #expect(ended == [["t"]])
    try await eventually("it is noticed") {
      let answer = try? await client.ask("community create paris Paris FR")
      return answer?.last?.contains("cancelled.timeout") == true
    }
    #expect(
      try await client.ask("commit").last?.hasPrefix("- conflict.transaction-failed ") == true)
    #expect(try await communities(service) == [])
  }

  @Test("Within it, revisions are those that its own commands have made, each compared by itself")
  func revisions() async throws {
    let (service, _, client) = try await prepared()
    for code in ["A", "B"] {
      try await service.run("initiative create \(code) Title humanitarian")
    }
    try await service.run("initiative update B title=Other")
    _ = try await client.ask("begin")
    for line in [
      "initiative update A title=One if-rev=1", "initiative update B title=Two",
      "initiative update A title=Three if-rev=2 preview=yes",
      "initiative activate A if-rev=2", "initiative activate B",
      "community create lyon Lyon FR", "initiative complete A if-rev=3",
    ] {
      #expect(try await client.ask(line).last?.hasPrefix("+ ") == true, "\(line)")
    }
    #expect(try await client.ask("commit").last?.hasPrefix("+ committed=6 ") == true)

    _ = try await client.ask("begin")
    _ = try await client.ask("initiative complete B if-rev=4")
    let stale = try await client.ask("initiative update A title=Four if-rev=3")
    #expect(
      stale.last?.hasPrefix(
        "- conflict.revision retry=no effect=none arg=if-rev try=\"initiative show A\" ") == true,
      "\(stale)")
    #expect(
      try await client.ask("commit").last?.hasPrefix("- conflict.transaction-failed ") == true)
    let shown = try await service.run("initiative show B").rows.first
    #expect(shown?["state"] == .text("active") && shown?["revision"] == .integer(4))
  }

  @Test("A saved request has no revision to compare: it reads")
  func savedRevision() async throws {
    let (service, _, client) = try await prepared()
    try await service.run("initiative create A Title humanitarian")
    let write = try await client.ask(#"saved create x request="initiative activate A if-rev=1""#)
    #expect(write.last?.hasPrefix("- data.unsaveable ") == true)
    _ = try await client.ask(#"saved create x request="initiative list""#)
    #expect(try await client.ask("saved run x").last?.hasPrefix("+ rows=1 ") == true)
    let added = try await client.ask("saved run x if-rev=1")
    #expect(added.last?.hasPrefix("- usage.unknown-argument ") == true)
    let saving = try await client.ask(#"saved create y request="initiative list" if-rev=1"#)
    #expect(saving.last?.hasPrefix("- usage.unknown-argument ") == true)
  }
}
