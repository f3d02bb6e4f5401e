import CommandLanguage
import Glibc
import LineProtocol
import TestSupport
import Testing

@testable import Console

extension SocketTests {
  @Suite("Scripts: keys by number, and what errors end")
  struct ScriptPolicyTests {
    private func run(
      _ script: String, peer: ScriptedPeer, _ change: (inout Script.Options) -> Void
    ) -> (status: Int32, output: String, errors: String) {
      let output = CapturedOutput()
      let errors = CapturedOutput()
      var options = Script.Options()
      options.output = output.descriptor
      options.errors = errors.descriptor
      change(&options)
      var path = Array("/tmp/sister-script-XXXXXX".utf8CString)
      let file = mkstemp(&path)
      write(file, script, script.utf8.count)
      close(file)
      defer { unlink(path) }
      let name = String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let client = ConsoleClient(descriptor: peer.clientDescriptor)
      let status = Script.run(file: name, on: client, options: options)
      return (status, output.text, errors.text.replacing(name, with: "FILE"))
    }

    private static let listing = """
      # command:text\tsummary:text\teffect:text
      | grant\tWrites, if nothing longer fits.\twrite
      | grant offer\t.\twrite
      | grant list\t.\tread
      | grant close\t.\tirreversible
      | report run due\t.\tread
      + rows=5 ms=0

      """

    /// A server that knows a few commands, fails where the line says so, and waits for literals.
    private func peer() -> ScriptedPeer {
      ScriptedPeer { line in
        if line.hasPrefix("commands ") { return .answer(Self.listing) }
        if line.hasSuffix("}") { return .silence }
        return line.contains("fail")
          ? .answer("- conflict.state at=1 msg=\"not now\"\n") : .answer("+ ms=1\n")
      }
    }

    @Test("Commands that write get the key of their number; others and those with one do not")
    func keys() {
      let peer = peer()
      let script = """
        -- a comment is no command
        grant offer a "b c" \t

        grant list
        @t grant close x\r
        grant offer a key=mine
        report run due
        unheard of
        grant offer note={7}
        one
        two
        "grant" offer "unclosed
        grant something
        """
      let result = run(script + "\n", peer: peer) {
        $0.keyPrefix = "p.1"
        $0.onError = .continue
      }
      #expect(result.status == 0, "\(result.errors)")
      #expect(
        peer.lines == [
          "commands format=tsv limit=10000", "grant offer a \"b c\" \t key=p.1-1", "grant list",
          "@t grant close x key=p.1-3", "grant offer a key=mine", "report run due", "unheard of",
          "grant offer key=p.1-7 note={7}", "one", "two", "\"grant\" offer \"unclosed",
          "grant something key=p.1-9",
        ])
    }

    @Test("Commands of -c are numbered through; a server without a list is an error")
    func numbers() {
      let peer = peer()
      let client = ConsoleClient(descriptor: peer.clientDescriptor)
      var options = Script.Options()
      options.keyPrefix = "p"
      let commands = ["grant offer a", "grant offer b"]
      #expect(Script.run(commands: commands, on: client, options: options) == 0)
      #expect(peer.lines.dropFirst() == ["grant offer a key=p-1", "grant offer b key=p-2"])
      let mute = ScriptedPeer { _ in .answer("+ rows=0 ms=0\n") }
      let result = run("grant offer a\n", peer: mute) { $0.keyPrefix = "p" }
      #expect(result.status == 76)
      #expect(mute.lines.count == 1)
    }

    @Test("With continue, each error is said with its place, and the first one's status stays")
    func goesOn() {
      let peer = ScriptedPeer { line in
        switch line {
        case "a": .answer("- missing.grant msg=one\n")
        case "b": .answer("- conflict.state msg=two\n")
        default: .answer("+ note=\(line)\n")
        }
      }
      let result = run("a\nx\nb\ny\n", peer: peer) { $0.onError = .continue }
      #expect(result.status == 66)
      #expect(result.output == "note=x\nnote=y\n")
      #expect(
        result.errors == "sister: FILE:1: missing.grant: one\nsister: FILE:3: conflict.state: two\n"
      )
    }

    @Test("It does not go on without a connection, nor into what was to be a literal")
    func cannotGoOn() {
      let lost = ScriptedPeer { line in line == "a" ? .cut("| x\n") : .answer("+ ms=1\n") }
      let result = run("a\nb\n", peer: lost) { $0.onError = .continue }
      #expect(result.status == 75)
      #expect(lost.lines == ["a"])
      // A line that is no request, although bytes follow it; and one with more than are taken.
      for line in ["fail \\ note={9}", "grant offer note={99999999}"] {
        let peer = ScriptedPeer { _ in .answer("- usage.syntax msg=no\n") }
        let result = run("\(line)\ngrant close x\n", peer: peer) { $0.onError = .continue }
        #expect(result.status == 64)
        #expect(!peer.lines.contains("grant close x"), "\(line)")
      }
    }

    @Test("A prefix is what every key can start with")
    func prefixes() {
      for text in ["a", "2027-01.x_Y", String(repeating: "a", count: 52)] {
        #expect(ScriptKeys.isPrefix(text))
      }
      for text in ["", "a b", "ä", "a=b", String(repeating: "a", count: 53)] {
        #expect(!ScriptKeys.isPrefix(text))
      }
    }
  }
}
