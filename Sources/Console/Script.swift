import CommandLanguage
import Foundations
import Glibc
import LineProtocol

/// Runs commands that nobody waits for at a prompt: rows on standard output, errors on standard
/// error, and the exit status of the first error's class.
package enum Script {
  /// What an error does to the commands that follow.
  package enum ErrorPolicy: String, Sendable, CaseIterable {
    /// They are not run.
    case stop
    /// They are run, as long as there is a connection and it is known where the next one starts.
    case `continue`
  }

  /// Where and how answers are written, and what is done beside.
  package struct Options {
    /// The format to ask for; nil for the server's own.
    package var format: OutputFormat?
    /// Where rows and the pairs of writes go.
    package var output: Int32 = 1
    /// Where errors go.
    package var errors: Int32 = 2
    /// The program's name in errors.
    package var program = "sister"
    /// What the keys start with of commands that write and have no key of their own; nil for none.
    package var keyPrefix: String?
    /// What an error does to the commands that follow.
    package var onError = ErrorPolicy.stop

    /// Standard output, standard error, the server's format.
    package init() {}
  }

  /// The exit status when whoever reads the output has gone: as if SIGPIPE had ended it.
  package static let brokenPipeStatus: Int32 = 128 + SIGPIPE

  /// Runs each command in turn (`-c`).
  package static func run(
    commands: [String], on client: ConsoleClient, options: Options = Options()
  ) -> Int32 {
    let runner = ScriptRunner(client, options)
    return runner.run {
      for command in commands {
        var input = ScriptInput(text: command)
        guard runner.runAll(&input, name: nil) else { return }
      }
    }
  }

  /// Runs the lines of a file (`-f`); `-` is standard input. An error names its line.
  package static func run(
    file path: String, on client: ConsoleClient, options: Options = Options()
  ) -> Int32 {
    let runner = ScriptRunner(client, options)
    return runner.run {
      guard path != "-" else {
        var input = ScriptInput(descriptor: 0)
        _ = runner.runAll(&input, name: "stdin")
        return
      }
      let descriptor = open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else {
        let reason = String(cString: strerror(errno))
        let error = ClientError("missing.file", "cannot open \(path): \(reason)")
        runner.report(error, line: nil, place: "")
        return
      }
      defer { close(descriptor) }
      var input = ScriptInput(descriptor: descriptor)
      _ = runner.runAll(&input, name: path)
    }
  }
}

/// One run of a script.
private final class ScriptRunner {
  private let client: ConsoleClient
  private let options: Script.Options
  private let output: ByteOutput
  private var progress: ProgressLine
  private var status: Int32 = 0
  private var keys: ScriptKeys?
  /// Commands so far: what is neither blank nor a comment.
  private var commands = 0
  /// Whether it is no longer known which lines are commands and which the bytes of a literal.
  private var isOutOfStep = false

  init(_ client: ConsoleClient, _ options: Script.Options) {
    self.client = client
    self.options = options
    output = ByteOutput(descriptor: options.output)
    progress = ProgressLine(descriptor: options.errors)
    client.onProgress = { [weak self] in self?.progress.show($0) }
  }

  /// Runs `body` between what must come before and after.
  func run(_ body: () -> Void) -> Int32 {
    // A reader that leaves is noticed by the write that fails, so that the server is not left
    // in the middle of an answer.
    let previous = signal(SIGPIPE, SIG_IGN)
    defer { signal(SIGPIPE, previous) }
    if prepare() { body() }
    output.flush()
    guard let failure = output.failure else { return status }
    if failure == EPIPE { return Script.brokenPipeStatus }
    let reason = String(cString: strerror(failure))
    report(ClientError("fault.output", "cannot write the output: \(reason)"), line: nil, place: "")
    return status
  }

  /// Runs lines until one says to stop, or fails and ends it; false then.
  func runAll(_ input: inout ScriptInput, name: String?) -> Bool {
    while let line = input.next() {
      var sent = line.bytes
      if ["quit", "exit"].contains(trimmed(String(decoding: sent, as: UTF8.self))) { return false }
      do throws(ClientError) {
        try runLine(&sent, &input)
      } catch {
        let place = name.map { "\($0):\(line.number): " } ?? ""
        report(error, line: String(decoding: sent, as: UTF8.self), place: place)
        guard mayGoOn else { return false }
      }
      guard output.failure == nil else { return false }
    }
    return true
  }

  /// Whether there can be something to run after an error.
  private var mayGoOn: Bool {
    options.onError == .continue && !isOutOfStep && !client.isClosed
  }

  /// Writes an error; the first one's status is the script's.
  func report(_ error: ClientError, line: String?, place: String) {
    output.flush()
    if status == 0 { status = error.exitStatus }
    guard output.failure != EPIPE else { return }
    var report = ErrorReport(error: error, line: line)
    report.prefix = "\(options.program): \(place)"
    report.style = Style(for: options.errors)
    if isatty(options.errors) == 1 { report.width = TerminalSize(of: options.errors).columns }
    say(report.lines)
  }

  /// Runs a line, which becomes what is sent: a key may be added to it.
  private func runLine(_ bytes: inout [UInt8], _ input: inout ScriptInput) throws(ClientError) {
    var literal: [UInt8]?
    // Until it is known that nothing follows the line but the next command.
    isOutOfStep = true
    let request = try RequestLine(bytes)
    if let count = request.literalBytes {
      literal = input.take(count)
      guard literal != nil else {
        throw ClientError("usage.syntax", "the input ends before the \(count) bytes of the literal")
      }
    }
    isOutOfStep = literal == nil && ScriptKeys.announcesLiteral(bytes)
    if !request.isBlank {
      commands += 1
      if let keys { bytes = keys.keyed(bytes, number: commands) }
    }
    defer { progress.clear() }
    let answer = try client.request(bytes, literal: literal) {
      progress.clear()
      output.writeLine($0)
    }
    progress.clear()
    // Only reads count rows; what a write has to say stands in its status line.
    if answer.pairs["rows"] == nil {
      let pairs = answer.pairs.entries.filter { $0.name != "ms" }.map { ($0.name, $0.value) }
      if !pairs.isEmpty { output.writeLine(Pairs.encode(pairs)) }
    }
    output.flush()
    // Beside rows, what was done with them is no row.
    let told = answer.pairs["rows"] == nil ? [] : AnswerText.told(answer)
    if !told.isEmpty {
      let pairs = Pairs.encode(told.map { ($0.name, $0.value) })
      say(["\(options.program): \(String(decoding: pairs, as: UTF8.self))"])
    }
    if let next = answer.pairs["next"] {
      say(["\(options.program): there are more rows: after=\(JSON.string(next))"])
    }
  }

  /// Asks for the format wanted, and which commands write; false where the server refuses.
  private func prepare() -> Bool {
    do throws(ClientError) {
      if let format = options.format {
        var line = "set format=\(format.rawValue)"
        if output.isTerminal { line += " width=\(TerminalSize(of: options.output).columns)" }
        _ = try client.request(line.utf8)
      }
      if let prefix = options.keyPrefix { keys = try ScriptKeys(prefix, client) }
      return true
    } catch {
      report(error, line: nil, place: "")
      return false
    }
  }

  private func say(_ lines: [String]) {
    let errors = ByteOutput(descriptor: options.errors)
    for line in lines { errors.write(line + "\n") }
    errors.flush()
  }

  private func trimmed(_ text: String) -> String {
    text.split(separator: " ").joined(separator: " ")
  }
}
