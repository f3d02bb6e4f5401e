import Glibc
import Testing

@testable import Console

extension SocketTests {
  @Suite("The console at a terminal")
  struct REPLTests {
    init() {
      setenv("PAGER", "", 1)
      setenv("TERM", "xterm", 1)
      setenv("NO_COLOR", "1", 1)
      unsetenv("LC_ALL")
      unsetenv("LC_CTYPE")
      unsetenv("LANG")
      setenv("INPUTRC", "/dev/null", 1)
    }

    /// A small service.
    private static func serve(_ line: String) -> ScriptedPeer.Reaction {
      switch line {
      case "whoami format=tsv":
        .answer("# user:text\troles:text\n| ada\tadmin\n+ rows=1 ms=0\n")
      case let line where line.hasPrefix("set "): .answer("+ format=table ms=0\n")
      case let line where line.hasSuffix(" cancel"): .silence
      case "complete line=\"g\" at=1 format=tsv": .answer("| grant\n+ rows=1\n")
      case let line where line.hasPrefix("complete line=\"grant list c"):
        .answer("| community=\n+ rows=1\n")
      case let line where line.hasPrefix("complete line=\"grant "):
        .answer("| list\n| listen\n+ rows=2\n")
      case let line where line.hasPrefix("complete"): .answer("+ rows=0\n")
      case "grant list":
        .answer("# a:text\n: a\n: ──\n| 友好\n| \u{1B}[31mx\n+ rows=2 crc32c=CRC ms=3\n".crc)
      case "grant long":
        .answer((0..<40).map { "| line\($0)\n" }.joined() + "+ rows=40 ms=1\n")
      case let line where line.hasPrefix(#"explain "grant" "void" "G-1""#):
        .answer("# effect:text\n| effect  irreversible\n+ rows=1\n")
      case #"explain "grant" "busy""#: .answer("- busy.rate msg=no\n")
      case #"explain "grant" "odd""#: .answer("# effect:text\n| odd\n+ rows=1\n")
      case let line where line.hasPrefix("explain"): .answer("- usage.unknown-command msg=no\n")
      case "help": .answer("# text:text\n| Commands:\n+ rows=1 ms=1\n")
      case "grant lost": .cut("| half\n")
      case "grant slow": .silence
      case "grant bad":
        .answer("- usage.unknown-command at=7 try=\"grant list\" msg=\"grant has no verb bad\"\n")
      default: .answer("+ number=G-1 state=active ms=2\n")
      }
    }

    private func start(_ peer: ScriptedPeer, historyPath: String? = nil) -> Terminal {
      let terminal = Terminal(peer, historyPath: historyPath) { ScriptedPeer(react: Self.serve) }
      let greeting = terminal.wait(for: "Ctrl-D leaves\r\n")
      #expect(greeting?.contains("sister 1.2 — ada (admin) on test") == true)
      #expect(terminal.wait(for: "sister> ") != nil)
      return terminal
    }

    private func leave(_ terminal: Terminal) {
      // What is typed before the prompt is there is not readline's: a person types it again.
      var status: Int32?
      for _ in 0..<20 where status == nil {
        terminal.type("\u{4}")
        status = terminal.exitStatus(milliseconds: 500)
      }
      #expect(status == 0)
      #expect(terminal.isRestored)
    }

    @Test("Greets, shows rows safely with their count, writes in words, errors with a caret")
    func session() {
      let peer = ScriptedPeer(react: Self.serve)
      let terminal = start(peer)
      terminal.type("grant list\r")
      let rows = terminal.wait(for: "(2 rows, 3 ms)\r\n")
      #expect(rows?.contains("a\r\n──\r\n友好\r\n\\x1b[31mx\r\n") == true)
      #expect(rows?.contains("\u{1B}[31m") == false)
      terminal.type("grant offer x\r")
      #expect(terminal.wait(for: "Done: number G-1, state active (2 ms)\r\n") != nil)
      terminal.type("grant bad\r")
      let caret = String(repeating: " ", count: 14) + "^\r\n"
      let error = "usage.unknown-command: grant has no verb bad\r\n  try: grant list"
      #expect(terminal.wait(for: caret + error) != nil)
      terminal.type("help\r")
      #expect(terminal.wait(for: "Commands:\r\n\u{1B}[?2004hsister> ") != nil)
      leave(terminal)
      #expect(
        peer.lines.prefix(3) == ["whoami format=tsv", "set format=table width=80", "grant list"])
    }

    @Test("Tab completes words and names, and lists what may follow")
    func completion() {
      let terminal = start(ScriptedPeer(react: Self.serve))
      terminal.type("g\t")
      #expect(terminal.wait(for: "rant ") != nil)
      terminal.type("\t")
      #expect(terminal.wait(for: "list") != nil)
      terminal.type("\t\t")
      #expect(terminal.wait(for: "list    listen") != nil)
      terminal.type(" c\t")
      #expect(terminal.wait(for: "community=") != nil)
      terminal.type("x\r")
      #expect(terminal.wait(for: "Done: number G-1") != nil)
      leave(terminal)
    }

    @Test("A character is deleted whole; pasted lines run one after the other")
    func editing() {
      let peer = ScriptedPeer(react: Self.serve)
      let terminal = start(peer)
      terminal.type("grant offer 友好城\u{7F}\u{7F}x\r")
      #expect(terminal.wait(for: "Done: number G-1") != nil)
      #expect(terminal.wait(for: "sister> ") != nil)
      terminal.type("\u{1B}[200~grant offer a\rgrant offer b\u{1B}[201~\r")
      #expect(terminal.wait(for: "Done: number G-1") != nil)
      #expect(terminal.wait(for: "Done: number G-1") != nil)
      leave(terminal)
      let lines = peer.lines.filter { $0.hasPrefix("grant offer") }
      #expect(lines == ["grant offer 友x", "grant offer a", "grant offer b"])
    }

    @Test("Before authentication the console starts all the same")
    func anonymous() {
      let peer = ScriptedPeer { line in
        line.hasPrefix("auth")
          ? .answer("+ user=ada\n") : .answer("- auth.required msg=\"Say who you are.\"\n")
      }
      let terminal = Terminal(peer)
      #expect(terminal.wait(for: "nobody on test") != nil)
      #expect(terminal.wait(for: "sister> ") != nil)
      terminal.type("auth token=x\r")
      #expect(terminal.wait(for: "Done: user ada") != nil)
      leave(terminal)
    }

    @Test("Ctrl-C clears the line; while waiting it cancels, and then gives up")
    func interrupt() {
      let peer = ScriptedPeer(react: Self.serve)
      let terminal = start(peer)
      terminal.type("grant offer")
      #expect(terminal.wait(for: "grant offer") != nil)
      kill(getpid(), SIGINT)
      #expect(terminal.wait(for: "^C\r\n") != nil)
      terminal.type("grant slow\r")
      while !peer.lines.contains("grant slow") { usleep(1_000) }
      kill(getpid(), SIGINT)
      #expect(terminal.wait(for: "Ctrl-C again stops waiting.") != nil)
      kill(getpid(), SIGINT)
      #expect(terminal.wait(for: "cancelled.client") != nil)
      #expect(terminal.wait(for: "Connected again") != nil)
      terminal.type("grant list\r")
      #expect(terminal.wait(for: "(2 rows, 3 ms)") != nil)
      leave(terminal)
      #expect(peer.lines.count { $0.hasSuffix(" cancel") } == 1)
    }

    @Test("An answer that is cancelled ends, and the one about the cancelling is nobody's")
    func cancel() {
      let peer = ScriptedPeer { line in
        guard line.hasSuffix(" cancel"), let tag = line.split(separator: " ").first else {
          return Self.serve(line)
        }
        return .answer("+ \(tag) cancelled=1\n- cancelled.client msg=\"cancelled\"\n")
      }
      let terminal = start(peer)
      terminal.type("grant slow\r")
      while !peer.lines.contains("grant slow") { usleep(1_000) }
      kill(getpid(), SIGINT)
      #expect(terminal.wait(for: "cancelled.client: cancelled") != nil)
      #expect(terminal.wait(for: "sister> ") != nil)
      terminal.type("grant list\r")
      #expect(terminal.wait(for: "(2 rows, 3 ms)") != nil)
      leave(terminal)
    }

    @Test("What cannot be undone is asked about")
    func confirmation() {
      let peer = ScriptedPeer(react: Self.serve)
      let terminal = start(peer)
      terminal.type("grant void G-1\r")
      #expect(terminal.wait(for: "This cannot be undone. Go on? (y/N) ") != nil)
      terminal.type("\r")
      #expect(terminal.wait(for: "Nothing was done.") != nil)
      #expect(!peer.lines.contains("grant void G-1"))
      terminal.type("grant void G-1\r")
      #expect(terminal.wait(for: "(y/N) ") != nil)
      terminal.type("y\r")
      #expect(terminal.wait(for: "Done: number G-1") != nil)
      for line in ["@t grant void G-1", "grant void G-1 why=\"see preview=yes here\""] {
        terminal.type(line + "\r")
        #expect(terminal.wait(for: "This cannot be undone. Go on? (y/N) ") != nil)
        terminal.type("n\r")
        #expect(terminal.wait(for: "Nothing was done.") != nil)
        #expect(!peer.lines.contains(line))
      }
      leave(terminal)
    }

    @Test("What is not known to be harmless is asked about, or not done")
    func doubt() {
      let peer = ScriptedPeer(react: Self.serve)
      let terminal = start(peer)
      terminal.type("grant odd\r")
      #expect(terminal.wait(for: "Whether this can be undone is not known. Go on? (y/N) ") != nil)
      terminal.type("\r")
      #expect(terminal.wait(for: "Nothing was done.") != nil)
      terminal.type("grant busy\r")
      #expect(terminal.wait(for: "busy.rate: no") != nil)
      leave(terminal)
      #expect(!peer.lines.contains("grant odd"))
      #expect(!peer.lines.contains("grant busy"))
    }

    @Test("A lost connection is told of and made again, during a command and between them")
    func connection() {
      let peer = ScriptedPeer(react: Self.serve)
      let terminal = start(peer)
      terminal.type("grant lost\r")
      #expect(terminal.wait(for: "busy.connection-lost: the connection ended") != nil)
      #expect(terminal.wait(for: "Connected again; this is a new session.") != nil)
      leave(terminal)
      let second = ScriptedPeer(react: Self.serve)
      let other = start(second)
      second.say("* draining=yes msg=\"The server is stopping.\"\n")
      #expect(other.wait(for: "* The server is stopping.") != nil)
      second.hangUp()
      #expect(other.wait(for: "The server has closed the connection") != nil)
      other.type("grant list\r")
      #expect(other.wait(for: "Connected again") != nil)
      #expect(other.wait(for: "(2 rows, 3 ms)") != nil)
      leave(other)
    }

    @Test("Another width is told to the server; \\x and \\? are local")
    func display() {
      let peer = ScriptedPeer(react: Self.serve)
      let terminal = start(peer)
      terminal.resize(columns: 60)
      terminal.type("grant list\r")
      #expect(terminal.wait(for: "(2 rows, 3 ms)") != nil)
      terminal.type("\\x\r")
      #expect(terminal.wait(for: "Rows are shown as expanded.") != nil)
      terminal.type("\\?\r")
      #expect(terminal.wait(for: "fields below each other") != nil)
      terminal.type("\\y\r")
      #expect(terminal.wait(for: "There is no \\y") != nil)
      leave(terminal)
      #expect(peer.lines.contains("set format=table width=60"))
      #expect(peer.lines.contains("set format=expanded width=60"))
    }

    @Test("A long answer goes through the pager, and waits for it")
    func pager() {
      setenv("PAGER", "sed 's/^/> /' >/proc/self/fd/\(CapturedOutputFile.descriptor)", 1)
      let terminal = start(ScriptedPeer(react: Self.serve))
      terminal.type("grant long\r")
      #expect(terminal.wait(for: "sister> ") != nil)
      leave(terminal)
      #expect(CapturedOutputFile.text.hasPrefix("> line0\n"))
      #expect(CapturedOutputFile.text.hasSuffix("> line39\n"))
    }

    @Test("A signal ends it with the terminal restored; secrets stay out of the history")
    func ending() {
      var path = Array("/tmp/sister-history-XXXXXX".utf8CString)
      close(mkstemp(&path))
      chmod(path, 0o644)
      let name = String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let terminal = start(ScriptedPeer(react: Self.serve), historyPath: name)
      for line in ["grant list", "grant list", "auth token=abc", "grant offer x"] {
        terminal.type(line + "\r")
        #expect(terminal.wait(for: " ms)\r\n") != nil)
      }
      #expect(terminal.wait(for: "sister> ") != nil)
      usleep(50_000)
      #expect(!terminal.isRestored)
      kill(getpid(), SIGTERM)
      #expect(terminal.exitStatus() == 128 + SIGTERM)
      #expect(terminal.isRestored)
      var status = stat()
      stat(name, &status)
      #expect(status.st_mode & 0o777 == 0o600)
      let file = open(name, O_RDONLY)
      var bytes = [UInt8](repeating: 0, count: 1000)
      let count = read(file, &bytes, bytes.count)
      #expect(String(decoding: bytes.prefix(count), as: UTF8.self) == "grant list\ngrant offer x\n")
      unlink(name)
    }
  }
}

/// Where the pager of a test writes to.
private enum CapturedOutputFile {
  private static let file = CapturedOutput()
  static var descriptor: Int32 { file.descriptor }
  static var text: String { file.text }
}
