import CommandLanguage
import Foundations

/// Lines of rows that PostgreSQL has written already.
package enum WrittenLine {
  /// Appends a line of `tsv`, `csv` or `json` with the line feed at its end. What a terminal could
  /// obey is escaped as the format has it; CSV has no escapes, and every byte stands as it is stored.
  package static func append(
    _ line: UnsafeBufferPointer<UInt8>, _ format: OutputFormat, to output: inout [UInt8]
  ) {
    guard format != .csv else { return output.append(contentsOf: line) }
    var start = 0
    for index in 0..<(line.count - 1) {
      // A tab stands between the cells of a row.
      guard line[index] < 0x20 || line[index] >= 0x7F, line[index] != 0x09,
        let hazard = TerminalHazard.at(index, in: line)
      else { continue }
      output.append(contentsOf: line[start..<index])
      if format == .json {
        JSON.appendEscape(hazard.scalar, to: &output)
      } else {
        for byte in line[index..<(index + hazard.length)] {
          TabSeparated.appendEscape(byte, to: &output)
        }
      }
      start = index + hazard.length
    }
    output.append(contentsOf: line[start...])
  }
}
