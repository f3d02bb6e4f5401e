import CommandLanguage
import Glibc
import LineProtocol
import TestSupport
import Testing

@testable import Console

/// Whatever sets signal handlers and uses readline's globals goes one after the other.
@Suite("The console against a server's socket", .serialized, .ownThread)
struct SocketTests {}

extension SocketTests {
  @Suite("Scripts: rows on standard output, errors on standard error, statuses by class")
  struct ScriptTests {
    private func run(
      _ commands: [String], peer: ScriptedPeer, format: OutputFormat? = nil
    ) -> (status: Int32, output: String, errors: String) {
      let output = CapturedOutput()
      let errors = CapturedOutput()
      var options = Script.Options()
      options.output = output.descriptor
      options.errors = errors.descriptor
      options.format = format
      let client = ConsoleClient(descriptor: peer.clientDescriptor)
      let status = Script.run(commands: commands, on: client, options: options)
      return (status, output.text, errors.text)
    }

    private func run(
      script: String, peer: ScriptedPeer
    ) -> (status: Int32, output: String, errors: String) {
      let output = CapturedOutput()
      let errors = CapturedOutput()
      var path = Array("/tmp/sister-script-XXXXXX".utf8CString)
      let file = mkstemp(&path)
      write(file, script, script.utf8.count)
      close(file)
      defer { unlink(path) }
      var options = Script.Options()
      options.output = output.descriptor
      options.errors = errors.descriptor
      let name = String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let client = ConsoleClient(descriptor: peer.clientDescriptor)
      let status = Script.run(file: name, on: client, options: options)
      return (status, output.text, errors.text.replacing(name, with: "FILE"))
    }

    @Test("On a terminal it is seen how far a request has come, until its answer is there")
    func progress() throws {
      var master: Int32 = -1
      var terminal: Int32 = -1
      try #require(openpty(&master, &terminal, nil, nil, nil) == 0)
      defer { close(master) }
      let file = CapturedOutput()
      for descriptor in [terminal, file.descriptor] {
        let peer = ScriptedPeer { _ in
          .answer("% rows=1200 ms=2000\n% rows=\"\\u001b[2J\" ms=x\n+ imported=1 ms=1\n")
        }
        var options = Script.Options()
        options.output = CapturedOutput().descriptor
        options.errors = descriptor
        let client = ConsoleClient(descriptor: peer.clientDescriptor)
        #expect(Script.run(commands: ["import"], on: client, options: options) == 0)
      }
      close(terminal)
      var seen: [UInt8] = []
      var bytes = [UInt8](repeating: 0, count: 1_000)
      // It fails where everything has been read of a terminal that nobody has open.
      while case let count = read(master, &bytes, bytes.count), count > 0 {
        seen += bytes[..<count]
      }
      let end = "\u{1B}[K"
      #expect(
        String(decoding: seen, as: UTF8.self)
          == "\r1200 rows, 2 s\(end)\r\\x1b[2J rows\(end)\r\(end)")
      #expect(file.text.isEmpty)
    }

    @Test("What the server says is heard while it takes a long literal slowly")
    func longLiteral() {
      // More than a socket holds, each way: who only sent would wait for the other for ever.
      let (bytes, lines) = (500_000, 50_000)
      let peer = ScriptedPeer { line in
        line.hasPrefix("import")
          ? .answer(String(repeating: "% rows=1 ms=1\n", count: lines))
          : .answer("+ imported=1 ms=1\n")
      }
      let client = ConsoleClient(descriptor: peer.clientDescriptor)
      var heard = 0
      client.onProgress = { _ in heard += 1 }
      let answer = try? client.request(
        Array("import data={\(bytes)}".utf8),
        literal: [UInt8](repeating: UInt8(ascii: "x"), count: bytes))
      #expect(answer?.pairs["imported"] == "1")
      #expect(heard == lines)
    }

    @Test("Payloads come out as they are; of a read nothing else does, of a write its pairs")
    func outputs() {
      let peer = ScriptedPeer { line in
        switch line {
        case "grant list":
          .answer("# a:text\n| one\ttwo\n: three\n| \u{1B}[31m\n+ rows=2 crc32c=CRC ms=1\n".crc)
        case "help": .answer("| Commands\n+ rows=1 ms=0\n")
        default: .answer("+ number=G-1 note=\"two words\" ms=3\n")
        }
      }
      let result = run(["grant list", "help", "grant offer x", "  ", "-- nothing"], peer: peer)
      #expect(
        result.output == """
          one\ttwo
          three
          \u{1B}[31m
          Commands
          number=G-1 note="two words"

          """)
      #expect(result.errors.isEmpty)
      #expect(result.status == 0)
      #expect(peer.lines == ["grant list", "help", "grant offer x"])
    }

    @Test("A page that is not the last says so, but not among the rows")
    func pages() {
      let peer = ScriptedPeer { _ in .answer("| a\n+ rows=1 next=\"G 9\" ms=1\n") }
      let result = run(["grant list"], peer: peer)
      #expect(result.output == "a\n")
      #expect(result.errors == "sister: there are more rows: after=\"G 9\"\n")
    }

    @Test("The first error ends it, with the place, the suggestion and the class's status")
    func errors() {
      let peer = ScriptedPeer { line in
        line.hasPrefix("ok")
          ? .answer("+ ms=1\n")
          : .answer(
            "- conflict.state retry=no effect=none at=12 try=\"grant show 友\" "
              + "msg=\"It is closed.\"\n")
      }
      let result = run(
        script: "-- a comment\n\nok 1\r\ngrant close 友好 now\nok 2\n", peer: peer)
      #expect(result.status == 3)
      #expect(result.output.isEmpty)
      #expect(
        result.errors == """
            grant close 友好 now
                       ^
          sister: FILE:4: conflict.state: It is closed.
            try: grant show 友

          """)
      #expect(peer.lines == ["ok 1", "grant close 友好 now"])
    }

    @Test("A literal's bytes are the lines that follow in the file")
    func literals() {
      let peer = ScriptedPeer { line in
        line.hasSuffix("}") || line == "one" ? .silence : .answer("+ ms=1\n")
      }
      let result = run(script: "note add text={7}\none\ntwo\nok\nbad x={99}\nz", peer: peer)
      #expect(peer.lines == ["note add text={7}", "one", "two", "ok"])
      #expect(result.status == 64)
      #expect(result.errors.hasPrefix("sister: FILE:5: usage.syntax: the input ends before"))
      let refused = run(["note add text={7}"], peer: ScriptedPeer { _ in .silence })
      #expect(refused.status == 64)
    }

    @Test("An answer that was cut is status 75 and never taken for a whole one")
    func cut() {
      for answer in ["", "| a\n", "| a\n+ rows=1", "# a:text\n"] {
        let result = run(["x"], peer: ScriptedPeer { _ in .cut(answer) })
        #expect(result.status == 75)
        #expect(result.errors.hasPrefix("sister: busy.connection-lost: the connection ended"))
      }
      let damaged = run(["x"], peer: ScriptedPeer { _ in .answer("| a\n+ rows=2\n") })
      #expect(damaged.status == 76)
      let refused = ScriptedPeer(greeting: "- busy.connections msg=full\n") { _ in .silence }
      refused.hangUp()
      #expect(run(["x"], peer: refused).status == 75)
    }

    @Test("A format is asked for first; quit ends a script; a missing file is status 66")
    func options() {
      let peer = ScriptedPeer { _ in .answer("+ format=csv\n") }
      let result = run(["quit", "never"], peer: peer, format: .csv)
      #expect(peer.lines == ["set format=csv"])
      #expect(result.status == 0)
      var options = Script.Options()
      options.errors = CapturedOutput().descriptor
      let client = ConsoleClient(descriptor: ScriptedPeer { _ in .silence }.clientDescriptor)
      #expect(Script.run(file: "/nowhere/at all", on: client, options: options) == 66)
    }

    @Test("When the reader has gone, it ends without a word")
    func brokenPipe() {
      var ends: [Int32] = [-1, -1]
      pipe(&ends)
      close(ends[0])
      let errors = CapturedOutput()
      var options = Script.Options()
      options.output = ends[1]
      options.errors = errors.descriptor
      let peer = ScriptedPeer { _ in .answer("| a\n+ rows=1\n") }
      let client = ConsoleClient(descriptor: peer.clientDescriptor)
      let status = Script.run(commands: ["a", "b"], on: client, options: options)
      close(ends[1])
      #expect(status == Script.brokenPipeStatus)
      #expect(errors.text.isEmpty)
      #expect(peer.lines == ["a"])
    }

    @Test("An answer that comes too late is not taken for the next one's")
    func late() throws {
      let peer = ScriptedPeer { line in
        line == "slow" ? .silence : .answer("| late\n+ rows=1\n| \(line)\n+ rows=1\n")
      }
      let client = ConsoleClient(descriptor: peer.clientDescriptor)
      #expect(throws: ClientError.self) {
        _ = try client.request("slow".utf8, timeoutMilliseconds: 20)
      }
      var rows: [String] = []
      let answer = try client.request("fast".utf8) {
        rows.append(String(decoding: $0, as: UTF8.self))
      }
      #expect(rows == ["fast"])
      #expect(answer.rows == 1)
    }

    @Test("Tagged lines, and several lines in one, keep the answers in step")
    func tags() throws {
      let peer = ScriptedPeer { _ in .answer("| @t1 a\n+ @t1 rows=1\n") }
      #expect(run(["@t1 grant list"], peer: peer).output == "a\n")
      let client = ConsoleClient(descriptor: ScriptedPeer { _ in .silence }.clientDescriptor)
      #expect(throws: ClientError.self) { _ = try client.request("a\nb".utf8) }
    }
  }
}

extension String {
  /// With CRC replaced by the checksum of its payload lines.
  var crc: String {
    var sum = CRC32C()
    for line in split(separator: "\n") where line.hasPrefix("| ") || line.hasPrefix(": ") {
      sum.update(line: line.dropFirst(2).utf8)
    }
    return replacing("CRC", with: sum.hexadecimal)
  }
}
