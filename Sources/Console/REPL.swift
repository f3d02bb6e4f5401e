import CommandLanguage
import Glibc
import LineProtocol

/// The console for a person: a line editor, and a client of the server.
package enum REPL {
  /// Where the console is and how it shows things.
  package struct Options {
    /// Where the lines of earlier days are kept; nil to keep none.
    package var historyPath: String?
    /// What the server is called in the greeting: `this machine`, `unix:/run/sister.sock`.
    package var place = "this machine"
    /// How rows are shown unless the session says otherwise.
    package var format = OutputFormat.table
    /// The terminal.
    package var input: Int32 = 0
    /// The terminal, too.
    package var output: Int32 = 1

    /// Standard input and output, tables, no history.
    package init() {}
  }

  /// Makes a new connection when one has been lost; authenticated, where that is needed.
  package typealias Reconnect = () throws(ClientError) -> ConsoleClient

  /// Reads and runs lines until the person leaves. Blocks its thread, which must be the process's
  /// only one to use the terminal; takes over SIGINT, SIGTERM, SIGHUP, SIGTSTP and SIGWINCH.
  ///
  /// - Returns: The exit status: 0, or 128 and the number of the signal that ended it.
  package static func run(
    _ client: ConsoleClient, options: Options = Options(), reconnect: Reconnect? = nil
  ) -> Int32 {
    atexit { LineEditor.restoreTerminal() }
    return Dialogue(client, options, reconnect).run()
  }

  /// Gives the terminal back as it was: for code that ends the process from another thread.
  package static func restoreTerminal() { LineEditor.restoreTerminal() }
}

/// One run of the console: reads lines, and gives them to the session or runs them itself.
private final class Dialogue {
  private static let prompt = "sister> "
  private static let keys = [
    "Tab           complete the word; twice: list what may follow",
    "Up, Ctrl-R    earlier lines, and search in them",
    "Ctrl-C        clear the line; while waiting: cancel; at the second: wait no more",
    "Ctrl-D, quit  leave",
    "\\x            fields below each other, or side by side again",
    "\\?            these keys; help lists the commands",
    "Lists take limit= and after=; reads format=csv, json…; writes preview=yes.",
  ]

  private let options: REPL.Options
  private let output: ByteOutput
  private let style: Style
  private let signals = Signals()
  private let history: History
  private let session: ConsoleSession

  init(_ client: ConsoleClient, _ options: REPL.Options, _ reconnect: REPL.Reconnect?) {
    self.options = options
    output = ByteOutput(descriptor: options.output)
    style = Style(for: options.output)
    history = History(path: options.historyPath)
    session = ConsoleSession(
      client, output: output, descriptor: options.output, style: style, signals: signals,
      format: options.format, reconnect: reconnect)
  }

  func run() -> Int32 {
    guard session.begin(place: options.place) else { return session.lastStatus }
    let session = session
    let editor = LineEditor(input: options.input, output: options.output, signals: signals) {
      session.candidates($0, $1)
    }
    while true {
      output.flush()
      let input = editor.readLine(
        prompt: style.prompt(Self.prompt), watched: { session.readable },
        onWatched: { session.hear() })
      switch input {
      case .line(let text):
        guard runLines(text, editor) else { return 0 }
      case .interrupted: session.say("^C")
      case .end:
        session.say("")
        return 0
      case .ended(let number): return leave(by: number)
      }
      if let number = signals.ending { return leave(by: number) }
    }
  }

  private func leave(by signal: Int32) -> Int32 {
    session.say("")
    return 128 + signal
  }

  /// Runs what was entered: more than one line where several were pasted. False to leave.
  private func runLines(_ text: String, _ editor: LineEditor) -> Bool {
    let lines = text.split(separator: "\n").map(String.init)
    for line in lines {
      history.add(line)
      switch line.split(separator: " ").joined(separator: " ") {
      case "": continue
      case "quit", "exit", "\\q": return false
      case "\\?": Self.keys.forEach(session.say)
      case "\\x": session.toggleExpanded()
      case let command where command.hasPrefix("\\"):
        session.say("There is no \(command); \\? lists the keys.")
      default:
        let echoedAt = lines.count == 1 ? Self.prompt.utf8.count : nil
        session.run(line, echoedAt: echoedAt) { confirm($0, editor) }
      }
      output.flush()
      if signals.ending != nil { break }
    }
    return true
  }

  private func confirm(_ question: String, _ editor: LineEditor) -> Bool {
    output.flush()
    let input = editor.readLine(
      prompt: "\(question) (y/N) ", watched: { nil }, onWatched: {})
    guard case .line(let answer) = input else {
      session.say("")
      return false
    }
    return ["y", "yes"].contains(answer.lowercased())
  }
}
