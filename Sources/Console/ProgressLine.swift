import LineProtocol
import Rendering

/// How far a request has come, on the last line of a terminal until something else is written there.
/// Where there is no terminal, nothing is said.
struct ProgressLine {
  private let output: ByteOutput
  private var isShown = false

  init(descriptor: Int32) { output = ByteOutput(descriptor: descriptor) }

  /// Shows what a line of progress says.
  mutating func show(_ pairs: Pairs) {
    guard output.isTerminal else { return }
    let seconds = pairs["ms"].flatMap(Int64.init).map { ", \($0 / 1_000) s" } ?? ""
    output.write("\r\(TerminalText.safe(pairs["rows"] ?? "")) rows\(seconds)\u{1B}[K")
    output.flush()
    isShown = true
  }

  /// Takes it away.
  mutating func clear() {
    guard isShown else { return }
    output.write("\r\u{1B}[K")
    output.flush()
    isShown = false
  }
}
