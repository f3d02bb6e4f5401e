import CommandLanguage
import Foundations
import Glibc
import LineProtocol
import Rendering

/// The console's side of a session: keeps the connection, the format and the width, runs lines
/// and shows their answers.
final class ConsoleSession {
  private static let completionMilliseconds: Int64 = 2000

  private var client: ConsoleClient
  private let reconnect: REPL.Reconnect?
  private let output: ByteOutput
  private let descriptor: Int32
  private let style: Style
  private let signals: Signals
  private var display: DisplayChoice
  private var isPaging = false
  private(set) var lastStatus: Int32 = 0

  init(
    _ client: ConsoleClient, output: ByteOutput, descriptor: Int32, style: Style,
    signals: Signals, format: OutputFormat, reconnect: REPL.Reconnect?
  ) {
    self.client = client
    self.output = output
    self.descriptor = descriptor
    self.style = style
    self.signals = signals
    display = DisplayChoice(format)
    self.reconnect = reconnect
  }

  /// The connection, to watch while a line is edited.
  var readable: Int32? { client.readable }

  /// Writes a line of our own.
  func say(_ text: String) {
    output.write(text + "\n")
    output.flush()
  }

  /// Greets and is greeted; false where there is nobody.
  func begin(place: String) -> Bool {
    adopt(client)
    var who: [String: String] = [:]
    do throws(ClientError) {
      if client.greeting == nil { try client.greet() }
      who = try identity()
      try tellFormat()
    } catch {
      show(error, line: nil, echoedAt: nil)
      // Whoever is not known yet can still say so: auth token=…
      if client.isClosed { return false }
    }
    say(AnswerText.greeting(server: client.greeting?["server"], who: who, place: place))
    return true
  }

  /// Hears what the server says unasked.
  func hear() {
    client.absorb()
    if client.isClosed {
      say("The server has closed the connection; the next command connects again.")
    }
  }

  /// Runs one line and shows its answer.
  ///
  /// - Parameters:
  ///   - echoedAt: The cell at which the line stands on the terminal, just above.
  ///   - confirm: Asks a question that is answered with yes or no.
  func run(_ line: String, echoedAt: Int?, confirm: (String) -> Bool) {
    var echoedAt = echoedAt
    do throws(ClientError) {
      guard try !RequestLine(Array(line.utf8), literal: nil).isBlank else { return }
      var line = line
      if PasswordEntry.isWanted(line) {
        line += " verifier=" + (try PasswordEntry.askForNew())
        echoedAt = nil
      }
      client.absorb()
      if client.isClosed {
        try connectAgain()
        echoedAt = nil
      }
      try tellFormat()
      if let question = try Confirmation.question(line, client) {
        echoedAt = nil
        guard confirm(question) else { return say("Nothing was done.") }
      }
      try ask(line)
      display.note(line)
    } catch {
      show(error, line: line, echoedAt: echoedAt)
      if client.isClosed, !error.isFatal || reconnect != nil { recover() }
    }
  }

  /// Turns the display of fields below each other on or off.
  func toggleExpanded() {
    display.toggleExpanded()
    do throws(ClientError) {
      client.absorb()
      if client.isClosed { try connectAgain() } else { try tellFormat() }
      say("Rows are shown as \(display.format.rawValue).")
    } catch {
      show(error, line: nil, echoedAt: nil)
    }
  }

  /// What may stand for the word before the cursor, as the server knows it.
  func candidates(_ line: String, _ characters: Int) -> [String] {
    var candidates: [String] = []
    do throws(ClientError) {
      let request = "complete line=\(JSON.string(line)) at=\(characters) format=tsv"
      _ = try client.request(
        request.utf8, timeoutMilliseconds: Self.completionMilliseconds
      ) { row in
        if let candidate = Rendering.decodeTSV(row).first ?? nil { candidates.append(candidate) }
      }
    } catch {
      // A bell says it: an error text would tear the line that is being edited apart.
      return []
    }
    return candidates
  }

  // MARK: Requests

  private func ask(_ line: String) throws(ClientError) {
    let size = TerminalSize(of: descriptor)
    let paged = PagedOutput(output, size: size, pager: Pager())
    defer {
      paged.finish()
      isPaging = false
    }
    let client = client
    let answer = try client.request(line.utf8) { line in
      paged.isText = client.lastHead.map(Answer.isPage) ?? true
      paged.write(line)
      isPaging = paged.isPaging
    }
    paged.finish()
    show(answer)
  }

  private func show(_ answer: Answer) {
    if answer.pairs["rows"] == nil {
      let (text, time) = AnswerText.done(answer)
      say(text + (time.map { " " + style.dim($0) } ?? ""))
    } else if !answer.isPage {
      if !AnswerText.told(answer).isEmpty { say(AnswerText.done(answer).text) }
      say(style.dim(AnswerText.count(answer)))
    }
  }

  private func show(_ error: ClientError, line: String?, echoedAt: Int?) {
    lastStatus = error.exitStatus
    var report = ErrorReport(error: error, line: line, echoedAt: echoedAt)
    report.width = TerminalSize(of: descriptor).columns
    report.style = style
    report.lines.forEach(say)
  }

  private func identity() throws(ClientError) -> [String: String] {
    var row: [UInt8]?
    let answer = try client.request("whoami format=tsv".utf8) { row = row ?? $0 }
    return AnswerText.fields(head: answer.head, row: row)
  }

  private func tellFormat() throws(ClientError) {
    let columns = TerminalSize(of: descriptor).columns
    guard let request = display.request(columns: columns) else { return }
    do throws(ClientError) {
      _ = try client.request(request.utf8)
    } catch {
      // Not before authentication, perhaps: it is said again before the next line.
      display.forget()
      if client.isClosed || error.code == "cancelled.client" { throw error }
    }
  }

  // MARK: The connection

  private func adopt(_ client: ConsoleClient) {
    self.client = client
    display.forget()
    client.onNotice = { [weak self] pairs in self?.notice(pairs) }
    client.interruption = ConsoleClient.Interruption(descriptor: signals.descriptor) {
      [weak self] in self?.interrupted() ?? .giveUp
    }
  }

  private func connectAgain() throws(ClientError) {
    guard let reconnect else {
      throw ClientError("busy.connection-lost", "the server has closed the connection")
    }
    let client = try reconnect()
    adopt(client)
    if client.greeting == nil { try client.greet() }
    try tellFormat()
    say("Connected again; this is a new session.")
  }

  private func recover() {
    guard reconnect != nil, signals.ending == nil else { return }
    do throws(ClientError) {
      try connectAgain()
    } catch {
      show(error, line: nil, echoedAt: nil)
    }
  }

  private func notice(_ pairs: Pairs) {
    guard pairs["slp"] == nil else { return }
    let bytes = Pairs.encode(pairs.entries.map { ($0.name, $0.value) })
    let text = pairs["msg"] ?? String(decoding: bytes, as: UTF8.self)
    say(style.dim("* " + TerminalText.safe(text)))
  }

  /// Looks at the signals that came while an answer was waited for.
  private func interrupted() -> ConsoleClient.Interruption.Verdict {
    var verdict = ConsoleClient.Interruption.Verdict.goOn
    for number in signals.take() {
      switch number {
      case SIGINT where isPaging: break
      case SIGINT:
        guard client.canCancel else { return .giveUp }
        say("\nCancelling it; Ctrl-C again stops waiting.")
        verdict = .cancel
      case SIGTSTP: signals.suspend()
      default: break
      }
    }
    return signals.ending == nil ? verdict : .giveUp
  }
}
