import Glibc

/// An answer on the terminal: kept back until it is clear whether it fits on the screen, and
/// through a pager where it does not.
final class PagedOutput {
  private let output: ByteOutput
  private let size: TerminalSize
  private let pager: Pager
  /// Whether the answer is text to read, not rows.
  var isText = false
  private var kept: [[UInt8]] = []
  private var usedRows = 0
  private var pipe: UnsafeMutablePointer<FILE>?
  private var pagerOutput: ByteOutput?
  private var isPlain = false

  /// An output on a screen of this size.
  init(_ output: ByteOutput, size: TerminalSize, pager: Pager) {
    self.output = output
    self.size = size
    self.pager = pager
  }

  /// Whether the terminal belongs to the pager now; it may have been left before the end.
  var isPaging: Bool { pipe != nil && pagerOutput?.failure == nil }

  /// Adds a line of data.
  func write(_ line: [UInt8]) {
    if let pagerOutput { return pagerOutput.writeLine(line) }
    if isPlain { return output.writeLine(line) }
    kept.append(line)
    let characters = line.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
    usedRows += max(1, (characters + size.columns - 1) / size.columns)
    // The prompt and the last line need two rows.
    if usedRows > size.rows - 2 { startPager() }
  }

  /// Shows what is left, and waits until the pager is left.
  func finish() {
    if pipe == nil {
      release(to: output)
      output.flush()
      return
    }
    pagerOutput?.flush()
    pagerOutput = nil
    if let pipe { pclose(pipe) }
    pipe = nil
  }

  private func startPager() {
    output.flush()
    let command = isText ? pager.forText : pager.forTables
    guard let command, let pipe = popen(command, "we") else {
      isPlain = true
      return release(to: output)
    }
    self.pipe = pipe
    let pagerOutput = ByteOutput(descriptor: fileno(pipe), isTerminal: true)
    release(to: pagerOutput)
    pagerOutput.flush()
    self.pagerOutput = pagerOutput
  }

  private func release(to output: ByteOutput) {
    for line in kept { output.writeLine(line) }
    kept = []
  }
}

/// Which pager long answers go through.
struct Pager: Equatable {
  /// The command line for tables; nil to let them scroll by.
  let forTables: String?
  /// The command line for text.
  let forText: String?

  /// `$PAGER`, or else `less` if it is there. An empty `$PAGER` means none.
  init(
    environment: (String) -> String? = Environment.value,
    isExecutable: (String) -> Bool = { access($0, X_OK) == 0 }
  ) {
    if let chosen = environment("PAGER") {
      forTables = chosen.isEmpty ? nil : chosen
      forText = forTables
      return
    }
    let folders = (environment("PATH") ?? "").split(separator: ":")
    let hasLess = folders.contains { isExecutable("\($0)/less") }
    // Long lines of a table are cut at the edge, where the arrows reach them; text is wrapped.
    forTables = hasLess ? "less -SRFX" : nil
    forText = hasLess ? "less -RFX" : nil
  }
}
