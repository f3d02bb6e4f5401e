import CommandLanguage
import LineProtocol
import Rendering

/// The client's side: the cells of a row, or a whole stream of answers. The input's first byte says
/// which, and how the stream is cut.
enum RowsTarget {
  static func check(_ input: [UInt8]) throws(Violation) {
    guard let first = input.first else { return }
    let bytes = Array(input.dropFirst())
    if first & 0x80 != 0 { try checkCells(bytes) } else { try checkStream(bytes, first) }
  }

  /// Whatever a line says: what is written of its cells says the same, as a line and as an answer.
  private static func checkCells(_ line: [UInt8]) throws(Violation) {
    let cells = Rendering.decodeTSV(line)
    let table = Table(
      columns: cells.indices.map { .text("c\($0)") }, rows: [cells.map { .text($0) }])
    var written: [[UInt8]] = []
    Rendering.render(table, isRecord: false, format: .tsv, width: nil) { written.append($0.bytes) }
    try demand(written.count == 1, "one row is written as \(written.count)")
    try demand(written.allSatisfy { line in line.allSatisfy(isHarmless) }, "a hazard is written")
    for line in written {
      try demand(areEqual(Rendering.decodeTSV(line), cells), "written cells are others")
    }
    let style = AnswerEncoder.Style(format: .tsv, width: nil, tag: "t")
    var codec = ClientCodec()
    codec.expect("t")
    let events = codec.feed(
      AnswerEncoder.answer(.list(table, next: nil), style, milliseconds: 0))
    try demand(events.count == 3 && !codec.isMidAnswer, "an answer has \(events.count) lines")
    guard events.count == 3, case .row(let row) = events[1].kind, case .ok = events[2].kind else {
      throw Violation("an answer is not read")
    }
    try demand(row == written[0], "an answer's row is another")
  }

  /// Any stream means the same however it is cut, and nothing after the first violation.
  private static func checkStream(_ bytes: [UInt8], _ first: UInt8) throws(Violation) {
    var whole = ClientCodec()
    var cut = ClientCodec()
    for tag in ["a", "t"] {
      whole.expect(tag)
      cut.expect(tag)
    }
    let events = whole.feed(bytes)
    let pieces = Pieces(bytes, seed: first).flatMap { cut.feed($0) }
    try demand(events == pieces, "a stream that is cut says something else")
    let isBroken = events.contains {
      if case .violation = $0.kind { true } else { false }
    }
    if isBroken {
      try demand(events.count { isViolation($0) } == 1, "more than one violation")
      try demand(events.last.map(isViolation) == true, "something after a violation")
      try demand(whole.feed(Array("+ ms=0\n".utf8)).isEmpty, "a broken stream goes on")
    } else {
      try demand(whole.isMidAnswer == cut.isMidAnswer, "a stream that is cut ends elsewhere")
      try demand(
        events.count == bytes.count { $0 == 0x0A }, "lines and events are not as many")
    }
  }

  private static func isViolation(_ event: ClientEvent) -> Bool {
    if case .violation = event.kind { true } else { false }
  }

  /// Whether a line of a row can have it: a tab, and no other control character of ASCII.
  private static func isHarmless(_ byte: UInt8) -> Bool {
    byte == 0x09 || byte >= 0x20 && byte != 0x7F
  }

  private static func areEqual(_ left: [String?], _ right: [String?]) -> Bool {
    left.elementsEqual(right) { left, right in
      guard let left, let right else { return left == nil && right == nil }
      return left.utf8.elementsEqual(right.utf8)
    }
  }
}
