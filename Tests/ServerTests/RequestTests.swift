import CommandLanguage
import EventLoop
import Foundations
import Server
import TestSupport
import Testing

@Suite("Requests over real sockets")
struct RequestTests {
  @Test("Rows come between a head and one status line; writes are durable for the next connection")
  func rows() async throws {
    let service = try await TestService.make()
    let server = try await TestServer.start(service)
    let first = try await server.unix()
    let names = #"names="芝加哥""#
    #expect(
      try await first.ask("community create chicago Chicago US region=Illinois \(names)")[0]
        .hasPrefix("+ code=chicago name=Chicago ms="))
    let second = try await server.unix()
    let answer = try await second.ask("community show chicago")
    #expect(answer.count == 3)
    #expect(answer[0].hasPrefix("# code:text\tname:text\t"))
    #expect(answer[1].hasPrefix("| chicago\tChicago\t"))
    #expect(answer[1].contains("芝加哥"))
    #expect(answer[2].hasPrefix("+ rows=1 crc32c="))
  }

  @Test("A literal carries what no line can")
  func literal() async throws {
    let service = try await TestService.make()
    let server = try await TestServer.start(service)
    let client = try await server.unix()
    let title = "Two\nlines, \"quoted\" \\ 友"
    try await client.send(
      "initiative create SDWI area=humanitarian title={\(title.utf8.count)}\n\(title)\n")
    #expect(try await client.line().hasPrefix("+ code=SDWI "))
    #expect(try await service.run("initiative list").rows.first?["title"] == .text(title))
  }

  @Test("16 requests under way are answered in the order sent, however they finish")
  func pipelining() async throws {
    let gate = Gate()
    let server = try await TestServer.withoutDatabase(gate)
    let client = try await server.tcp()
    let names = (10..<26).map { "r\($0)" }
    try await client.send(names.map { "gate read \($0)\n" }.joined())
    for name in names { try await gate.arrival(name) }
    for name in names.reversed() { await gate.open(name) }
    let lines = try await client.lines(48)
    #expect(lines.filter { $0.hasPrefix("| ") } == names.map { "| \($0)" })
    #expect(lines.count { $0.hasPrefix("+ rows=1 ") } == 16)
  }

  @Test("Past 16 under way nothing more is taken, until one is answered")
  func maximumInFlight() async throws {
    let gate = Gate()
    let server = try await TestServer.withoutDatabase(gate)
    let client = try await server.tcp()
    try await client.send((10..<30).map { "@r\($0) gate read r\($0)\n" }.joined())
    try await gate.arrival("r25")
    #expect(await gate.arrivals.count == 16)
    await gate.open("r20")
    #expect(try await client.lines(3)[1] == "| @r20 r20")
    try await gate.arrival("r26")
    #expect(await gate.arrivals.count == 17)
    for number in 10..<30 {
      try await gate.arrival("r\(number)")
      await gate.open("r\(number)")
    }
    #expect(try await client.lines(57).count { $0.hasPrefix("+ @r") } == 19)
  }

  @Test("What runs alone waits for what runs, and holds up what comes behind it")
  func alone() async throws {
    let gate = Gate()
    let server = try await TestServer.withoutDatabase(gate)
    let client = try await server.tcp()
    try await client.send("gate read a\ngate hold b\ngate read c\n")
    try await gate.arrival("a")
    await gate.open("a")
    try await gate.arrival("b")
    #expect(await gate.arrivals == ["a", "b"])
    await gate.open("b")
    try await gate.arrival("c")
    await gate.open("c")
    #expect(try await client.lines(7)[3].hasPrefix("+ name=b "))
  }

  @Test("One connection's request does not hold up another's")
  func connections() async throws {
    let gate = Gate()
    let server = try await TestServer.withoutDatabase(gate)
    let slow = try await server.tcp()
    try await slow.send("gate hold a\n")
    try await gate.arrival("a")
    #expect(try await server.tcp().ask("ping")[0].hasPrefix("+ ms="))
    await gate.open("a")
    #expect(try await slow.line().hasPrefix("+ name=a "))
  }

  @Test("Bytes that are no line are refused one by one, with their tag, and the session goes on")
  func badBytes() async throws {
    let server = try await TestServer.withoutDatabase()
    let client = try await server.tcp()
    try await client.send(Array("@a ping\u{0}\nping\rping\n@b ".utf8) + [0xFF, 0x0A])
    try await client.send("@c " + String(repeating: "x", count: 100_000) + "\n@d \"\nping\r\n")
    let lines = try await client.lines(6)
    let codes = [
      "- @a proto.bad-byte ", "- proto.bad-byte ", "- @b proto.bad-utf8 ",
      "- @c usage.line-too-long ", "- @d usage.syntax ", "+ ms=",
    ]
    for (line, code) in zip(lines, codes) { #expect(line.hasPrefix(code)) }
  }

  @Test("A line without end is fatal; the client hears so although it is still sending")
  func endlessLine() async throws {
    let server = try await TestServer.withoutDatabase()
    let client = try await server.tcp()
    try await client.send([UInt8](repeating: 0x61, count: Limits.fatalLineBytes + 1))
    #expect(try await client.line().hasPrefix("- proto.overflow retry=no effect=none fatal=yes "))
    // What it goes on sending is taken and thrown away until it has closed, too.
    try await client.send([UInt8](repeating: 0x61, count: 2_000_000))
    #expect(try await client.rest().isEmpty)
    await client.close()
    try await server.waitForConnections(0)
  }

  @Test("A browser is told that this is no HTTP, and let go")
  func http() async throws {
    let server = try await TestServer.withoutDatabase()
    let client = try await server.tcp()
    try await client.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    let lines = try await client.rest()
    #expect(lines.count == 1)
    #expect(lines[0].hasPrefix("- proto.http retry=no effect=none fatal=yes "))
  }

  @Test("A half-close finishes and answers what was sent; half a line is told so")
  func halfClose() async throws {
    let gate = Gate()
    let server = try await TestServer.withoutDatabase(gate)
    let client = try await server.tcp()
    try await client.send("gate read a\ngate hold b\nping")
    await client.halfClose()
    try await gate.arrival("a")
    await gate.open("a")
    try await gate.arrival("b")
    await gate.open("b")
    let lines = try await client.rest()
    try #require(lines.count == 5)
    #expect(lines[3].hasPrefix("+ name=b "))
    #expect(lines[4].hasPrefix("- proto.truncated "))
    try await server.waitForConnections(0)
  }

  @Test("Quitting answers, ends, and leaves nothing behind it unanswered")
  func quit() async throws {
    let server = try await TestServer.withoutDatabase()
    for word in ["quit", "exit"] {
      let client = try await server.tcp()
      try await client.send("\(word)\n@t ping\nping\n")
      let lines = try await client.rest()
      #expect(lines.count == 3)
      #expect(lines.contains { $0.hasPrefix("+ bye=yes ms=") })
      #expect(lines.contains { $0.hasPrefix("- @t busy.draining ") })
    }
  }

  @Test("help and explain take a command in one pair of quotes, and their errors no column")
  func quotedCommands() async throws {
    let server = try await TestServer.withoutDatabase()
    let client = try await server.tcp()
    for (quoted, plain) in [
      (#"explain "gate read r1""#, "explain gate read r1"),
      (#"explain "gate  read""#, "explain gate read"), (#"help "gate read""#, "help gate read"),
      (#"help " ping""#, "help ping"),
    ] {
      let answer = try await client.ask(quoted)
      #expect(answer.count > 2, "\(answer)")
      #expect(try await client.ask(plain).dropLast() == answer.dropLast())
    }
    for line in ["explain gate raed", #"explain "gate raed""#, "help gate raed", "explain 'x"] {
      let answer = try await client.ask(line)
      #expect(answer.last?.hasPrefix("- usage.") == true)
      #expect(answer.last?.contains(" at=") == (line == "explain 'x"))
    }
  }

  @Test("A byte order mark before the first line is skipped")
  func byteOrderMark() async throws {
    let server = try await TestServer.withoutDatabase()
    let client = try await server.tcp()
    try await client.send("\u{FEFF}@t ping\n")
    #expect(try await client.line().hasPrefix("+ @t ms="))
  }

  @Test("A format that the session chose holds for what follows it, not for what came before")
  func format() async throws {
    let server = try await TestServer.withoutDatabase()
    let client = try await server.tcp()
    try await client.send("complete pin\nset format=json\ncomplete pin\ncomplete pin format=csv\n")
    let lines = try await client.lines(10)
    #expect(lines[1] == "| ping")
    #expect(lines[3].hasPrefix("+ format=json width=0 "))
    #expect(lines[5] == #"| {"candidate":"ping"}"#)
  }
}
